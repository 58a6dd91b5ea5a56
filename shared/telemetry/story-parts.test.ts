import assert from "node:assert/strict";
import { test } from "node:test";
import type { SummaryPart } from "./story-parts.ts";
import { mergeSummaries } from "./story-parts.ts";

const part = (more: Partial<SummaryPart>): SummaryPart => ({
  requestId: "r1",
  state: "arriving",
  arrivedAtEpochMs: 100,
  attempts: 0,
  turnAtEpochMs: 0,
  ...more,
});

test("a request is in the state that was said last, whoever said it", () => {
  const parts = [
    part({ state: "running", turnAtEpochMs: 130, tenant: "acme" }),
    part({ state: "waiting", turnAtEpochMs: 140, attempts: 2 }),
    part({ arrivedAtEpochMs: 90 }),
  ];
  const expected = [
    { requestId: "r1", tenant: "acme", state: "waiting", arrivedAtEpochMs: 90, attempts: 2 },
  ];
  assert.deepEqual(mergeSummaries(parts, 5), expected);
  assert.deepEqual(mergeSummaries(parts.toReversed(), 5), expected);
});

test("an end is final, though others heard of the request later", () => {
  const parts = [
    part({ state: "ended", outcome: "stop", turnAtEpochMs: 110, e2eMs: 3 }),
    part({ state: "running", turnAtEpochMs: 120 }),
  ];
  for (const order of [parts, parts.toReversed()]) {
    const [merged] = mergeSummaries(order, 5);
    assert.deepEqual([merged?.state, merged?.outcome, merged?.e2eMs], ["ended", "stop", 3]);
  }
});

test("the newest are kept", () => {
  const parts = [1, 3, 2].map((at) => part({ requestId: `r${at}`, arrivedAtEpochMs: at }));
  assert.deepEqual(
    mergeSummaries(parts, 2).map(({ requestId }) => requestId),
    ["r3", "r2"],
  );
});
