#!/bin/sh
# Builds llama-server, the real engine of the live tests, from the source that node-llama-cpp ships (llama.cpp's own
# repository weighs 1.5 GB). Offline once the package is there; five minutes on two cores. The binary is kept in
# .servers/llama under the digest of source, flags and compiler: a different build is a different engine, since greedy
# text depends on it. Quiet when it is built; safe to call at every start.
set -eu
cd "$(dirname "$0")/../.."
root="$PWD"
folder="$root/.servers/llama"

# Portable on purpose: a binary with the builder's AVX-512 dies on another machine that shares the cache.
# The prebuilt web pages would be downloaded unless both are off.
flags="-DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DGGML_NATIVE=OFF -DGGML_OPENMP=OFF -DLLAMA_OPENSSL=OFF
  -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF
  -DLLAMA_BUILD_APP=OFF"

say() { echo "fairlead: $*" >&2; }

fail() {
  say "$1"
  exit 1
}

for program in git cmake ninja c++; do
  command -v "$program" >/dev/null ||
    fail "building llama-server needs $program. On Debian: apt-get install git cmake ninja-build g++"
done

mkdir -p "$folder"
if command -v flock >/dev/null; then
  exec 9>"$folder/.lock"
  flock 9
fi
sh deploy/local/node-llama-cpp.sh

bundle="$folder/npm/node_modules/node-llama-cpp/llama/gitRelease.bundle"
digest() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi | cut -d ' ' -f 1; }
key="$( (digest "$bundle"; echo "$flags"; c++ --version | head -n 1) | digest | cut -c 1-16)"
built="$folder/$key"

if [ ! -x "$built/llama-server" ]; then
  say "building llama-server (once; about five minutes on two cores)…"
  work="$folder/build-$key"
  log="$folder/build.log"
  rm -rf "$work"
  mkdir -p "$work"
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' INT TERM HUP
  # shellcheck disable=SC2086
  {
    git clone -q "$bundle" "$work/source" &&
      cmake -S "$work/source" -B "$work/build" -G Ninja $flags &&
      nice -n 10 cmake --build "$work/build" --target llama-server -j"${FAIRLEAD_BUILD_JOBS:-2}"
  } >"$log" 2>&1 || fail "llama-server could not be built, see $log: $(tail -n 3 "$log" | tr '\n' ' ')"
  mkdir -p "$built"
  cp "$work/build/bin/llama-server" "$built/llama-server.part"
  mv "$built/llama-server.part" "$built/llama-server"
fi
# The name that tests and benchmarks look for.
ln -sfn "$key/llama-server" "$folder/llama-server"
