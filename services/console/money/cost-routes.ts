// Where GPU time went and what it cost, from the ledger, at the admin API. Law: the lines of an answer add up to wall × GPUs, tenants'
// direct and allocated time to the same, and money to its price; what has no rate is said, not priced at nothing.

import { parse } from "yaml";
import type { GpuLedger } from "#shared/ledger/gpu-time/gpu-ledger.ts";
import { conservation, requestsOfLives } from "#shared/model/gpu-conservation.ts";
import type { GpuGroup, TenantCost } from "#shared/model/gpu-cost.ts";
import { gpuCosts } from "#shared/model/gpu-cost.ts";
import { gpuLineNames, sumOfLines } from "#shared/model/gpu-lines.ts";
import type { GpuLines } from "#shared/model/gpu-lines.ts";
import { readGpuRates } from "#shared/model/gpu-rates.ts";
import { amountText, plus, sumOf } from "#shared/model/money.ts";
import type { AdminReply } from "#services/console/admin-reply.ts";
import { AdminError, jsonReply } from "#services/console/admin-reply.ts";
import type { AdminCall, AdminRoute } from "#services/console/admin-routes.ts";

export type GpuAccounts = Omit<GpuLedger, "recordGpuTime">;

export const costRoutes: readonly AdminRoute[] = [
  {
    method: "GET",
    path: /^\/admin\/v1\/cost$/,
    parameters: ["from", "to", "pool"],
    answer: cost,
  },
  {
    method: "GET",
    path: /^\/admin\/v1\/cost\/conservation$/,
    parameters: ["from", "to"],
    answer: conserved,
  },
  { method: "GET", path: /^\/admin\/v1\/gpu-rates$/, answer: rates },
  { method: "PUT", path: /^\/admin\/v1\/gpu-rates$/, answer: setRates },
];

export interface CostLine {
  readonly pool: string;
  readonly zone: string;
  readonly workerType: string;
  readonly kind: keyof GpuLines;
  readonly gpuUs: number;
}

export interface TenantCostRow {
  /** Absent: of nobody. Empty: of all for whom the engine had no account. */
  readonly tenant?: string;
  readonly directUs: number;
  readonly recomputeUs: number;
  readonly allocatedUs: number;
  readonly unpricedUs: number;
  readonly direct: string;
  readonly allocated: string;
  readonly total: string;
}

export interface CostAnswer {
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
  readonly gpuUs: number;
  /** Absent: no rate was ever set. */
  readonly currency?: string;
  readonly total: string;
  readonly lines: readonly CostLine[];
  readonly tenants: readonly TenantCostRow[];
}

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** Down to whole minutes; the minute that runs is in it where nothing else was asked for. */
export function periodOf({ query }: AdminCall): { fromEpochMs: number; toEpochMs: number } {
  const toEpochMs = query.moment("to") ?? Math.floor(Date.now() / minuteMs + 1) * minuteMs;
  const fromEpochMs = query.moment("from") ?? toEpochMs - dayMs;
  if (fromEpochMs >= toEpochMs) {
    throw new AdminError(
      "bad_parameter",
      "from must be before to: a period of nothing has no cost.",
    );
  }
  return { fromEpochMs, toEpochMs };
}

async function cost(call: AdminCall): Promise<AdminReply> {
  const period = periodOf(call);
  const pool = call.query.word("pool");
  const [all, { rates: known }] = await Promise.all([
    call.ports.gpu.groups(period),
    call.ports.gpu.rates(),
  ]);
  const groups = all.filter((group) => pool === undefined || group.pool === pool);
  const currency = known[0]?.currency;
  // Without a rate all of it is at no price: in whichever currency, it is nothing.
  const tenants = gpuCosts(groups, currency ?? "USD");
  const total = sumOf(
    currency ?? "USD",
    tenants.map(({ direct, allocated }) => plus(direct, allocated)),
  );
  return jsonReply({
    ...period,
    gpuUs: groups.reduce((sum, { lines }) => sum + sumOfLines(lines), 0),
    ...(currency === undefined ? {} : { currency }),
    total: amountText(total),
    lines: linesOf(groups),
    tenants: tenants.map(tenantRow),
  } satisfies CostAnswer);
}

/** Rates split a place's time; its lines do not. */
function linesOf(groups: readonly GpuGroup[]): readonly CostLine[] {
  const places = Map.groupBy(groups, ({ pool, zone, workerType }) =>
    JSON.stringify([pool, zone, workerType]),
  );
  return [...places.values()].flatMap((ofPlace) =>
    gpuLineNames.flatMap((kind): readonly CostLine[] => {
      const [first] = ofPlace;
      if (first === undefined) return [];
      const { pool, zone, workerType } = first;
      const gpuUs = ofPlace.reduce((sum, { lines }) => sum + lines[kind], 0);
      return [{ pool, zone, workerType, kind, gpuUs }];
    }),
  );
}

const tenantRow = ({ tenant, direct, allocated, ...time }: TenantCost): TenantCostRow => ({
  ...(tenant === undefined ? {} : { tenant }),
  ...time,
  direct: amountText(direct),
  allocated: amountText(allocated),
  total: amountText(plus(direct, allocated)),
});

/** Over lives that were heard of in the period, since their beginning; usage of requests that arrived in it. */
async function conserved(call: AdminCall): Promise<AdminReply> {
  const period = periodOf(call);
  const [now, usageUs] = await Promise.all([
    call.ports.gpu.lives(period),
    call.ports.gpu.usageUs(period),
  ]);
  const requestsUs = requestsOfLives(now);
  const verdict = conservation({ before: [], now, usageUs, requestsUs });
  return jsonReply({ ...period, ...verdict, usageUs, requestsUs, lives: now });
}

async function rates({ ports }: AdminCall): Promise<AdminReply> {
  return jsonReply(await ports.gpu.rates());
}

async function setRates({ ports, body }: AdminCall): Promise<AdminReply> {
  const read = readGpuRates(gpuRatesIn(body));
  if (read.kind === "refused") {
    throw new AdminError("bad_rates", `${read.code}: ${read.message}. Nothing was changed.`, {
      reason: read.code,
    });
  }
  return jsonReply(await ports.gpu.setRates(read.rates, "admin-api"));
}

function gpuRatesIn(body: string): unknown {
  try {
    return ((parse(body) ?? {}) as { readonly gpuRates?: unknown }).gpuRates;
  } catch {
    throw new AdminError("bad_rates", "malformed_rate: the file is no YAML. Nothing was changed.", {
      reason: "malformed_rate",
    });
  }
}
