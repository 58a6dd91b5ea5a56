import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { lockDirectory } from "./directory-lock.ts";

function inScratch(work: (directory: string, scratch: string) => void): void {
  const scratch = mkdtempSync(join(tmpdir(), "directory-lock-"));
  try {
    work(join(scratch, "data"), scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const holder = (pid: number, startedAt = ""): string =>
  JSON.stringify({ pid, startedAt, nonce: 1 });

test("a directory has one holder at a time, and the second is told who", () => {
  inScratch((directory, scratch) => {
    const first = lockDirectory(directory);
    assert.throws(() => lockDirectory(directory), /data is in use by process \d+ \(this one\)/);
    first.release();
    lockDirectory(directory).release();
    assert.deepEqual(readdirSync(scratch), []);
  });
});

test("another process holds it as long as it lives", () => {
  inScratch((directory) => {
    writeFileSync(`${directory}.lock`, holder(process.ppid));
    assert.throws(() => lockDirectory(directory), new RegExp(`process ${process.ppid}:`));
  });
});

test("a lock whose holder is gone is taken over", () => {
  inScratch((directory) => {
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    for (const stale of [holder(gone), "", "not json", "{}"]) {
      writeFileSync(`${directory}.lock`, stale);
      lockDirectory(directory).release();
      assert.equal(existsSync(`${directory}.lock`), false);
    }
  });
});

test("a pid that was given to a later process does not keep the lock", () => {
  inScratch((directory) => {
    writeFileSync(`${directory}.lock`, holder(process.ppid, "1"));
    lockDirectory(directory).release();
  });
});

test("releasing twice does not release somebody else's lock", () => {
  inScratch((directory) => {
    const first = lockDirectory(directory);
    first.release();
    const second = lockDirectory(directory);
    first.release();
    assert.throws(() => lockDirectory(directory), /in use/);
    second.release();
  });
});
