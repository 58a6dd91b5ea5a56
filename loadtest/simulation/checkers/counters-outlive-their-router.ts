// A router that takes a pool over begins no tenant below what it had been given: by the newest counters that its workers
// bring, and for what had ended by then: what ran then may have ended since.

import type { Effect } from "#shared/actor/actor.ts";
import type { ToRouter } from "#shared/messages/to-router.ts";
import type { TenantCounter, VirtualCounters } from "#shared/messages/virtual-counters.ts";
import type { Checker, Report } from "#loadtest/simulation/checker.ts";
import type { PoolState } from "#services/router/pool-state.ts";
import type { Router } from "#services/router/router.actor.ts";

export const countersOutliveTheirRouter: Checker = {
  name: "counters-outlive-their-router",
  watch(report) {
    const newest = new WeakMap<PoolState, VirtualCounters>();
    return {
      kinds: ["router"],
      observer: {
        received(_process, _self, { state, arrival, effects }) {
          const { owned } = state as Router;
          if (owned === undefined) return;
          hear(newest, owned, arrival.message as ToRouter);
          if (hasCollected(effects)) judge(report, owned, newest.get(owned)?.tenants ?? []);
        },
      },
    };
  },
};

type Newest = WeakMap<PoolState, VirtualCounters>;

function hear(newest: Newest, owned: PoolState, message: ToRouter): void {
  if (message.kind !== "worker-holds-pool" || message.poolEpoch !== owned.poolEpoch) return;
  const { counters } = message;
  if (counters !== undefined && isNewer(counters, newest.get(owned))) newest.set(owned, counters);
}

const hasCollected = (effects: readonly Effect[]): boolean =>
  effects.some((effect) => effect.kind === "note" && effect.event === "router.collected-pool");

function judge(report: Report, owned: PoolState, counters: readonly TenantCounter[]): void {
  for (const { tenant, ended } of counters) {
    const clock = owned.accounts.get(tenant)?.clock ?? 0;
    if (clock >= ended) continue;
    report(`${tenant} begins at ${clock} in ${owned.pool}, and had been given ${ended}`);
  }
}

const isNewer = (counters: VirtualCounters, than: VirtualCounters | undefined): boolean =>
  than === undefined ||
  counters.poolEpoch > than.poolEpoch ||
  (counters.poolEpoch === than.poolEpoch && counters.seq > than.seq);
