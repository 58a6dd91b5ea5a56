// One run of the adapter benchmark: requests with adapters through production queues, router, adapter caches, workers and
// simulated engines in virtual time, under one eviction and one placement; how many met their targets, how late the first
// tokens were, and how unevenly tenants were served.

import { runHouse } from "#loadtest/bench/fairness/house.ts";
import type { HouseRun } from "#loadtest/bench/fairness/house.ts";
import type { HouseAdapter, HousePlan } from "#loadtest/bench/fairness/house-plan.ts";
import { tokensPerSecond, tpotMs, ttftMs, ttftsMs } from "#loadtest/bench/fairness/run-figures.ts";
import type { Delivery, SuiteRequest } from "#loadtest/bench/fairness/suite-request.ts";
import { percentile } from "#loadtest/load/percentile.ts";
import type { EvictionName, PlacementName } from "#shared/model/adapter-policy.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import { SeededRandom } from "#shared/sim/seeded-random.ts";

/** `random-at-arrival`: a balancer without knowledge before replicas that each serve in order of arrival. */
export type BenchPlacement = PlacementName | "random-at-arrival";

export interface AdapterVariant {
  readonly eviction: EvictionName;
  readonly placement: BenchPlacement;
}

export interface AdapterFleet {
  readonly replicas: number;
  readonly tenants: number;
  readonly engine: SimulatedEngineSpec;
  readonly set: readonly HouseAdapter[];
  /** Of each replica's host. */
  readonly hostBytesMax: number;
  readonly areInHostMemory: boolean;
}

export interface Targets {
  readonly ttftMs: number;
  readonly tpotMs: number;
}

export interface AdapterFigures {
  readonly ttftP50Ms: number;
  readonly ttftP99Ms: number;
  /** Of the requests counted, those within both targets. */
  readonly withinTargets: number;
  readonly tokensPerS: number;
  /** The largest that the router's own audit saw between two backlogged tenants, in output tokens per weight. */
  readonly maxGap: number;
  readonly notes: ReadonlyMap<string, number>;
}

const neverRefused = 1e9;
const microsPerOutputToken = 2000;

/** `countedFrom`: the requests before it only warm up. */
export function measureAdapters(
  requests: readonly SuiteRequest[],
  variant: AdapterVariant,
  { fleet, targets, countedFrom }: { fleet: AdapterFleet; targets: Targets; countedFrom: number },
): AdapterFigures {
  const runs = play(requests, variant, fleet);
  const fromMs = requests[countedFrom]?.atMs ?? 0;
  const deliveries = runs.flatMap((run) => run.deliveries);
  const counted = deliveries.filter(({ request }) => request.atMs >= fromMs);
  const ttfts = ttftsMs(counted).toSorted((a, b) => a - b);
  return {
    ttftP50Ms: percentile(ttfts, 0.5),
    ttftP99Ms: percentile(ttfts, 0.99),
    withinTargets:
      counted.filter((delivery) => isWithin(delivery, targets)).length / counted.length,
    tokensPerS: tokensPerSecond(deliveries),
    maxGap: Math.max(...runs.map(({ auditedGap }) => auditedGap)) / microsPerOutputToken,
    notes: summed(runs.map(({ notes }) => notes)),
  };
}

const isWithin = (delivery: Delivery, targets: Targets): boolean =>
  (ttftMs(delivery) ?? Infinity) <= targets.ttftMs && tpotMs(delivery) <= targets.tpotMs;

function play(
  requests: readonly SuiteRequest[],
  variant: AdapterVariant,
  fleet: AdapterFleet,
): readonly HouseRun[] {
  const { placement } = variant;
  if (placement !== "random-at-arrival") {
    return [runHouse(requests, planFor({ ...variant, placement }, fleet))];
  }
  const alone = { ...fleet, replicas: 1 };
  const plan = planFor({ ...variant, placement: "least-work" }, alone);
  const random = new SeededRandom(1, "balancer");
  const dealt = requests.map((request) => ({ request, to: random.below(fleet.replicas) }));
  return Array.from({ length: fleet.replicas }, (_, replica) => {
    const own = dealt.filter(({ to }) => to === replica).map(({ request }) => request);
    return runHouse(own, { ...plan, policy: "fcfs" });
  });
}

export function planFor(
  { eviction, placement }: AdapterVariant & { readonly placement: PlacementName },
  { replicas, tenants, engine, set, hostBytesMax, areInHostMemory }: AdapterFleet,
): HousePlan {
  return {
    policy: "wfq",
    workers: replicas,
    workersPerHost: 1,
    requestsPerMinute: neverRefused,
    engine,
    tenants: Array.from({ length: tenants }, () => ({ weight: 1 })),
    adapters: { catalog: set, hostBytesMax, areInHostMemory, eviction, placement },
  };
}

function summed(all: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const notes of all) {
    for (const [event, times] of notes) sums.set(event, (sums.get(event) ?? 0) + times);
  }
  return sums;
}
