// Whose GPU time was whose and what it cost. Law: over all rows direct and allocated time add up to wall × GPUs to the microsecond, and
// money to the price of that. Direct is what a tenant's requests had; what nobody asked for (idle, overhead, load, down,
// unaccounted) is allocated to the tenants of the same pool, zone, type and rate by what their requests had there.

import type { GpuLines } from "./gpu-lines.ts";
import { requestsOf, sumOfLines } from "./gpu-lines.ts";
import type { GpuRate } from "./gpu-rates.ts";
import type { TenantGpuWord } from "./gpu-word.ts";
import type { Money } from "./money.ts";
import { money, plus, zero } from "./money.ts";
import { RunningPrice } from "./running-price.ts";

/** Some time of the workers of one type in one pool and zone, at one rate. */
export interface GpuGroup {
  readonly pool: string;
  readonly zone: string;
  readonly workerType: string;
  /** Undefined: no rate is in force. */
  readonly rate: GpuRate | undefined;
  readonly lines: GpuLines;
  readonly tenants: readonly TenantGpuWord[];
}

export interface TenantCost {
  /** Empty: of all for whom the engine had no account. Undefined: of nobody, there were no requests to allocate to. */
  readonly tenant: string | undefined;
  readonly directUs: number;
  /** Of `directUs`: nobody is billed for it. */
  readonly recomputeUs: number;
  readonly allocatedUs: number;
  /** Of all of that: where no rate is in force. */
  readonly unpricedUs: number;
  readonly direct: Money;
  readonly allocated: Money;
}

type Row = { -readonly [Field in keyof TenantCost]: TenantCost[Field] };

/** Most first; of nobody last. `currency`: of every rate. */
export function gpuCosts(groups: readonly GpuGroup[], currency: string): readonly TenantCost[] {
  const rows = new Map<string | undefined, Row>();
  for (const group of groups) addGroup(rows, group, currency);
  const all = [...rows.values()];
  return all.toSorted((a, b) =>
    a.tenant === undefined || b.tenant === undefined
      ? Number(a.tenant === undefined) - Number(b.tenant === undefined)
      : b.directUs - a.directUs || (a.tenant < b.tenant ? -1 : 1),
  );
}

function addGroup(rows: Map<string | undefined, Row>, group: GpuGroup, currency: string): void {
  const price = new RunningPrice(money(currency, group.rate?.perGpuHour ?? "0"));
  const shares = sharesOf(group);
  for (const { tenant, directUs, recomputeUs, allocatedUs } of shares) {
    const row = rowOf(rows, tenant, currency);
    row.directUs += directUs;
    row.recomputeUs += recomputeUs;
    row.allocatedUs += allocatedUs;
    if (group.rate === undefined) row.unpricedUs += directUs + allocatedUs;
    row.direct = plus(row.direct, price.next(directUs));
    row.allocated = plus(row.allocated, price.next(allocatedUs));
  }
}

type Share = Pick<TenantCost, "tenant" | "directUs" | "recomputeUs" | "allocatedUs">;

function sharesOf({ lines, tenants }: GpuGroup): readonly Share[] {
  const requestsUs = requestsOf(lines);
  const sharedUs = sumOfLines(lines) - requestsUs;
  const toldUs = tenants.reduce((sum, one) => sum + one.requestsUs, 0);
  // Of an engine that does not tell tenants.
  const untold = { tenant: "", requestsUs: requestsUs - toldUs, recomputeUs: 0 };
  const known = untold.requestsUs > 0 ? [...tenants, untold] : tenants;
  if (requestsUs === 0) {
    return sharedUs === 0
      ? []
      : [{ tenant: undefined, directUs: 0, recomputeUs: 0, allocatedUs: sharedUs }];
  }
  let directUs = 0;
  let allocatedUs = 0;
  return known.map((one) => {
    directUs += one.requestsUs;
    const until = Number((BigInt(sharedUs) * BigInt(directUs)) / BigInt(requestsUs));
    const share = until - allocatedUs;
    allocatedUs = until;
    return {
      tenant: one.tenant,
      directUs: one.requestsUs,
      recomputeUs: one.recomputeUs,
      allocatedUs: share,
    };
  });
}

function rowOf(
  rows: Map<string | undefined, Row>,
  tenant: string | undefined,
  currency: string,
): Row {
  const standing = rows.get(tenant);
  if (standing !== undefined) return standing;
  const row: Row = {
    tenant,
    directUs: 0,
    recomputeUs: 0,
    allocatedUs: 0,
    unpricedUs: 0,
    direct: zero(currency),
    allocated: zero(currency),
  };
  rows.set(tenant, row);
  return row;
}
