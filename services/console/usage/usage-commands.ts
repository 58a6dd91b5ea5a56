// The command about usage: its records, its sums over time as a table or as CSV, who used most, and whether the sums are those of
// the records.

import type { RollUpFault } from "#shared/ledger/sums/rebuild-roll-ups.ts";
import type { UsageFigures } from "#shared/ledger/sums/usage-series.ts";
import { usageGroups, usageMetrics } from "#shared/ledger/sums/usage-series.ts";
import { csvText } from "#shared/model/csv-text.ts";
import { CommandFailure, wrongOperand } from "#services/console/command-failure.ts";
import { usageText } from "#services/console/command-texts.ts";
import type { Command, CommandCall } from "#services/console/commands.ts";
import { textTable } from "#services/console/text-table.ts";
import { parametersOf, refuseOptions } from "#services/console/command-options.ts";

const narrowing = ["model", "adapter", "class", "tier"] as const;

const ofRecords = ["request", "since", "until", "after"] as const;
const ofSums = ["to", "by", "step", "top", "csv", ...narrowing] as const;

export const usageCommands: readonly Command[] = [
  {
    name: "usage",
    usage:
      "usage [--tenant T] [--since TIME] [--limit N] | usage --from TIME [--by …] [--step …] | usage check --from DAY --to DAY",
    does: "usage records and their totals; sums over a range of time, by whom and for what",
    operands: ["check"],
    needsNoOperand: true,
    options: ["tenant", "limit", "from", "rebuild", ...ofRecords, ...ofSums],
    explains: [
      ["--tenant T", "only this tenant's"],
      ["--request ID", "only this request's"],
      [
        "--since TIME",
        "arrived since: 2026-01-31, 2026-01-31T12:00:00+02:00, epoch milliseconds, or 24h ago: 24h",
      ],
      ["--until TIME", "arrived before"],
      [
        "--limit N",
        "at most N records, from 1 to 10000 (default 100); totals are over all that match",
      ],
      ["--after PLACE", "the page that follows: what the page before ended with"],
      ["(open)", "the request is not over: its figures still grow"],
      ["--from TIME", "sums instead of records, of [from, to), in whole minutes"],
      ["--to TIME", "default: to the end of this minute"],
      ["--by A,B", `one row for each of ${usageGroups.join(", ")}; adapters by their digest`],
      ["--step S", "a series, by minute, hour, day or month of UTC (default: one total)"],
      ["--top METRIC", "who used most (--by, default tenant; --limit, default 20), of"],
      ["", usageMetrics.slice(0, 6).join(", ")],
      ["", usageMetrics.slice(6).join(", ")],
      ["--model M …", "only this model's; --adapter DIGEST, --class C and --tier T likewise"],
      ["--csv", "as comma-separated values"],
      ["check", "compares the sums of whole days with their records; --rebuild makes them anew,"],
      ["", "and usage waits to be written meanwhile"],
    ],
    run,
  },
];

async function run(call: CommandCall): Promise<void> {
  const [verb] = call.words;
  const { from } = call.options;
  if (verb === "check") {
    refuseOptions(call, "usage check", [
      ...ofRecords,
      "by",
      "step",
      "top",
      "csv",
      ...narrowing,
      "tenant",
      "limit",
    ]);
    return check(call);
  }
  if (verb !== undefined) throw wrongOperand(`usage knows check, not ${verb}`);
  refuseOptions(call, "usage without check", ["rebuild"]);
  if (from === undefined) {
    refuseOptions(call, "usage without --from", ofSums);
    return records(call);
  }
  refuseOptions(call, "usage with --from", ofRecords);
  return sums(call);
}

async function records({ client, terminal, options, isJson }: CommandCall): Promise<void> {
  const answer = await client.get(`/admin/v1/usage${parametersOf(options)}`);
  if (isJson) return terminal.print(JSON.stringify(answer));
  terminal.print(usageText(answer as never));
  const { next } = answer as { readonly next?: string };
  if (next !== undefined) terminal.print(`more: --after ${next}`);
}

type Row = UsageFigures & {
  readonly startsAtEpochMs?: number;
  readonly adapterDigest?: string;
  readonly adapter?: string;
} & Readonly<Partial<Record<"tenant" | "model" | "class" | "tier", string>>>;

