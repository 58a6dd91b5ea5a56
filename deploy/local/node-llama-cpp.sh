#!/bin/sh
# Installs node-llama-cpp into .servers/llama/npm, never into package.json: npm would pull 725 MB of binaries for GPUs
# and other processors. What is left is the binding for this machine and llama.cpp's complete source as a git bundle.
# Prints nothing when it is there already.
set -eu
cd "$(dirname "$0")/../.."
version=3.22.1
folder="$PWD/.servers/llama/npm"

say() { echo "fairlead: $*" >&2; }

fail() {
  say "$1"
  exit 1
}

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) platform=linux-x64 ;;
  Linux-aarch64) platform=linux-arm64 ;;
  Darwin-arm64) platform=mac-arm64-metal ;;
  Darwin-x86_64) platform=mac-x64 ;;
  *) fail "there is no node-llama-cpp for $(uname -s) on $(uname -m)" ;;
esac

# Written last: an interrupted install is not trusted.
stamp="$folder/.installed"
[ "$(cat "$stamp" 2>/dev/null)" != "$version $platform" ] || exit 0

command -v npm >/dev/null || fail "npm is not on the PATH"
say "installing node-llama-cpp $version for $platform (85 MB, once)…"
rm -rf "$folder"
mkdir -p "$folder"
echo '{ "private": true }' >"$folder/package.json"
# A folder of its own, because --ignore-scripts would drop the pinned Node of the project.
npm install --prefix "$folder" --omit=optional --ignore-scripts --no-fund --no-audit --loglevel=error \
  "node-llama-cpp@$version" "@node-llama-cpp/$platform@$version" >&2 || fail "node-llama-cpp could not be installed"
[ -f "$folder/node_modules/node-llama-cpp/llama/gitRelease.bundle" ] ||
  fail "node-llama-cpp $version brought no source bundle"
echo "$version $platform" >"$stamp"
