import assert from "node:assert/strict";
import { test } from "node:test";
import type { TenantId } from "#shared/model/ids.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { TenantPolicy } from "#shared/model/tenant-policy.ts";
import { LastLimits } from "./last-limits.ts";
import { fleetOfTests } from "./scripted-edge.cases.ts";

const acme = "acme" as TenantId;
const [tenant] = fleetOfTests.tenants;
assert.ok(tenant);

interface Scene {
  readonly limits: LastLimits;
  nowMs: number;
  policy: TenantPolicy | undefined;
}

function scene(): Scene {
  const self: Scene = {
    nowMs: 0,
    policy: tenant?.policy,
    limits: new LastLimits(
      () => self.nowMs,
      () => self.policy,
    ),
  };
  return self;
}

/** Requests left and their reset, tokens left and theirs. */
const shown = (limits: RateLimits | undefined): readonly (number | undefined)[] => [
  limits?.requestsRemaining,
  limits?.requestsResetMs,
  limits?.tokensRemaining,
  limits?.tokensResetMs,
];

const told: RateLimits = {
  requestsLimit: 600,
  requestsRemaining: 590,
  requestsResetMs: 20_000,
  tokensLimit: 100_000,
  tokensRemaining: 40_000,
  tokensResetMs: 50_000,
  quotaAlert: {
    period: "day",
    metric: "tokens",
    mode: "hard",
    window: "2026-11-28",
    usedPercent: 91,
    resetsInMs: 60_000,
  },
};

test("who was told nothing has its whole limits, as far as is known", () => {
  assert.deepEqual(scene().limits.of(acme), {
    requestsLimit: 600,
    requestsRemaining: 600,
    requestsResetMs: 0,
    tokensLimit: 100_000,
    tokensRemaining: 100_000,
    tokensResetMs: 0,
  });
});

test("what its queue told last stands until its window is whole, and is nobody else's", () => {
  const at = scene();
  at.limits.learn(acme, told);
  assert.deepEqual(at.limits.of(acme), told);
  at.nowMs = 15_000;
  assert.deepEqual(shown(at.limits.of(acme)), [590, 5000, 40_000, 35_000]);
  at.nowMs = 20_000;
  assert.deepEqual(shown(at.limits.of(acme)), [600, 0, 40_000, 30_000]);
  assert.deepEqual(shown(at.limits.of("bolt" as TenantId)), [600, 0, 100_000, 0]);
  assert.equal(at.limits.of(acme)?.quotaAlert?.usedPercent, 91);
  at.nowMs = 60_000;
  assert.deepEqual(shown(at.limits.of(acme)), [600, 0, 100_000, 0]);
  assert.equal(at.limits.of(acme)?.quotaAlert, undefined);
});

test("a throttle or a new limit counts at once, and what was used counts against it", () => {
  const at = scene();
  at.limits.learn(acme, told);
  assert.ok(at.policy);
  at.policy = { ...at.policy, throttlePercent: 10 };
  const limits = at.limits.of(acme);
  assert.deepEqual([limits?.requestsLimit, limits?.tokensLimit], [60, 10_000]);
  assert.deepEqual(shown(limits), [50, 20_000, 0, 50_000]);
});

test("a tenant that is gone has none", () => {
  const at = scene();
  at.policy = undefined;
  assert.equal(at.limits.of(acme), undefined);
});
