import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutputAllowance } from "./output-allowance.ts";
import { laterAllowance, readAllowance } from "./output-allowance.ts";

test("an allowance of the form before is held in its day and its month", () => {
  const old = { outputTokens: 64, atEnd: "ask", day: "2026-11-28", month: "2026-11" } as const;
  const read = readAllowance(old);
  assert.deepEqual(
    read?.holds.map(({ period, window }) => [period, window]),
    [
      ["day", "2026-11-28"],
      ["month", "2026-11"],
    ],
  );
  assert.equal(readAllowance(read), read);
});

test("of two words the one that was renewed later stands, and of two alike the second", () => {
  const until = (renewAtEpochMs: number, outputTokens: number): OutputAllowance => ({
    outputTokens,
    atEnd: "ask",
    holds: [],
    renewAtEpochMs,
  });
  const [early, late, again] = [until(1, 10), until(2, 20), until(2, 30)];
  assert.equal(laterAllowance(late, early), late);
  assert.equal(laterAllowance(early, late), late);
  assert.equal(laterAllowance(late, again), again);
  assert.equal(laterAllowance(late, undefined), late);
  assert.equal(laterAllowance(undefined, early), early);
});
