import assert from "node:assert/strict";
import { test } from "node:test";
import type { TenantId } from "./ids.ts";
import type { TenantPolicy } from "./tenant-policy.ts";
import { standingPolicy } from "./standing-policy.ts";

const policy: TenantPolicy = {
  tenant: "acme" as TenantId,
  tier: "business",
  weight: 8,
  band: 1,
  limits: {
    queueLengthMax: 64,
    concurrencyMax: 128,
    contextTokensMax: 8192,
    requestsPerMinute: 600,
    tokensPerMinute: 100_000,
  },
};

test("a throttle scales weight, rates and concurrency, and nothing else", () => {
  assert.deepEqual(standingPolicy({ ...policy, throttlePercent: 10 }), {
    ...policy,
    throttlePercent: 10,
    weight: 1,
    limits: {
      ...policy.limits,
      concurrencyMax: 12,
      requestsPerMinute: 60,
      tokensPerMinute: 10_000,
    },
  });
  assert.equal(standingPolicy({ ...policy, throttlePercent: 99 }).weight, 7);
});

test("the smallest throttle leaves one of each, and without one the policy stands as it is", () => {
  const small = standingPolicy({
    ...policy,
    throttlePercent: 1,
    limits: { ...policy.limits, requestsPerMinute: 3, tokensPerMinute: 50, concurrencyMax: 1 },
  });
  const { requestsPerMinute, tokensPerMinute, concurrencyMax } = small.limits;
  assert.deepEqual(
    [small.weight, requestsPerMinute, tokensPerMinute, concurrencyMax],
    [1, 1, 1, 1],
  );
  assert.equal(standingPolicy(policy), policy);
});
