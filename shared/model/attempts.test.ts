import assert from "node:assert/strict";
import { test } from "node:test";
import { isTooOften } from "./attempts.ts";

test("ten attempts are the most, but for three that gave way and a hundred that a quota ended", () => {
  const last = (preemptions: number, continuations: number): number => {
    let attempt = 1;
    while (!isTooOften(attempt + 1, { preemptions, continuations })) attempt++;
    return attempt;
  };
  assert.equal(last(0, 0), 10);
  assert.equal(last(2, 5), 17);
  assert.equal(last(1000, 0), 13);
  assert.equal(last(0, 1000), 110);
});
