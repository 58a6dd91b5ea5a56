// Sums of usage at the admin API: a range as totals or as a series, by any of its groups; who used most; and whether the sums
// are those of the records. What a question says wrongly is told by its parameter.

import type { DaysRange } from "#shared/ledger/sums/rebuild-roll-ups.ts";
import type {
  SeriesQuery,
  SeriesRow,
  UsageGroup,
  UsageMetric,
  UsageStep,
} from "#shared/ledger/sums/usage-series.ts";
import { UsageQueryError, usageGroups } from "#shared/ledger/sums/usage-series.ts";
import type { AdminReply } from "#services/console/admin-reply.ts";
import { AdminError, jsonReply } from "#services/console/admin-reply.ts";
import type { AdminCall, AdminRoute } from "#services/console/admin-routes.ts";
import { audited } from "#services/console/tenants/audit-routes.ts";

export const usageRoutes: readonly AdminRoute[] = [
  {
    method: "GET",
    path: /^\/admin\/v1\/usage\/series$/,
    parameters: ["from", "to", "by", "step", ...usageGroups],
    answer: series,
  },
  {
    method: "GET",
    path: /^\/admin\/v1\/usage\/top$/,
    parameters: ["from", "to", "by", "top", "limit", ...usageGroups],
    answer: top,
  },
  {
    method: "GET",
    path: /^\/admin\/v1\/usage\/check$/,
    parameters: ["from", "to"],
    answer: check,
  },
  {
    method: "POST",
    path: /^\/admin\/v1\/usage\/rebuild$/,
    parameters: ["from", "to"],
    answer: rebuild,
  },
];

async function series(call: AdminCall): Promise<AdminReply> {
  const step = call.query.word("step") as UsageStep | undefined;
  return answered(call, { ...askedOf(call), ...(step === undefined ? {} : { step }) });
}

async function top(call: AdminCall): Promise<AdminReply> {
  const asked = askedOf(call);
  const metric = (call.query.word("top") ?? "gpuUs") as UsageMetric;
  const rows = call.query.count("limit", { fallback: 20, max: 1000 });
  const by = asked.by.length === 0 ? (["tenant"] as const) : asked.by;
  return answered(call, { ...asked, by, top: { metric, rows } });
}

const minuteMs = 60_000;

/** Without an end: to the end of this minute. */
function askedOf({ query }: AdminCall): SeriesQuery {
  const fromEpochMs = query.moment("from");
  if (fromEpochMs === undefined) throw wrong("from: expected a time, such as 2026-01-31T12:00");
  const toEpochMs = query.moment("to") ?? (Math.floor(Date.now() / minuteMs) + 1) * minuteMs;
  const by = query.list("by", { form: /^[a-z]+$/, max: 5, of: usageGroups.join(", ") }) ?? [];
  const only = usageGroups.flatMap((group) => {
    const word = query.word(group);
    return word === undefined ? [] : [[group, word] as const];
  });
  return {
    fromEpochMs,
    toEpochMs,
    by: by as readonly UsageGroup[],
    only: Object.fromEntries(only),
  };
}

const wrong = (message: string): AdminError => new AdminError("bad_parameter", message);

async function answered({ ports }: AdminCall, asked: SeriesQuery): Promise<AdminReply> {
  const rows = await ports.sums.series(asked).catch((error: unknown) => {
    if (!(error instanceof UsageQueryError)) throw error;
    throw wrong(`${parameterOf(error)}: ${error.message}.`);
  });
  const adapters = (await ports.fleet.current())?.adapters ?? [];
  const names = new Map<string, string>(adapters.map(({ digest, name }) => [digest, name]));
  const { fromEpochMs, toEpochMs, step, by } = asked;
  return jsonReply({
    fromEpochMs,
    toEpochMs,
    ...(step === undefined ? {} : { step }),
    by,
    rows: rows.map((row) => rowOf(row, names)),
  });
}

/** How many of the most, and of what, have other names here. */
const parameterOf = ({ field }: UsageQueryError): string =>
  field === "top" ? "limit" : field === "metric" ? "top" : field;

/** An adapter as elsewhere here: its digest, and its name where the fleet knows one. */
function rowOf(
  { startsAtEpochMs, group: { adapter: adapterDigest, ...words }, figures }: SeriesRow,
  names: ReadonlyMap<string, string>,
): object {
  const adapter = names.get(adapterDigest ?? "");
  return {
    ...(startsAtEpochMs === undefined ? {} : { startsAtEpochMs }),
    ...words,
    ...(adapterDigest === undefined ? {} : { adapterDigest }),
    ...(adapter === undefined ? {} : { adapter }),
    ...figures,
  };
}

function daysOf({ query }: AdminCall): DaysRange {
  const fromEpochMs = query.moment("from");
  const toEpochMs = query.moment("to");
  if (fromEpochMs === undefined) throw wrong("from: expected a day, such as 2026-01-31");
  if (toEpochMs === undefined) throw wrong("to: expected the day after the last one");
  return { fromEpochMs, toEpochMs };
}

async function check(call: AdminCall): Promise<AdminReply> {
  const faults = await call.ports.sums.faults(daysOf(call)).catch(refuseRange);
  return jsonReply({ isWhole: faults.length === 0, faults });
}

async function rebuild(call: AdminCall): Promise<AdminReply> {
  const range = daysOf(call);
  // Compared first: a range that cannot be made anew leaves no row of an action.
  const faults = await call.ports.sums.faults(range).catch(refuseRange);
  await audited(call, "rebuild usage sums", { ...range, faults: faults.length });
  const made = await call.ports.sums.rebuild(range);
  return jsonReply({ made, faults });
}

function refuseRange(error: unknown): never {
  if (error instanceof RangeError) throw wrong(`to: ${error.message}.`);
  throw error;
}
