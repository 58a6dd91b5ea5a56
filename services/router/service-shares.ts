// The audit as an operator sees it: a pool's widest gap, and each tenant's share beside what its weight entitles it to.

import type { ServiceShare } from "#shared/model/service-share.ts";
import type { PoolState } from "./pool-state.ts";
import type { BandReading, ServedLately } from "./service-audit.ts";

/** Nearest to its bound, or widest where there is none. Absent: no two tenants are backlogged. */
export function widestReading({ audit }: Pick<PoolState, "audit">): BandReading | undefined {
  const [widest] = audit.readings.toSorted((a, b) => nearness(b) - nearness(a));
  return widest;
}

const nearness = ({ gap, bound }: BandReading): number => (bound === undefined ? gap : gap / bound);

export function tenantShares({
  audit,
  neighbours,
  narrowings,
}: Pick<PoolState, "audit" | "neighbours" | "narrowings">): readonly ServiceShare[] {
  const lately = audit.lately();
  const isBusy = ({ account }: ServedLately): boolean =>
    account.waiting.size > 0 || account.placements > 0;
  const weights = new Map<number, number>();
  const most = new Map<number, number>();
  let executed = 0;
  for (const one of lately) {
    const { band, weight } = one.account;
    executed += one.served * weight;
    most.set(band, Math.max(one.served, most.get(band) ?? 0));
    if (isBusy(one)) weights.set(band, (weights.get(band) ?? 0) + weight);
  }
  return lately.map((one) => {
    const { tenant, band, weight, waiting, placements } = one.account;
    const slowness = neighbours.slownessOf(tenant);
    const narrowedTo = narrowings.of(tenant)?.workers;
    return {
      tenant,
      band,
      weight,
      shareByWeight: isBusy(one) ? percent(weight, weights.get(band) ?? weight) : 0,
      executedShare: percent(one.served * weight, executed),
      behind: (most.get(band) ?? 0) - one.served,
      waiting: waiting.size,
      running: placements,
      ...(slowness === undefined ? {} : { slowness: slowness / 1000 }),
      ...(narrowedTo === undefined ? {} : { narrowedTo }),
    };
  });
}

const percent = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.round((part * 1000) / whole) / 10;
