#!/bin/sh
//bin/sh -c 'root="$(dirname "$(readlink -f "$0")")/../.."; node="$root/node_modules/.bin/node"; if [ ! -x "$node" ]; then echo "fairlead: the pinned Node is missing: run npm install in $(cd "$root" && pwd) first" >&2; exit 1; fi; exec "$node" "$0" "$@"' "$0" "$@"; exit $?
// The operator's command line. To a shell the line above is a command that runs this file under the Node this
// repository pins, whatever Node the host has; to Node it is a comment.

import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { openFile } from "./open-file.ts";
import { runCommandLine } from "./command-line.ts";

process.stdout.on("error", () => process.exit(0));
process.exitCode = await runCommandLine(process.argv.slice(2), {
  environment: process.env,
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  readFile: (path) => (path === "-" ? text(process.stdin) : readFile(path, "utf8")),
  openFile,
  writeFile: (path, content) => writeFile(path, content),
});
