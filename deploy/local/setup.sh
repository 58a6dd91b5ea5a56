#!/bin/sh
# Installs what a clean clone lacks: the npm packages, and with them the pinned Node that runs everything else.
# Runs under whatever Node and npm the host has; safe to call at every start.
set -eu
cd "$(dirname "$0")/../.."

# Versions are exact in package.json and the lock file. Not `npm ci`: it refuses a lock file that does not name the
# binaries of every platform, and a registry mirror of one platform cannot tell them.
stamp=node_modules/.installed-lock.json
if ! cmp -s package-lock.json "$stamp" 2>/dev/null; then
  echo "fairlead: installing npm packages (once)…" >&2
  npm install --no-save --no-fund --no-audit --loglevel=error >&2
  cp package-lock.json "$stamp"
fi

# The pinned Node arrives through an install script, which npm can be told to skip without a word.
pinned="v$(sed -n 's/^ *"node": "\([0-9.]*\)",*$/\1/p' package.json | head -n 1)"
found="$(node_modules/.bin/node --version 2>/dev/null || echo none)"
if [ "$found" != "$pinned" ]; then
  rm -f "$stamp"
  echo "fairlead: expected Node $pinned in node_modules/.bin, found $found." >&2
  echo "fairlead: it is the npm package \"node\", whose install script must be allowed to run: check npm's ignore-scripts setting, then try again." >&2
  exit 1
fi
