import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cutByRequests } from "./cut-by-requests.ts";

const cut = (counts: readonly (readonly [number, number])[], from = 0, to = 100) =>
  cutByRequests(
    { fromEpochMs: from, toEpochMs: to },
    counts.map(([startsAtEpochMs, requests]) => ({ startsAtEpochMs, requests })),
    10,
  ).map((piece) => [piece.fromEpochMs, piece.toEpochMs]);

test("few requests are one piece, and many are cut where a bucket begins", () => {
  assert.deepEqual(cut([]), [[0, 100]]);
  assert.deepEqual(
    cut([
      [20, 4],
      [40, 6],
    ]),
    [[0, 100]],
  );
  assert.deepEqual(
    cut([
      [20, 4],
      [40, 7],
      [60, 3],
      [80, 1],
    ]),
    [
      [0, 40],
      [40, 80],
      [80, 100],
    ],
  );
  assert.deepEqual(
    cut([
      [20, 50],
      [40, 50],
    ]),
    [
      [0, 40],
      [40, 100],
    ],
    "a bucket is not cut",
  );
  assert.deepEqual(
    cut([
      [-5, 50],
      [200, 50],
    ]),
    [[0, 100]],
    "outside of the range nothing is cut",
  );
  assert.deepEqual(cut([], 5, 5), []);
});

test("each moment of the range is in exactly one piece, whatever the counts are", () => {
  const counts = fc.array(
    fc.tuple(fc.integer({ min: -50, max: 150 }), fc.integer({ min: -9, max: 30 })),
  );
  fc.assert(
    fc.property(counts, (some) => {
      let at = 0;
      for (const [from, to] of cut(some.toSorted(([a], [b]) => a - b))) {
        assert.equal(from, at);
        assert.ok(Number(to) > at);
        at = Number(to);
      }
      assert.equal(at, 100);
    }),
  );
});
