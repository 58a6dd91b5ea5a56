import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { projectRoot } from "#deploy/local/servers/find-program.ts";
import { processesOf } from "./cluster-tag.ts";
import { clusterDown } from "./down.ts";
import { clusterUp } from "./up.ts";

// What is left of a fleet that did not come up: nothing.

const main = join(projectRoot, "deploy", "local", "cluster", "main.ts");

function ownFolder(context: TestContext): string {
  const parent = mkdtempSync(join(tmpdir(), "fairlead-cluster-test-"));
  const folder = join(parent, "cluster");
  context.after(async () => {
    await clusterDown(folder);
    rmSync(parent, { recursive: true, force: true });
  });
  return folder;
}

function assertNothingLeft(folder: string): void {
  assert.deepEqual(processesOf(folder), []);
  assert.equal(existsSync(folder), false);
}

const command = (folder: string, ...words: readonly string[]) =>
  spawnSync(process.execPath, [main, ...words, "--folder", folder], { encoding: "utf8" });

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries += 1) {
    assert.ok(tries < 400, "not within 20 s");
    await sleep(50);
  }
}

test("a role that does not start takes the whole fleet down again, and its own words say why", async (context) => {
  const folder = ownFolder(context);
  const settings = { FAIRLEAD_LOG_LEVEL: "chatty" };
  await assert.rejects(
    clusterUp({ folder, settings }),
    /registry-a-1 ended with 1:.*FAIRLEAD_LOG_LEVEL: expected .*"chatty"/s,
  );
  assertNothingLeft(folder);
});

test("Ctrl-C while it comes up takes down what was started", async (context) => {
  const folder = ownFolder(context);
  const ending = new AbortController();
  const rising = clusterUp({ folder, signal: ending.signal });
  const refused = assert.rejects(rising, /enough/);
  await until(() => processesOf(folder).length >= 4);
  ending.abort(new Error("enough"));
  await refused;
  assertNothingLeft(folder);
});

test("after a crash of the command that starts it, down finds every process, written down or not", async (context) => {
  const folder = ownFolder(context);
  const starter = spawn(process.execPath, [main, "up", "--folder", folder], { stdio: "ignore" });
  await until(() => processesOf(folder).length >= 3);
  starter.kill("SIGKILL");
  await once(starter, "exit");
  const again = command(folder, "up");
  assert.equal(again.status, 1, "processes of it still live");
  assert.match(again.stderr, /a fleet runs in .* already/);
  const down = command(folder, "down");
  assert.equal(down.status, 0, down.stderr);
  assertNothingLeft(folder);
  const nothing = command(folder, "down");
  assert.equal(nothing.status, 0);
  assert.match(nothing.stdout, /nothing to take down/);
});

test("a folder with something else in it is left as it is", async (context) => {
  const folder = ownFolder(context);
  const letter = join(folder, "..", "letter.txt");
  writeFileSync(letter, "dear");
  const up = command(join(folder, ".."), "up");
  assert.equal(up.status, 1);
  assert.match(up.stderr, /holds something else than a fleet/);
  assert.equal(existsSync(letter), true);
});