interface Sums {
  readonly step?: string;
  readonly by: readonly (keyof Row | "adapter")[];
  readonly rows: readonly Row[];
}

async function sums({ client, terminal, options, isJson }: CommandCall): Promise<void> {
  const { top, csv, ...asked } = options;
  if (top === undefined && asked["limit"] !== undefined) {
    throw wrongOperand("usage with --from has --limit only with --top");
  }
  if (top !== undefined && asked["step"] !== undefined) throw wrongOperand("--top has no --step");
  const path = top === undefined ? "series" : "top";
  const parameters = parametersOf({ ...asked, ...(top === undefined ? {} : { top }) });
  const answer = await client.get(`/admin/v1/usage/${path}${parameters}`);
  if (isJson) return terminal.print(JSON.stringify(answer));
  const told = answer as Sums;
  terminal.print(csv === undefined ? tableOf(told) : csvOf(told));
}

/** Where a row stands: its bucket, and its words. */
function placeOf({ step, by }: Sums, row: Row, word: (name: string, row: Row) => string): string[] {
  const starts = step === undefined ? [] : [new Date(row.startsAtEpochMs ?? 0).toISOString()];
  return [...starts, ...by.map((name) => word(name, row))];
}

const digestShown = 12;

const figureTitles: readonly string[] =
  "REQUESTS,OK,CANCELLED,REFUSED,FAILED,PROMPT,CACHED,OUTPUT,GPU S,QUEUE S,PREEMPTIONS".split(",");

const tableOf = (told: Sums): string =>
  textTable(
    [
      ...(told.step === undefined ? [] : ["STARTS"]),
      ...told.by.map((name) => name.toUpperCase()),
      ...figureTitles,
    ],
    told.rows.map((row) => [
      ...placeOf(told, row, (name) =>
        name === "adapter"
          ? (row.adapter ?? (row.adapterDigest ?? "").slice(0, digestShown))
          : String(row[name as keyof Row]),
      ),
      row.requests,
      row.okRequests,
      row.cancelledRequests,
      row.refusedRequests,
      row.failedRequests,
      row.promptTokens,
      row.cachedTokens,
      row.outputTokens,
      Math.round(row.gpuUs / 1000) / 1000,
      Math.round(row.queueMs) / 1000,
      row.preemptions,
    ]),
  );

/** Every figure as it is, and digests whole. */
const csvOf = (told: Sums): string =>
  csvText(
    [
      ...(told.step === undefined ? [] : ["starts_at"]),
      ...told.by.map((name) => (name === "adapter" ? "adapter_digest" : name)),
      ...usageMetrics.map(snakeCase),
    ],
    told.rows.map((row) => [
      ...placeOf(told, row, (name) =>
        name === "adapter" ? (row.adapterDigest ?? "") : String(row[name as keyof Row]),
      ),
      ...usageMetrics.map((metric) => row[metric]),
    ]),
  ).trimEnd();

/** As every CSV of ours has its titles. */
const snakeCase = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

async function check({ client, terminal, options, isJson }: CommandCall): Promise<void> {
  const { rebuild, ...range } = options;
  const parameters = parametersOf(range);
  const answer = await (rebuild === undefined
    ? client.get(`/admin/v1/usage/check${parameters}`)
    : client.write("POST", `/admin/v1/usage/rebuild${parameters}`));
  const { faults, made } = answer as {
    readonly faults: readonly RollUpFault[];
    readonly made?: number;
  };
  if (isJson) terminal.print(JSON.stringify(answer));
  else if (faults.length > 0) terminal.print(faultsText(faults));
  const said =
    made === undefined
      ? "every sum is that of its records"
      : `made anew from the records: ${made} minutes`;
  if (made === undefined && faults.length > 0)
    throw new CommandFailure("the sums are not those of the records", { code: "sums_differ" });
  if (!isJson) terminal.print(said);
}

const faultsText = (faults: readonly RollUpFault[]): string =>
  textTable(
    ["ROLL-UP", "STARTS", "TENANT", "MODEL", "TOO MANY"],
    faults.map(({ table, startsAtEpochMs, tenant, model, surplus }) => [
      table,
      new Date(startsAtEpochMs).toISOString(),
      tenant,
      model,
      Object.entries(surplus)
        .map(([figure, count]) => `${figure} ${count}`)
        .join(", "),
    ]),
  );
