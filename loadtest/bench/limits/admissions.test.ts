import assert from "node:assert/strict";
import { test } from "node:test";
import { Admissions } from "./admissions.ts";

const word = (firstMs: number, latestMs = firstMs) => ({ shardEpoch: 1, firstMs, latestMs });
const answer = (requestId: string, askedMs: number) => ({ requestId, askedMs });

test("admitted is what was answered, between its question and its owner's word; the rest is counted once", () => {
  const queued = new Map([
    ["a", word(10)],
    ["b", word(20)],
    ["c", word(30, 35)],
  ]);
  const admissions = new Admissions({ queued });
  assert.deepEqual(admissions.upTo([answer("c", 8), answer("a", 9)]), {
    admitted: [
      { askedMs: 9, firstMs: 10, latestMs: 10 },
      { askedMs: 8, firstMs: 30, latestMs: 35 },
    ],
    annulled: 1,
  });
  queued.set("d", word(40));
  const { admitted, annulled } = admissions.upTo([answer("d", 35)]);
  assert.deepEqual([admitted.length, annulled], [3, 0]);
});

test("who was answered without an owner's word is a fault of the measurement or worse", () => {
  const admissions = new Admissions({ queued: new Map() });
  assert.throws(() => admissions.upTo([answer("x", 1)]), /never admitted/);
});
