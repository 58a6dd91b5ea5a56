import assert from "node:assert/strict";
import { test } from "node:test";
import {
  keepLeadOnly,
  learnCharge,
  learnVirtualTime,
  rewind,
  stamp,
  startVirtualTime,
} from "./virtual-time.ts";

test("tags follow each other, and weight divides the cost, rounded down", () => {
  const time = startVirtualTime();
  assert.deepEqual(stamp(time, 1000, 3), { startTag: 0, finishTag: 333 });
  assert.deepEqual(stamp(time, 1000, 3), { startTag: 333, finishTag: 666 });
});

test("idle time is never credit: a start tag is at least the pool's virtual time", () => {
  const time = startVirtualTime();
  stamp(time, 1000, 1);
  learnVirtualTime(time, 5000);
  learnVirtualTime(time, 4000);
  assert.deepEqual(stamp(time, 10, 1), { startTag: 5000, finishTag: 5010 });
});

test("what was stamped and not charged is forgotten, what was charged stays", () => {
  const time = startVirtualTime();
  stamp(time, 1000, 1);
  learnCharge(time, 700);
  stamp(time, 1000, 1);
  rewind(time);
  assert.equal(stamp(time, 1, 1).startTag, 700);
});

test("under a pool's new owner only the lead over the virtual time is kept", () => {
  const ahead = startVirtualTime();
  learnVirtualTime(ahead, 1_000_000);
  learnCharge(ahead, 1_000_300);
  keepLeadOnly(ahead);
  assert.equal(stamp(ahead, 1, 1).startTag, 300);
  const behind = startVirtualTime();
  learnVirtualTime(behind, 1_000_000);
  learnCharge(behind, 10);
  keepLeadOnly(behind);
  assert.equal(stamp(behind, 1, 1).startTag, 0);
});

test("a tag that is no exact integer is a bug, not a rounding", () => {
  const time = startVirtualTime();
  learnVirtualTime(time, Number.MAX_SAFE_INTEGER);
  assert.throws(() => stamp(time, 10, 1), /exact integers/);
});
