import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReleasedPlaces } from "./released-places.ts";
import { isReleased, rememberReleased } from "./released-places.ts";

const attempt = "r1.1";

test("a released place and the ones before it stay released, the next does not", () => {
  const released: ReleasedPlaces = new Map();
  rememberReleased(released, attempt, { poolEpoch: 7, place: 3 });
  const isOver = (poolEpoch: number, place: number): boolean =>
    isReleased(released, attempt, { poolEpoch, place });
  assert.deepEqual([isOver(7, 2), isOver(7, 3), isOver(7, 4)], [true, true, false]);
  assert.deepEqual([isOver(6, 9), isOver(8, 1)], [true, false]);
  assert.equal(isReleased(released, "r2.1", { poolEpoch: 7, place: 1 }), false);
});

test("a late release of an earlier place changes nothing", () => {
  const released: ReleasedPlaces = new Map();
  rememberReleased(released, attempt, { poolEpoch: 7, place: 3 });
  rememberReleased(released, attempt, { poolEpoch: 7, place: 1 });
  assert.equal(isReleased(released, attempt, { poolEpoch: 7, place: 3 }), true);
});

test("what is remembered is bounded", () => {
  const released: ReleasedPlaces = new Map();
  for (let count = 0; count < 10_000; count++) {
    rememberReleased(released, `r${count}.1`, { poolEpoch: 1, place: 1 });
  }
  assert.equal(released.size, 4096);
  assert.equal(isReleased(released, "r9999.1", { poolEpoch: 1, place: 1 }), true);
});
