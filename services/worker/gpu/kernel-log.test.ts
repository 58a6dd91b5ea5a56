import assert from "node:assert/strict";
import { accessSync, constants, writeFileSync } from "node:fs";
import { afterEach, beforeEach, test } from "node:test";
import { KernelLog } from "./kernel-log.ts";
import type { SmiDouble } from "./smi-double.ts";
import { smiDouble } from "./smi-double.ts";
import { xidOf } from "./xid-line.ts";

let double: SmiDouble;
beforeEach(() => {
  double = smiDouble();
});
afterEach(() => double.remove());

test("what was there before is passed over, what comes is told once", async () => {
  double.logs("4,1,1,-;old");
  const log = new KernelLog(double.kernelLog);
  assert.equal(await log.open(), undefined);
  assert.deepEqual(await log.news(), []);
  double.logs("4,2,2,-;new");
  assert.deepEqual(await log.news(), ["4,2,2,-;new", ""]);
  assert.deepEqual(await log.news(), []);
  await log.close();
  assert.deepEqual(await log.news(), []);
});

test("one that is not there is said to be so, and has no news", async () => {
  const log = new KernelLog(`${double.kernelLog}-not-there`);
  assert.match((await log.open()) ?? "", /cannot be read: ENOENT/);
  assert.deepEqual(await log.news(), []);
});

const realLog = "/dev/kmsg";
const withoutRealLog = (): string | false => {
  try {
    accessSync(realLog, constants.R_OK | constants.W_OK);
    return false;
  } catch {
    return "the kernel log may not be read and written by this user";
  }
};

test(
  "the kernel's own log is read record by record without waiting",
  { skip: withoutRealLog() },
  async () => {
    const log = new KernelLog(realLog);
    assert.equal(await log.open(), undefined);
    const words = `fairlead test ${Date.now()}: NVRM: Xid (PCI:0000:1b:00): 79, not the driver`;
    writeFileSync(realLog, `${words}\n`);
    const line = (await log.news()).find((one) => one.includes(words));
    assert.ok(line !== undefined, "what was written is there");
    assert.equal(xidOf(line), undefined, "and is not taken for the kernel's word");
    await log.close();
  },
);
