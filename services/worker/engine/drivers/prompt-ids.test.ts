import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "#shared/messages/to-engine.ts";
import { promptIds } from "./prompt-ids.ts";

const run = (bytes: readonly number[], promptTokens: number): Run =>
  ({ promptBytes: Uint8Array.from(bytes), promptTokens }) as Partial<Run> as Run;

test("four bytes are an id, the lowest first, wherever the bytes lie", () => {
  const bytes = Uint8Array.from([9, 1, 2, 0, 0, 0xff, 0xff, 0xff, 0xff]).subarray(1);
  const ids = promptIds({ promptBytes: bytes, promptTokens: 2 } as Partial<Run> as Run);
  assert.deepEqual(ids, [513, 4294967295]);
});

test("bytes that are no whole ids, none at all, or not as many as it says are no prompt", () => {
  assert.equal(promptIds(run([1, 2, 3], 1)), undefined);
  assert.equal(promptIds(run([], 0)), undefined);
  assert.equal(promptIds(run([1, 0, 0, 0], 2)), undefined);
});
