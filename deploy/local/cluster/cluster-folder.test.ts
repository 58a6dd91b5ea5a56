import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeClusterFolder } from "./cluster-folder.ts";

test("a folder is made with all that leads to it", (t) => {
  const root = mkdtempSync(join(tmpdir(), "fairlead-folder-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, "a", "b", "c");
  makeClusterFolder(folder);
  assert.ok(existsSync(folder));
  makeClusterFolder(folder);
});

test("where none can be made, the message says so at once and names the way out", () => {
  // Refuses every new folder, whoever asks, as if its parent were missing.
  const folder = "/proc/fairlead/fleet";
  assert.throws(() => makeClusterFolder(folder), /cannot make \/proc\/fairlead .*--folder/);
});
