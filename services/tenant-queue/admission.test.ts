import assert from "node:assert/strict";
import { test } from "node:test";
import type { Standing } from "./admission.ts";
import { admit } from "./admission.ts";
import { charge, emptyWindow } from "./sliding-window.ts";

const limits = {
  queueLengthMax: 2,
  concurrencyMax: 1,
  contextTokensMax: 800,
  requestsPerMinute: 2,
  tokensPerMinute: 1000,
};

interface Given {
  readonly prompt?: number;
  readonly burst?: number;
  readonly waiting?: number;
  readonly admitted?: readonly number[];
  readonly nowMs?: number;
  readonly predicted?: number;
  readonly remaining?: number;
  readonly deadline?: number;
}

/** `code retryAfterMs` of the refusal, or `admitted`. */
function check(given: Given): string {
  const window = emptyWindow();
  for (const tokens of given.admitted ?? []) charge(window, tokens, 0);
  const standing: Standing = {
    limits: given.deadline === undefined ? limits : { ...limits, queueDeadlineMs: given.deadline },
    predictedWaitMs: given.predicted,
    kvBurstTokens: given.burst,
    window,
    waiting: given.waiting ?? 0,
    placeFreeMs: 700,
    nowMs: given.nowMs ?? 1000,
  };
  const remainingMs = given.remaining ?? 600_000;
  const demand = { promptTokens: given.prompt ?? 100, outputTokensMax: 100, remainingMs };
  const verdict = admit(demand, standing);
  assert.deepEqual(admit(demand, standing), verdict, "deciding books nothing");
  if (verdict.kind === "admitted") return "admitted";
  const { code, message, retryAfterMs } = verdict.refusal;
  assert.match(message, /\.$/);
  return `${code} ${retryAfterMs ?? "never"}`;
}

test("a request within every limit is admitted, up to exactly the limit", () => {
  assert.equal(check({}), "admitted");
  assert.equal(check({ prompt: 700 }), "admitted");
  assert.equal(check({ prompt: 100, admitted: [800], waiting: 1 }), "admitted");
});

test("what can never be admitted is refused without a hint, first of all", () => {
  assert.equal(check({ prompt: 901, waiting: 2, admitted: [1, 1] }), "tokens_never_fit never");
  assert.equal(check({ prompt: 701, waiting: 2, admitted: [1, 1] }), "context_too_long never");
});

test("then the queue's length, then requests, then tokens, each with its hint", () => {
  assert.equal(check({ waiting: 2, admitted: [500, 500] }), "queue_full 700");
  assert.equal(check({ waiting: 1, admitted: [500, 500] }), "requests_per_minute 59250");
  assert.equal(check({ waiting: 1, admitted: [801] }), "tokens_per_minute 59250");
});

test("a minute later there is room again", () => {
  assert.equal(check({ admitted: [500, 500], nowMs: 60_249 }), "requests_per_minute 1");
  assert.equal(check({ admitted: [500, 500], nowMs: 60_250 }), "admitted");
});

test("a request that is larger than the KV memory of its tenant is refused, not kept waiting for it", () => {
  assert.equal(check({ prompt: 101, burst: 200 }), "context_too_long never");
  assert.equal(check({ prompt: 100, burst: 200 }), "admitted");
});

test("who would clearly wait beyond its deadline, or its tier's, is refused at once, and told when to come back", () => {
  assert.equal(check({ predicted: 9000, remaining: 6000 }), "admitted", "a guess needs room");
  assert.equal(check({ predicted: 9001, remaining: 6000 }), "overloaded 3001");
  assert.equal(check({ predicted: 4000, deadline: 2000 }), "overloaded 2000");
  assert.equal(check({ predicted: 1_000_000, remaining: 1000 }), "overloaded 60000");
  assert.equal(check({ remaining: 1 }), "admitted", "nothing is known");
  assert.equal(check({ waiting: 2, predicted: 9001, remaining: 6000 }), "queue_full 700");
});
