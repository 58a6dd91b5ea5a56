import assert from "node:assert/strict";
import { test } from "node:test";
import { changeFigures } from "./desired-change.ts";

test("a change is made when the last edge acts on it", () => {
  const change = (first: number, last: number) => ({
    commandedAtMs: 1_000,
    answeredAtMs: 1_007,
    seenAtMs: [1_000 + last, 1_000 + first, 1_000 + first + 1],
  });
  assert.deepEqual(changeFigures([change(10, 40), change(20, 900), change(5, 30)]), {
    changes: 3,
    every_edge_p50_ms: 40,
    every_edge_p99_ms: 883,
    every_edge_max_ms: 900,
    first_edge_p50_ms: 10,
    command_p50_ms: 7,
  });
});
