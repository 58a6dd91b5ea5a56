import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { timePieces } from "./time-pieces.ts";

test("pieces are cut at whole multiples, and end where the range does", () => {
  const cut = (fromEpochMs: number, toEpochMs: number) =>
    timePieces({ fromEpochMs, toEpochMs }, 10).map((piece) => Object.values(piece));
  assert.deepEqual(cut(3, 25), [
    [3, 10],
    [10, 20],
    [20, 25],
  ]);
  assert.deepEqual(cut(10, 20), [[10, 20]]);
  assert.deepEqual(cut(5, 5), []);
});

test("each moment of the range is in exactly one piece", () => {
  const range = fc.record({
    fromEpochMs: fc.double({ min: 0, max: 1e13, noNaN: true }),
    spanMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
  });
  fc.assert(
    fc.property(range, fc.integer({ min: 1_000, max: 1e6 }), ({ fromEpochMs, spanMs }, length) => {
      const toEpochMs = fromEpochMs + spanMs;
      let at = fromEpochMs;
      for (const piece of timePieces({ fromEpochMs, toEpochMs }, length)) {
        assert.equal(piece.fromEpochMs, at);
        assert.ok(piece.toEpochMs > at && piece.toEpochMs - at <= length);
        at = piece.toEpochMs;
      }
      assert.equal(at, toEpochMs);
    }),
  );
});
