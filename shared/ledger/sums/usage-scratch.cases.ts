// What the sums of usage should be, made from scratch: every entry merged as `mergeUsage` says, every record added up by itself.
// Shares nothing with the roll-ups but the port's words.

import type { UsageEntry } from "#shared/model/merge-usage.ts";
import { mergeUsage } from "#shared/model/merge-usage.ts";
import type { UsageRecord } from "#shared/model/usage.ts";
import type { SeriesQuery, UsageFigures, UsageGroup } from "./usage-series.ts";
import { usageMetrics } from "./usage-series.ts";

/** The ledger as it should be. */
export class ScratchLedger {
  readonly #entries = new Map<string, UsageEntry>();

  record(entries: readonly UsageEntry[]): void {
    for (const entry of entries) {
      const key = `${entry.record.tenant}/${entry.record.requestId}`;
      this.#entries.set(key, mergeUsage(this.#entries.get(key), entry));
    }
  }

  settleAll(): void {
    for (const [key, { record, isFinal }] of this.#entries) {
      if (!isFinal)
        this.#entries.set(key, { isFinal: true, record: { ...record, outcome: "witnesses_lost" } });
    }
  }

  forget(tenant: string): void {
    for (const [key, { record }] of this.#entries) {
      if (record.tenant === tenant) this.#entries.delete(key);
    }
  }

  /** By bucket and words, as text, since keys are to be compared. */
  series(query: SeriesQuery): ReadonlyMap<string, UsageFigures> {
    const sums = new Map<string, UsageFigures>();
    for (const entry of this.#entries.values()) {
      for (const { atEpochMs, figures } of givenBy(entry)) {
        if (atEpochMs < query.fromEpochMs || atEpochMs >= query.toEpochMs) continue;
        if (!isMeant(entry.record, query.only ?? {})) continue;
        const words = query.by.map((group) => wordOf(entry.record, group));
        const key = JSON.stringify([bucketOf(atEpochMs, query.step), ...words]);
        sums.set(key, added(sums.get(key), figures));
      }
    }
    return new Map(
      [...sums].filter(([, { requests, outputTokens }]) => requests > 0 || outputTokens > 0),
    );
  }

  /** Of requests that arrived there, with all of their output. */
  totals(tenant: string | undefined, sinceEpochMs: number, untilEpochMs: number): UsageFigures {
    let sum = nothing;
    for (const entry of this.#entries.values()) {
      const { arrivedAtEpochMs, tenant: of } = entry.record;
      if (tenant !== undefined && of !== tenant) continue;
      if (arrivedAtEpochMs < sinceEpochMs || arrivedAtEpochMs >= untilEpochMs) continue;
      for (const { figures } of givenBy(entry)) sum = added(sum, figures);
    }
    return sum;
  }
}

const nothing = Object.fromEntries(
  usageMetrics.map((metric) => [metric, 0]),
) as unknown as UsageFigures;

const added = (a: UsageFigures = nothing, b: UsageFigures): UsageFigures =>
  Object.fromEntries(
    usageMetrics.map((metric) => [metric, a[metric] + b[metric]]),
  ) as unknown as UsageFigures;

interface Given {
  readonly atEpochMs: number;
  readonly figures: UsageFigures;
}

function givenBy({ record, isFinal }: UsageEntry): readonly Given[] {
  const { arrivedAtEpochMs, splitAtEpochMs, outputTokensBefore } = record;
  const isSplit = splitAtEpochMs > 0;
  const isOk = ["stop", "length"].includes(record.outcome);
  const isCancelled = record.outcome === "cancelled";
  const isOther = isFinal && !isOk && !isCancelled;
  const counted = (is: boolean): number => (is ? 1 : 0);
  const here: UsageFigures = {
    ...record,
    requests: 1,
    settledRequests: counted(isFinal),
    okRequests: counted(isFinal && isOk),
    cancelledRequests: counted(isFinal && isCancelled),
    refusedRequests: counted(isOther && record.attempts === 0),
    failedRequests: counted(isOther && record.attempts > 0),
    outputTokens: isSplit ? outputTokensBefore : record.outputTokens,
  };
  const rest = record.outputTokens - outputTokensBefore;
  const there = { atEpochMs: splitAtEpochMs, figures: { ...nothing, outputTokens: rest } };
  return [{ atEpochMs: arrivedAtEpochMs, figures: here }, ...(isSplit ? [there] : [])];
}

const wordOf = (record: UsageRecord, group: UsageGroup): string =>
  ({
    tenant: record.tenant,
    model: record.model,
    adapter: record.adapterDigest,
    class: record.poolClass,
    tier: record.tier,
  })[group];

const isMeant = (record: UsageRecord, only: NonNullable<SeriesQuery["only"]>): boolean =>
  Object.entries(only).every(([group, word]) => wordOf(record, group as UsageGroup) === word);

function bucketOf(epochMs: number, step: SeriesQuery["step"]): number | undefined {
  if (step === undefined) return undefined;
  const at = new Date(epochMs);
  if (step === "minute") return at.setUTCSeconds(0, 0);
  if (step === "hour") return at.setUTCMinutes(0, 0, 0);
  if (step === "day") return at.setUTCHours(0, 0, 0, 0);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth());
}
