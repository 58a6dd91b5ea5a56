// Two suites of replicas as a fleet would have them. noisy-neighbour: four tenants offer half of what a pool can serve, a
// fifth asks for ten times its share. batch-mix: chats offer half, and batch work in a lower band two fifths.

import { percentile } from "#loadtest/load/percentile.ts";
import { capacityPerS } from "./capacity.ts";
import { h100Engine } from "./engines.ts";
import { runHouse } from "./house.ts";
import type { HousePlan, HouseTenant } from "./house-plan.ts";
import type { HouseSuite } from "./house-suite.ts";
import { requestsPerMinute } from "./house-suite.ts";
import type { LoadPlan } from "./mixed-load.ts";
import { mixedLoad } from "./mixed-load.ts";
import type { PolicyVariant } from "./policy-variants.ts";
import { termsOf } from "./policy-variants.ts";
import { figuresOf, tokensPerSecond, tpotMs, ttftMs, ttftsMs } from "./run-figures.ts";
import type { Delivery } from "./suite-request.ts";

const seeds = 5;
const noisyHorizonS = 90;
/** A pool, so that a tenant can be kept to a part of it. */
const noisyWorkers = 4;
const batchHorizonS = 180;

/** These runs are long: the others are compared elsewhere. */
const policies = ["fcfs", "vtc", "wfq"];

/** The first four tenants are victims, or chats; the last one is the flood, or the batch work. */
const chatTenants = [0, 1, 2, 3];
const lastTenant = chatTenants.length;

function plan(variant: PolicyVariant, last: HouseTenant, workers: number): HousePlan {
  return {
    workers,
    ...termsOf(variant, h100Engine),
    requestsPerMinute,
    tenants: [...chatTenants.map(() => chatTenant), last],
  };
}

const chats = (workers: number): readonly LoadPlan[] =>
  chatTenants.map((client) => ({
    client,
    kind: "chat",
    requestsPerS: (0.5 * workers * capacityPerS("chat")) / chatTenants.length,
  }));

const weights = [...chatTenants, lastTenant].map(() => 1);

const ofChats = (deliveries: readonly Delivery[]): readonly Delivery[] =>
  deliveries.filter(({ request }) => request.client !== lastTenant);
const ofLast = (deliveries: readonly Delivery[]): readonly Delivery[] =>
  deliveries.filter(({ request }) => request.client === lastTenant);

const ttftP = (deliveries: readonly Delivery[], share: number): number =>
  percentile(
    ttftsMs(deliveries).toSorted((a, b) => a - b),
    share,
  );

const chatTenant: HouseTenant = { weight: 1, mayPreempt: true };
const floodTenant: HouseTenant = { weight: 1 };

export const noisyNeighbour: HouseSuite = {
  name: "noisy-neighbour",
  seeds,
  policies,
  settings: (variant) => ({ ...plan(variant, floodTenant, noisyWorkers), noisyHorizonS }),
  run(variant, seed) {
    const flood: LoadPlan = {
      client: lastTenant,
      kind: "chat",
      requestsPerS: (10 * noisyWorkers * capacityPerS("chat")) / weights.length,
    };
    const house = plan(variant, floodTenant, noisyWorkers);
    const others = chats(noisyWorkers);
    const alone = runHouse(mixedLoad(others, noisyHorizonS, seed), house).deliveries;
    const together = runHouse(mixedLoad([...others, flood], noisyHorizonS, seed), house);
    const victims = ofChats(together.deliveries);
    return {
      figures: figuresOf(together.deliveries, { weights, horizonS: noisyHorizonS }),
      preemptions: together.preemptions,
      extra: {
        victims_ttft_p99_ratio: ttftP(victims, 0.99) / ttftP(alone, 0.99),
        victims_ttft_p99_ms: ttftP(victims, 0.99),
        victims_alone_ttft_p99_ms: ttftP(alone, 0.99),
        victims_ttft_p50_ms: ttftP(victims, 0.5),
        victims_alone_ttft_p50_ms: ttftP(alone, 0.5),
        capacity_requests_per_s: noisyWorkers * capacityPerS("chat"),
      },
    };
  },
};

const slo = { ttftMs: 1000, tpotMs: 50 };

function sloShare(deliveries: readonly Delivery[]): number {
  const met = deliveries.filter(
    (delivery) =>
      (ttftMs(delivery) ?? Number.POSITIVE_INFINITY) <= slo.ttftMs &&
      tpotMs(delivery) <= slo.tpotMs,
  );
  return met.length / deliveries.length;
}

/** Below the chats, and never below a fifth of what the replica executes. */
const batchTenant: HouseTenant = { weight: 1, band: 1, bandFloorPercent: 20 };

export const batchMix: HouseSuite = {
  name: "batch-mix",
  seeds,
  policies,
  settings: (variant) => ({ ...plan(variant, batchTenant, 1), batchHorizonS, slo }),
  run(variant, seed) {
    const batch: LoadPlan = {
      client: lastTenant,
      kind: "long-prompts",
      requestsPerS: 0.4 * capacityPerS("long-prompts"),
    };
    const house = plan(variant, batchTenant, 1);
    const alone = runHouse(mixedLoad([batch], batchHorizonS, seed), house).deliveries;
    const together = runHouse(mixedLoad([...chats(1), batch], batchHorizonS, seed), house);
    const interactive = ofChats(together.deliveries);
    const batchTokensPerS = tokensPerSecond(ofLast(together.deliveries));
    const tpots = interactive.map(tpotMs).toSorted((a, b) => a - b);
    return {
      figures: figuresOf(together.deliveries, { weights, horizonS: batchHorizonS }),
      preemptions: together.preemptions,
      extra: {
        interactive_slo_share: sloShare(interactive),
        interactive_ttft_p99_ms: ttftP(interactive, 0.99),
        interactive_tpot_p99_ms: percentile(tpots, 0.99),
        batch_throughput_ratio: batchTokensPerS / tokensPerSecond(alone),
        batch_tokens_per_s: batchTokensPerS,
        batch_alone_tokens_per_s: tokensPerSecond(alone),
      },
    };
  },
};
