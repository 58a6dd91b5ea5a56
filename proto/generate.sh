#!/bin/sh
# Makes proto/gen from every contract in proto/*/. The output is committed; the same input gives the same bytes.
# Plain encode and decode only: what the doors check, they check themselves.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/node_modules/.bin:$PATH"
mkdir -p proto/gen
for contract in proto/*/*.proto; do
  name=$(basename "$contract" .proto)
  # `--root`: without a root of its own, each module would share protobufjs's default one.
  pbjs -t static-module -w esm --alt-comment --no-verify --no-convert --no-delimited \
    --root "$name" -o "proto/gen/$name.js" "$contract"
  pbts -o "proto/gen/$name.d.ts" "proto/gen/$name.js"
  echo "proto/gen/$name.js, proto/gen/$name.d.ts"
done
