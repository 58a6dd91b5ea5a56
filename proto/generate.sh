#!/bin/sh
# Makes proto/gen (or the folder named) from every contract in proto/*/. The output is committed; the same input
# gives the same bytes.
# Plain encode and decode only: what the doors check, they check themselves.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/node_modules/.bin:$PATH"
out=${1:-proto/gen}
mkdir -p "$out"
for contract in proto/*/*.proto; do
  name=$(basename "$contract" .proto)
  # `--root`: without a root of its own, each module would share protobufjs's default one.
  pbjs -t static-module -w esm --alt-comment --no-verify --no-convert --no-delimited \
    --root "$name" -o "$out/$name.js" "$contract"
  pbts -o "$out/$name.d.ts" "$out/$name.js"
  echo "$out/$name.js, $out/$name.d.ts"
done
