#!/bin/sh
# Finds the servers of a local fleet and of the tests that need them: NATS, etcd, Postgres, and openssl for their
# certificates. What is not installed is taken from Debian's packages into .servers, without installing it: installed
# packages would start services on the standard ports. Quiet when nothing is missing; safe to call at every start.
set -eu
cd "$(dirname "$0")/../.."
folder="$PWD/.servers"
# Present while the folder is being filled: what an interrupted run left is not trusted.
unfinished="$folder/.unfinished"

find_program() {
  command -v "$1" 2>/dev/null && return
  for candidate in /usr/lib/postgresql/*/bin/"$1" "$folder/usr/bin/$1" "$folder/usr/sbin/$1" \
    "$folder"/usr/lib/postgresql/*/bin/"$1"; do
    if [ -x "$candidate" ]; then
      echo "$candidate"
      return
    fi
  done
  return 1
}

lacks() { ! find_program "$1" >/dev/null; }

# Libraries that a fetched Postgres wants and this machine does not have.
missing_libraries() {
  for program in postgres initdb; do
    ldd "$(find_program "$program")" 2>/dev/null | sed -n 's/^[[:space:]]*\(.*\) => not found.*/\1/p'
  done | sort -u
}

is_complete() {
  [ ! -e "$unfinished" ] || return 1
  for program in nats-server etcd etcdctl postgres initdb openssl; do
    if lacks "$program"; then return 1; fi
  done
  [ -z "$(missing_libraries)" ]
}

say() { echo "fairlead: $*" >&2; }

fail() {
  say "$1"
  say "install it, so that it is on the PATH, then try again. On Debian: apt-get install nats-server etcd-server etcd-client postgresql openssl"
  exit 1
}

is_complete && exit 0

mkdir -p "$folder"
if command -v flock >/dev/null; then
  exec 9>"$folder/.lock"
  flock 9
  # Another run may have fetched them meanwhile.
  is_complete && exit 0
fi
if [ -e "$unfinished" ]; then rm -rf "$folder/usr" "$folder/etc" "$folder/lib" "$unfinished"; fi

temporary="$(mktemp -d)"
trap 'rm -rf "$temporary"' EXIT
trap 'exit 1' INT TERM HUP
log="$temporary/log"
reason() { grep -E '^(E|W):' "$log" | tail -n 3 | tr '\n' ' '; }

is_root() { [ "$(id -u)" = 0 ]; }

list_packages() {
  command -v apt-get >/dev/null || return 0
  [ -e "$temporary/listed" ] && return
  say "fetching servers from Debian's packages (once)…"
  if is_root; then apt-get -qq update >"$log" 2>&1 || say "apt-get update failed: $(reason)"; fi
  touch "$temporary/listed"
}

# fetch PROGRAM PACKAGE…
fetch() {
  program="$1"
  shift
  list_packages
  command -v apt-get >/dev/null || fail "$program is not on the PATH, and there is no apt-get to fetch it with"
  (cd "$temporary" && apt-get -q -o APT::Sandbox::User=root download "$@" >"$log" 2>&1) ||
    fail "$program is neither on the PATH nor could Debian's package be fetched: $(reason)"
  touch "$unfinished"
  for package in "$@"; do
    dpkg -x "$temporary/${package}"_*.deb "$folder" 2>"$log" ||
      fail "$program: Debian's package $package cannot be unpacked into $folder: $(cat "$log")"
  done
  rm -f "$unfinished"
}

# As root only; the packages named are libraries, data and openssl: none of them starts a service.
install() {
  what="$1"
  shift
  is_root || fail "$what is missing, and installing it needs root: apt-get install --no-install-recommends $*"
  list_packages
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends "$@" >"$log" 2>&1 ||
    fail "$what is missing, and could not be installed: $(reason)"
}

# The version that the fleet is tested with, or the newest there is.
postgres_package() {
  list_packages
  apt-cache search --names-only '^postgresql-[0-9]+$' 2>/dev/null | cut -d ' ' -f 1 | sort -t - -k 2 -n |
    awk '$1 == "postgresql-15" { tested = $1 } { newest = $1 } END { print tested ? tested : newest }'
}

if lacks nats-server; then fetch nats-server nats-server; fi
if lacks etcd; then fetch etcd etcd-server; fi
if lacks etcdctl; then fetch etcdctl etcd-client; fi
if lacks postgres || lacks initdb; then
  package="$(postgres_package)"
  fetch postgres "${package:-postgresql-15}"
fi
if [ -n "$(missing_libraries)" ]; then
  package="$(postgres_package)"
  depends="$(apt-cache show --no-all-versions "${package:-postgresql-15}" 2>/dev/null | sed -n 's/^Depends: //p' |
    tr ',' '\n' | sed 's/[(|].*//; s/ //g' | grep -E '^(lib|tzdata$)' || true)"
  libraries="$(missing_libraries | tr '\n' ' ')"
  # shellcheck disable=SC2086
  install "what Postgres needs ($libraries)" ${depends:-libpq5}
fi
if lacks openssl; then install openssl openssl; fi

is_complete || fail "not all servers are there: $(for program in nats-server etcd etcdctl postgres initdb openssl; do
  find_program "$program" >/dev/null || printf '%s ' "$program"
done)$(missing_libraries)"
