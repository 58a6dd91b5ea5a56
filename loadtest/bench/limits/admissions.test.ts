import assert from "node:assert/strict";
import { test } from "node:test";
import { Admissions } from "./admissions.ts";

test("admitted is what was answered, when an owner first took it; the rest is counted once", () => {
  const queuedMs = new Map([
    ["a", 10],
    ["b", 20],
    ["c", 30],
  ]);
  const admissions = new Admissions({ queuedMs });
  assert.deepEqual(admissions.upTo(["c", "a"]), { admittedMs: [10, 30], annulled: 1 });
  queuedMs.set("d", 40);
  assert.deepEqual(admissions.upTo(["d"]), { admittedMs: [10, 30, 40], annulled: 0 });
});

test("who was answered without an owner's word is a fault of the measurement or worse", () => {
  const admissions = new Admissions({ queuedMs: new Map() });
  assert.throws(() => admissions.upTo(["x"]), /never admitted/);
});
