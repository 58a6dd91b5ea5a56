import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeAnswer, judgeXid, wellSoFar } from "./gpu-health.ts";
import type { SmiAnswer } from "./nvidia-smi.ts";
import { lostLine, smiLine } from "./smi-double.ts";
import { smiFields, smiRow } from "./smi-row.ts";

const gpus = (...lines: readonly string[]): SmiAnswer => ({
  kind: "gpus",
  gpus: lines.map((line) => smiRow(line, smiFields)).filter((row) => row !== undefined),
});
const errors = (count: number): SmiAnswer =>
  gpus(smiLine({ "ecc.errors.uncorrected.volatile.total": String(count) }));
const failing = (kind: "absent" | "lost" | "unreachable" | "unreadable" | "silent"): SmiAnswer => ({
  kind,
  why: kind,
});

test("errors that stood there at the start are no fault, each more is one, once", () => {
  const health = wellSoFar();
  assert.equal(judgeAnswer(health, errors(2), 0), undefined);
  assert.equal(judgeAnswer(health, errors(2), 5_000), undefined);
  assert.equal(judgeAnswer(health, errors(3), 10_000)?.fault, "ecc");
  assert.equal(judgeAnswer(health, errors(3), 60_000), undefined);
  assert.equal(health.lasting, undefined);
  // A reset begins at 0 again.
  assert.equal(judgeAnswer(health, errors(0), 70_000), undefined);
  assert.equal(judgeAnswer(health, errors(1), 80_000)?.fault, "ecc");
});

test("an error's counter and its XID are one incident", () => {
  const health = wellSoFar();
  judgeAnswer(health, errors(0), 0);
  assert.equal(judgeXid(health, 48, 1_000)?.fault, "xid");
  assert.equal(judgeAnswer(health, errors(1), 5_000), undefined);
  assert.equal(judgeXid(health, 48, 60_000)?.fault, "xid");
});

test("an XID of an application is no fault", () => {
  assert.equal(judgeXid(wellSoFar(), 31, 0), undefined);
});

test("a lost GPU is a fault once and lasts until it is read well", () => {
  const health = wellSoFar();
  judgeAnswer(health, errors(0), 0);
  assert.equal(judgeAnswer(health, gpus(lostLine), 5_000)?.fault, "gpu-lost");
  for (const answer of [gpus(lostLine), failing("lost"), failing("silent"), failing("absent")]) {
    assert.equal(judgeAnswer(health, answer, 50_000), undefined);
    assert.equal(health.lasting?.fault, "gpu-lost");
  }
  assert.equal(judgeXid(health, 79, 60_000), undefined);
  assert.equal(judgeAnswer(health, errors(0), 70_000), undefined);
  assert.equal(health.lasting, undefined);
});

test("one GPU of several is enough, and one that wants a reset is a fault too", () => {
  const health = wellSoFar();
  const second = smiLine({ index: "1", uuid: "GPU-2", gpu_recovery_action: "Reset" });
  const fault = judgeAnswer(health, gpus(smiLine(), second), 0);
  assert.deepEqual(fault, { fault: "gpu-reset", why: "GPU-2 wants to be reset" });
});

test("without a handle it is lost at the third time, if it was ever read", () => {
  const fresh = wellSoFar();
  for (let time = 0; time < 9; time++) {
    assert.equal(judgeAnswer(fresh, failing("unreachable"), time), undefined);
  }
  const health = wellSoFar();
  judgeAnswer(health, errors(0), 0);
  assert.equal(judgeAnswer(health, failing("unreachable"), 1), undefined);
  assert.equal(judgeAnswer(health, failing("unreachable"), 2), undefined);
  assert.equal(judgeAnswer(health, failing("unreachable"), 3)?.fault, "gpu-lost");
});

test("what cannot be read proves nothing", () => {
  const health = wellSoFar();
  judgeAnswer(health, errors(0), 0);
  for (const kind of ["absent", "unreadable", "silent"] as const) {
    assert.equal(judgeAnswer(health, failing(kind), 1), undefined);
  }
  assert.equal(health.lasting, undefined);
});
