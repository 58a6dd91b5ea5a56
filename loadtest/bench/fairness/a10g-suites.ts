// The published suites in a house on the A10G: what each draws, how often, and what it measures besides.

import { a10gEngine } from "./engines.ts";
import { runHouse } from "./house.ts";
import type { HouseSuite } from "./house-suite.ts";
import { requestsPerMinute } from "./house-suite.ts";
import type { HousePlan } from "./house-plan.ts";
import type { ArenaTrace } from "./arena.ts";
import type { PolicyVariant } from "./policy-variants.ts";
import { termsOf } from "./policy-variants.ts";
import { figuresOf } from "./run-figures.ts";
import { seriesOf } from "./service-series.ts";
import type { Delivery } from "./suite-request.ts";
import { onOff, overload2, overload8, shortLong, weighted } from "./suites.ts";
import type { Suite } from "./suites.ts";

/** Even arrivals differ by their phases alone. */
const phaseDraws = 12;
const randomDraws = 5;

type Extra = (suite: Suite, deliveries: readonly Delivery[]) => Record<string, number>;
const nothingMore: Extra = () => ({});

function onA10g(suite: Suite, extra: Extra = nothingMore): HouseSuite {
  const { name, weights, horizonS, isEven } = suite;
  const planFor = (variant: PolicyVariant): HousePlan => ({
    ...termsOf(variant, a10gEngine),
    requestsPerMinute,
    tenants: weights.map((weight) => ({ weight })),
  });
  return {
    name,
    seeds: isEven ? phaseDraws : randomDraws,
    settings: (variant) => ({ ...planFor(variant), horizonS }),
    run(variant, seed) {
      const { deliveries, preemptions } = runHouse(suite.draw(seed), planFor(variant));
      return {
        figures: figuresOf(deliveries, suite),
        preemptions,
        extra: extra(suite, deliveries),
      };
    },
  };
}

/** By how many percent the worst and the best served tenant's service per weight differs from the mean, at the horizon. */
function shareErrors(suite: Suite, deliveries: readonly Delivery[]): Record<string, number> {
  const { weights, horizonS } = suite;
  const { served } = seriesOf(deliveries, { clients: weights.length, horizonS });
  const perWeight = served.map(
    (seconds, client) => seconds.reduce((sum, cost) => sum + cost, 0) / (weights[client] ?? 1),
  );
  const total = perWeight.reduce((sum, value, client) => sum + value * (weights[client] ?? 1), 0);
  const mean = total / weights.reduce((sum, weight) => sum + weight, 0);
  return {
    share_error_min_pct: (Math.min(...perWeight) / mean - 1) * 100,
    share_error_max_pct: (Math.max(...perWeight) / mean - 1) * 100,
  };
}

export const a10gSuites: readonly HouseSuite[] = [
  onA10g(overload2),
  onA10g(overload8),
  onA10g(onOff),
  onA10g(shortLong),
  onA10g(weighted, shareErrors),
];

/** The trace is one; what varies is the host's time per step. */
const arenaHostMs = [2.5, 2.7, 3, 3.5];

export function arenaSuite({ requests, clients, horizonS }: ArenaTrace): HouseSuite {
  const weights = Array.from({ length: clients }, () => 1);
  const planFor = (variant: PolicyVariant): HousePlan => ({
    ...termsOf(variant, a10gEngine),
    requestsPerMinute,
    tenants: weights.map((weight) => ({ weight })),
  });
  return {
    name: "arena",
    seeds: arenaHostMs.length,
    settings: (variant) => ({ ...planFor(variant), horizonS, arenaHostMs }),
    run(variant, seed) {
      const hostMs = arenaHostMs[(seed - 1) % arenaHostMs.length] ?? 0;
      const { deliveries, preemptions } = runHouse(requests, { ...planFor(variant), hostMs });
      return { figures: figuresOf(deliveries, { weights, horizonS }), preemptions, extra: {} };
    },
  };
}
