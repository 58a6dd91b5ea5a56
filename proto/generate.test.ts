import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const proto = import.meta.dirname;

test("the committed modules are what the contracts generate, and nothing else", async (context) => {
  const fresh = await mkdtemp(path.join(tmpdir(), "fairlead-proto-"));
  context.after(() => rm(fresh, { recursive: true }));
  await promisify(execFile)("sh", [path.join(proto, "generate.sh"), fresh]);
  const names = (await readdir(fresh)).sort();
  assert.deepEqual((await readdir(path.join(proto, "gen"))).sort(), names);
  for (const name of names) {
    const [made, committed] = await Promise.all(
      [fresh, path.join(proto, "gen")].map((folder) => readFile(path.join(folder, name), "utf8")),
    );
    assert.ok(made === committed, `${name} is stale: npm run gen`);
  }
});

test("every rpc, message, field and value of a contract has a comment", async () => {
  for (const contract of ["inference/inference.proto", "dataplane/dataplane.proto"]) {
    const text = await readFile(path.join(proto, contract), "utf8");
    const lines = text.split("\n");
    const declaration =
      /^\s*(?:service|rpc|message|enum|oneof)\s|^\s*(?:optional |repeated )?[\w.]+ ?\w* = \d+;/;
    const bare = lines.filter(
      (line, index) => declaration.test(line) && !/\*\/\s*$/.test(lines[index - 1] ?? ""),
    );
    assert.deepEqual(bare, [], contract);
  }
});
