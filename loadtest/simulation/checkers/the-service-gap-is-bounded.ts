// Two tenants that both wait in a pool all the while are served alike: what ran for one, per weight, is never further
// from the other's than the stated bound. Under a router that took the pool over too: it begins with everybody at one
// virtual time, but for the lead that a tenant's queue remembers.

import type { Checker } from "#loadtest/simulation/checker.ts";
import { pairBound } from "#loadtest/simulation/pair-bound.ts";
import type { TenantService, WindowPeaks } from "#loadtest/simulation/pool-service.ts";
import type { RouterLife } from "#loadtest/simulation/watch-pools.ts";
import { watchPools } from "#loadtest/simulation/watch-pools.ts";

/** What two tenants had been served when both had begun to wait. */
interface Pair {
  readonly a: TenantService;
  readonly b: TenantService;
  /** Absent: not both of them wait. */
  peaks: WindowPeaks | undefined;
  isReported: boolean;
  fromA: number;
  fromB: number;
}

export const theServiceGapIsBounded: Checker = {
  name: "the-service-gap-is-bounded",
  watch(report) {
    const pairsOf = new WeakMap<RouterLife, Pair[]>();
    return {
      kinds: ["router"],
      observer: watchPools((life, isServed) => {
        const pairs = withNewTenants(pairsOf.get(life) ?? [], life);
        pairsOf.set(life, pairs);
        for (const pair of pairs) {
          if (isServed && !pair.isReported) judge(pair, life, report);
          follow(pair, life);
        }
      }),
    };
  },
};

function withNewTenants(pairs: Pair[], { service }: RouterLife): Pair[] {
  const tenants = [...service.tenants.values()];
  if (pairs.length === (tenants.length * (tenants.length - 1)) / 2) return pairs;
  for (const [at, b] of tenants.entries()) {
    for (const a of tenants.slice(0, at)) {
      if (pairs.some((pair) => pair.a === a && pair.b === b)) continue;
      pairs.push({ a, b, peaks: undefined, isReported: false, fromA: 0, fromB: 0 });
    }
  }
  return pairs;
}

function judge(pair: Pair, life: RouterLife, report: (violation: string) => void): void {
  const { a, b, fromA, fromB, peaks } = pair;
  if (peaks === undefined) return;
  const gap = Math.abs(a.served - fromA - (b.served - fromB));
  const bound = pairBound(peaks, life.isTakenOver);
  if (gap <= bound) return;
  pair.isReported = true;
  const { pool } = life.service;
  report(`${a.tenant} and ${b.tenant} are ${gap} µcost per weight apart in ${pool}, of ${bound}`);
}

function follow(pair: Pair, { service }: RouterLife): void {
  const { a, b, peaks } = pair;
  const isWaiting = a.isWaiting && b.isWaiting;
  if (isWaiting && peaks === undefined) {
    pair.peaks = service.openWindow([a, b]);
    pair.fromA = a.served;
    pair.fromB = b.served;
  } else if (!isWaiting && peaks !== undefined) {
    for (const tenant of [a, b]) tenant.windows.delete(peaks);
    pair.peaks = undefined;
  }
}
