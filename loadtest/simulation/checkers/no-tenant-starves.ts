// Whoever waits in a pool gets its turn: while a tenant waits and is granted nothing, no other one is served more than
// the stated bound, however many come and go beside it. In time there is no bound while workers are away; but a request
// that waits too long is refused by its deadline, which `every-request-ends-exactly-once` sees to.

import type { Checker } from "#loadtest/simulation/checker.ts";
import { pairBound } from "#loadtest/simulation/pair-bound.ts";
import type { TenantService, WindowPeaks } from "#loadtest/simulation/pool-service.ts";
import type { RouterLife } from "#loadtest/simulation/watch-pools.ts";
import { watchPools } from "#loadtest/simulation/watch-pools.ts";

/** Since a tenant waits for its next grant: which grant that is, and what the others had been served. */
interface Wait {
  readonly granted: number;
  readonly from: Map<TenantService, number>;
  readonly peaks: WindowPeaks;
  isReported: boolean;
}

export const noTenantStarves: Checker = {
  name: "no-tenant-starves",
  watch(report) {
    const waits = new WeakMap<TenantService, Wait>();
    return {
      kinds: ["router"],
      observer: watchPools((life, isServed) => {
        for (const tenant of life.service.tenants.values()) {
          const wait = waits.get(tenant);
          if (tenant.isWaiting && wait?.granted === tenant.granted) {
            if (wait.from.size < life.service.tenants.size) meet(wait, life);
            if (isServed && !wait.isReported) judge(tenant, wait, { life, report });
            continue;
          }
          if (wait !== undefined) end(wait, life);
          if (tenant.isWaiting) waits.set(tenant, begin(tenant, life));
          else waits.delete(tenant);
        }
      }),
    };
  },
};

function begin({ granted }: TenantService, { service }: RouterLife): Wait {
  const all = [...service.tenants.values()];
  return {
    granted,
    from: new Map(all.map((other) => [other, other.served])),
    peaks: service.openWindow(all),
    isReported: false,
  };
}

/** Whoever came since. */
function meet({ from, peaks }: Wait, { service }: RouterLife): void {
  for (const other of service.tenants.values()) {
    if (from.has(other)) continue;
    from.set(other, other.served);
    other.windows.add(peaks);
  }
}

function end({ peaks }: Wait, { service }: RouterLife): void {
  for (const tenant of service.tenants.values()) tenant.windows.delete(peaks);
}

function judge(
  tenant: TenantService,
  wait: Wait,
  { life, report }: { life: RouterLife; report: (violation: string) => void },
): void {
  const { pool } = life.service;
  const bound = pairBound(wait.peaks, life.isTakenOver);
  for (const [other, servedBefore] of wait.from) {
    const served = other.served - servedBefore;
    if (other === tenant || served <= bound) continue;
    wait.isReported = true;
    report(
      `${tenant.tenant} waits in ${pool} while ${other.tenant} is served ${served} µcost per weight, of ${bound}`,
    );
    return;
  }
}
