import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "#deploy/local/servers/find-program.ts";
import { readCommandLine } from "./command-line.ts";

const read = (line: string) => readCommandLine(line.split(" ").filter((word) => word !== ""));

test("the four commands and their options", () => {
  const folder = undefined;
  assert.deepEqual(read("up"), { kind: "up", folder, edges: 2, workers: 4 });
  assert.deepEqual(read("up --edges 3 --workers=12 --folder /x"), {
    kind: "up",
    folder: "/x",
    edges: 3,
    workers: 12,
  });
  assert.deepEqual(read("down"), { kind: "down", folder });
  assert.deepEqual(read("status"), { kind: "status", folder, isJson: false });
  assert.deepEqual(read("status --json"), { kind: "status", folder, isJson: true });
  assert.deepEqual(read("restart edge-a-1"), { kind: "restart", folder, process: "edge-a-1" });
  for (const line of ["--help", "-h", "up --help"]) {
    assert.deepEqual(read(line), { kind: "help" });
  }
});

test("what is misspelt, misplaced or out of range is named", () => {
  const mistakes: readonly (readonly [string, RegExp])[] = [
    ["", /expected up, down, status or restart/],
    ["restart", /expected the name of a process/],
    ["restart edge-a-1 edge-b-1", /"edge-b-1" means nothing after restart/],
    ["start", /"start" is none of/],
    ["toString", /"toString" is none of/],
    ["up now", /"now" means nothing after up/],
    ["up --json", /up has no option --json/],
    ["down --edges 2", /down has no option --edges/],
    ["up --edge 2", /--edge/],
    ["up --edges", /--edges/],
    ["up --edges 0", /--edges: expected a whole number from 1 to 9, found "0"/],
    ["up --edges ten", /found "ten"/],
    ["up --workers -1", /^Option .--workers. argument is ambiguous$/],
    ["up --workers 33", /--workers: expected a whole number from 1 to 32/],
    ["up --workers 1.5", /found "1.5"/],
    ["down --folder=", /--folder: expected a directory/],
  ];
  for (const [line, expected] of mistakes) {
    const asked = read(line);
    assert.ok(asked.kind === "mistake", line);
    assert.match(asked.why, expected);
  }
});

test("whoever asks for help waits for no server: who starts a fleet fetches them itself", () => {
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const fetching = Object.keys(scripts).filter((name) => scripts[name]?.includes("servers.sh"));
  assert.deepEqual(fetching, ["test"]);
});
