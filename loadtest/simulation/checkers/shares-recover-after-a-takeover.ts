// Tenants that wait all the while are served alike, per weight, over ten seconds, however often their router and their
// queues change owner meanwhile: Jain's index is 0.95 at least. Judged where nothing but owners falls away, since a dead
// worker takes what it ran with it, whoever's it was.

import type { Checker, Report } from "#loadtest/simulation/checker.ts";
import type { FaultPlan, TimedFault } from "#loadtest/simulation/fault-plan.ts";
import { controlNames } from "#loadtest/simulation/seed-fleet.ts";
import type { RouterLife } from "#loadtest/simulation/watch-pools.ts";
import { watchPools } from "#loadtest/simulation/watch-pools.ts";

const windowS = 10;
/** Within fifteen seconds the window that counts is over. */
const recoveryS = 5;
const jainMin = 0.95;
/** Until queues have offered again nobody waits at a new router. */
const newRouterMs = 3_000;
/** So much of each tenant's service in a window is many requests: one more or less of them says nothing. */
const servedMin = 2_000_000;

interface Second {
  /** By tenant, µcost per weight. */
  readonly served: Map<string, number>;
  /** Nothing of theirs waited at some moment. */
  readonly content: Set<string>;
}

export const sharesRecoverAfterATakeover: Checker = {
  name: "shares-recover-after-a-takeover",
  watch(report, worldMs) {
    const pools = new Map<string, Second[]>();
    const lives = new WeakMap<
      RouterLife,
      { readonly sinceMs: number; seen: Map<string, number> }
    >();
    return {
      kinds: ["router"],
      observer: watchPools((life) => {
        const { pool } = life.service;
        const nowMs = worldMs();
        const seconds = pools.get(pool) ?? [];
        pools.set(pool, seconds);
        const at = Math.floor(nowMs / 1000);
        const second = (seconds[at] ??= { served: new Map(), content: new Set() });
        let known = lives.get(life);
        if (known === undefined) lives.set(life, (known = { sinceMs: nowMs, seen: new Map() }));
        const isNew = life.isTakenOver && nowMs - known.sinceMs < newRouterMs;
        for (const { tenant, served, isWaiting } of life.service.tenants.values()) {
          const more = served - (known.seen.get(tenant) ?? 0);
          known.seen.set(tenant, served);
          second.served.set(tenant, (second.served.get(tenant) ?? 0) + more);
          if (!isWaiting && !isNew) second.content.add(tenant);
        }
      }),
      judge({ plan }) {
        if (!plan.faults.every(isOwnersOnly) || plan.faults.length === 0) return;
        for (const [pool, seconds] of pools) judgePool(report, pool, { seconds, plan });
      },
    };
  },
};

const isOwnersOnly = (fault: TimedFault): boolean =>
  (fault.kind === "kill" || fault.kind === "hand-over") && controlNames.includes(fault.process);

function judgePool(
  report: Report,
  pool: string,
  { seconds, plan }: { readonly seconds: readonly Second[]; readonly plan: FaultPlan },
): void {
  const faultsAtS = plan.faults.map(({ atMs }) => atMs / 1000);
  for (let from = 0; from + windowS <= seconds.length; from++) {
    const isTooSoon = faultsAtS.some((atS) => from < atS + recoveryS && from + windowS > atS);
    if (isTooSoon || from < Math.min(...faultsAtS)) continue;
    const shares = sharesIn(seconds.slice(from, from + windowS));
    if (shares.length < 2) continue;
    const total = sum(shares.map(([, share]) => share));
    const jain = total ** 2 / (shares.length * sum(shares.map(([, share]) => share ** 2)));
    if (total / shares.length < servedMin || jain >= jainMin) continue;
    const words = shares.map(([tenant, share]) => `${tenant} ${share}`).join(", ");
    report(`${pool}: Jain ${jain.toFixed(3)} from ${from} s on: ${words}`);
    return;
  }
}

/** Of those that waited all the while. */
function sharesIn(window: readonly (Second | undefined)[]): [string, number][] {
  const [first] = window;
  return [...(first?.served.keys() ?? [])]
    .filter((tenant) => window.every((second) => isWaitingIn(second, tenant)))
    .map((tenant) => [tenant, sum(window.map((second) => second?.served.get(tenant) ?? 0))]);
}

const isWaitingIn = (second: Second | undefined, tenant: string): boolean =>
  second?.served.has(tenant) === true && !second.content.has(tenant);

const sum = (figures: readonly number[]): number => figures.reduce((all, one) => all + one, 0);
