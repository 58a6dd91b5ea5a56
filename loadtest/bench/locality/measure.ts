// One run: conversations of many tenants on a pool of simulated replicas, under one policy; how much was served, how
// evenly, how much of it was found cached, and whether any of that was another tenant's.

import { runHouse } from "#loadtest/bench/fairness/house.ts";
import type { HousePlan } from "#loadtest/bench/fairness/house-plan.ts";
import type { MeasuredRun } from "#loadtest/bench/fairness/rows.ts";
import { figuresOf } from "#loadtest/bench/fairness/run-figures.ts";
import { windowedGap } from "#loadtest/bench/fairness/service-gaps.ts";
import { seriesOf } from "#loadtest/bench/fairness/service-series.ts";
import type { Delivery } from "#loadtest/bench/fairness/suite-request.ts";
import { pickRulesDefault } from "#services/router/pick-next.ts";
import type { PolicyName } from "#shared/model/policy-name.ts";
import { lengthDivisor } from "./block-bytes.ts";
import type { ConversationRequest } from "./conversations.ts";
import { InfiniteCache, infiniteHitRates } from "./infinite-cache.ts";

/** A policy and the figure that trades locality for fairness in it, µcost per weight. */
export interface LocalityVariant {
  readonly policy: PolicyName;
  /** θ_locality of wfq and sfq, the quantum of dlpm; absent: it has none. */
  readonly width?: number;
}

export interface Fleet {
  readonly replicas: number;
  readonly tenants: number;
  readonly horizonS: number;
}

const kvBlockTokens = 16;
const headsMax = 16;
const neverRefused = 1e9;

export function planFor(
  { policy, width = 0 }: LocalityVariant,
  { replicas, tenants }: Fleet,
): HousePlan {
  const isRounds = policy === "dlpm";
  return {
    policy,
    workers: replicas,
    requestsPerMinute: neverRefused,
    engine: {
      kind: "simulated",
      profile: "llama3_8b/tp1/bfloat16",
      gpus: 1,
      // A token stands for `lengthDivisor` of the trace's, so a step takes as many times as long.
      timeScale: lengthDivisor,
      sequencesMax: 256,
      stepTokensMax: 2048,
      kvBlockTokens,
      kvBlocks: 27_750,
      adapterSlots: 0,
    },
    tenants: Array.from({ length: tenants }, () => ({ weight: 1 })),
    // Whoever is in the round may overtake: θ plays no part but to allow it.
    rules: { ...pickRulesDefault, thetaLocality: isRounds ? 1 : width, headsMax },
    ...(isRounds ? { quantum: width } : {}),
  };
}

export function measure(
  requests: readonly ConversationRequest[],
  variant: LocalityVariant,
  fleet: Fleet,
): MeasuredRun {
  const { deliveries, preemptions } = runHouse(requests, planFor(variant, fleet));
  const { tenants, horizonS } = fleet;
  const weights = Array.from({ length: tenants }, () => 1);
  const executed = windowedGap(
    seriesOf(deliveries.map(uncached), { clients: tenants, horizonS }),
    weights,
  );
  const infinite = infiniteHitRates(requests, kvBlockTokens);
  const prompts = requests.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
  const cached = deliveries.reduce((sum, { cachedTokens = 0 }) => sum + cachedTokens, 0);
  return {
    figures: figuresOf(deliveries, { weights, horizonS }),
    preemptions,
    extra: {
      executed_windowed_max: executed.max,
      executed_windowed_avg: executed.avg,
      hit_rate: cached / prompts,
      hit_rate_infinite: infinite.inNamespaces,
      hit_rate_infinite_one_namespace: infinite.inOne,
      cross_namespace_hit_tokens: foreignTokens(deliveries),
    },
  };
}

/** What the scheduler charges: a prompt without what was found cached. */
const uncached = (delivery: Delivery): Delivery => ({
  ...delivery,
  request: {
    ...delivery.request,
    promptTokens: delivery.request.promptTokens - (delivery.cachedTokens ?? 0),
  },
});

/** Tokens that engines say they found cached and that nobody else of the tenant ever asked for. */
export function foreignTokens(deliveries: readonly Delivery[]): number {
  const asked = deliveries.map(({ request, cachedTokens = 0 }) => {
    const { prefixBlocks = [] } = request;
    return { tenant: String(request.client), request: { ...request, prefixBlocks }, cachedTokens };
  });
  const cache = new InfiniteCache(kvBlockTokens);
  for (const { tenant, request } of asked) cache.add(tenant, request);
  return asked.reduce((foreign, { tenant, request, cachedTokens }) => {
    const own = cache.heldByOthersTokens(tenant, request);
    return foreign + Math.max(0, cachedTokens - own);
  }, 0);
}
