import assert from "node:assert/strict";
import { test } from "node:test";
import { endBacklog, noBacklogPace, noteGrant, predictWaitMs } from "./backlog-pace.ts";

test("one more waits for as many grants as there are before it, at the pace of this backlog", () => {
  const pace = noBacklogPace();
  for (let grant = 0; grant < 8; grant++) noteGrant(pace, 100 * grant);
  assert.equal(predictWaitMs(pace, 10), undefined, "seven intervals say little");
  noteGrant(pace, 800);
  assert.equal(predictWaitMs(pace, 10), 1000);
  assert.equal(predictWaitMs(pace, 0), 0);
});

test("what was before an idle time says nothing of what comes after", () => {
  const pace = noBacklogPace();
  for (let grant = 0; grant < 20; grant++) noteGrant(pace, 10_000 * grant);
  endBacklog(pace);
  noteGrant(pace, 900_000);
  assert.equal(predictWaitMs(pace, 5), undefined);
  for (let grant = 1; grant <= 8; grant++) noteGrant(pace, 900_000 + 10 * grant);
  assert.equal(predictWaitMs(pace, 5), 50);
});

test("grants that come in bursts are as fast as their mean", () => {
  const pace = noBacklogPace();
  for (let grant = 0; grant < 64; grant++) noteGrant(pace, 4000 * Math.floor(grant / 16));
  const predicted = predictWaitMs(pace, 32) ?? 0;
  assert.ok(predicted > 2000 && predicted < 16_000, String(predicted));
});
