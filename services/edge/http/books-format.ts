// A tenant's books as the edge tells them: JSON with OpenAI's words for tokens, and the same rows as CSV. Counts are whole numbers,
// times ISO 8601, money decimal text. Pure.

import type { CsvValue } from "#shared/model/csv-text.ts";
import { csvText } from "#shared/model/csv-text.ts";
import type {
  BooksGroup,
  BooksInvoice,
  BooksQuota,
  BooksRecord,
  SeriesAsked,
  SeriesPoint,
} from "#shared/model/books-desk.ts";
import type { Adapter } from "#shared/model/fleet.ts";

/** What a tenant calls its adapters; a digest that has no name now has none here. */
export type AdapterNames = readonly Pick<Adapter, "name" | "digest">[];

const nameOf = (names: AdapterNames, digest: string): string | null =>
  names.find((adapter) => adapter.digest === digest)?.name ?? null;

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

const figures = [
  "requests",
  "settled_requests",
  "prompt_tokens",
  "cached_tokens",
  "completion_tokens",
  "total_tokens",
] as const;

type Figures = Readonly<Record<(typeof figures)[number], number>>;

const figuresOf = (point: Omit<SeriesPoint, "startsAtEpochMs" | "group">): Figures => ({
  requests: point.requests,
  settled_requests: point.settledRequests,
  prompt_tokens: point.promptTokens,
  cached_tokens: point.cachedTokens,
  completion_tokens: point.outputTokens,
  total_tokens: point.promptTokens + point.outputTokens,
});

const nothing: Figures = figuresOf({
  requests: 0,
  settledRequests: 0,
  promptTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
});

function totalOf(points: readonly SeriesPoint[]): Figures {
  const total: Record<keyof Figures, number> = { ...nothing };
  for (const point of points.map(figuresOf)) {
    for (const figure of figures) total[figure] += point[figure];
  }
  return total;
}

type Words = Readonly<Record<string, string | null>>;

function groupOf({ group }: SeriesPoint, by: readonly BooksGroup[], names: AdapterNames): Words {
  const words: Record<string, string | null> = {};
  for (const one of by) {
    const word = group[one] ?? "";
    if (one === "adapter") {
      words["adapter"] = nameOf(names, word);
      words["adapter_digest"] = word === "" ? null : word;
    } else words[one] = word;
  }
  return words;
}

export interface SeriesTold {
  readonly asked: SeriesAsked;
  readonly points: readonly SeriesPoint[];
  readonly names: AdapterNames;
}

export const seriesJson = ({ asked, points, names }: SeriesTold): object => ({
  object: "usage",
  from: iso(asked.fromEpochMs),
  to: iso(asked.toEpochMs),
  step: asked.step,
  by: asked.by,
  totals: totalOf(points),
  data: points.map((point) => ({
    start: iso(point.startsAtEpochMs),
    ...groupOf(point, asked.by, names),
    ...figuresOf(point),
  })),
});

export function seriesCsv({ asked, points, names }: SeriesTold): string {
  const words = asked.by.flatMap((one) => (one === "adapter" ? [one, "adapter_digest"] : [one]));
  return csvText(
    ["start", ...words, ...figures],
    points.map((point) => {
      const group = groupOf(point, asked.by, names);
      const told = figuresOf(point);
      return [
        iso(point.startsAtEpochMs),
        ...words.map((word) => group[word] ?? null),
        ...figures.map((figure) => told[figure]),
      ];
    }),
  );
}

export function recordJson(record: BooksRecord, names: AdapterNames): object {
  const { promptTokens, cachedTokens, outputTokens, splitAtEpochMs, zone } = record;
  return {
    id: record.requestId,
    object: "usage.request",
    arrived_at: iso(record.arrivedAtEpochMs),
    status: record.isFinal ? "settled" : "open",
    outcome: record.isFinal ? record.outcome : null,
    model: record.model,
    model_version: record.modelVersion,
    adapter: nameOf(names, record.adapterDigest),
    adapter_digest: record.adapterDigest === "" ? null : record.adapterDigest,
    class: record.poolClass,
    tier: record.tier,
    zone: zone === "" ? null : zone,
    // As the reply told it.
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: outputTokens,
      total_tokens: promptTokens + outputTokens,
      prompt_tokens_details: { cached_tokens: cachedTokens },
    },
    split_at: splitAtEpochMs === 0 ? null : iso(splitAtEpochMs),
    completion_tokens_before_split: record.outputTokensBefore,
    queue_ms: Math.round(record.queueMs),
    attempts: record.attempts,
  };
}

const recordColumns: Readonly<
  Record<string, (record: BooksRecord, names: AdapterNames) => CsvValue>
> = {
  id: ({ requestId }) => requestId,
  arrived_at: ({ arrivedAtEpochMs }) => iso(arrivedAtEpochMs),
  status: ({ isFinal }) => (isFinal ? "settled" : "open"),
  outcome: ({ isFinal, outcome }) => (isFinal ? outcome : null),
  model: ({ model }) => model,
  model_version: ({ modelVersion }) => modelVersion,
  adapter: ({ adapterDigest }, names) => nameOf(names, adapterDigest),
  adapter_digest: ({ adapterDigest }) => adapterDigest,
  class: ({ poolClass }) => poolClass,
  tier: ({ tier }) => tier,
  zone: ({ zone }) => zone,
  prompt_tokens: ({ promptTokens }) => promptTokens,
  cached_tokens: ({ cachedTokens }) => cachedTokens,
  completion_tokens: ({ outputTokens }) => outputTokens,
  total_tokens: ({ promptTokens, outputTokens }) => promptTokens + outputTokens,
  split_at: ({ splitAtEpochMs }) => (splitAtEpochMs === 0 ? null : iso(splitAtEpochMs)),
  completion_tokens_before_split: ({ outputTokensBefore }) => outputTokensBefore,
  queue_ms: ({ queueMs }) => Math.round(queueMs),
  attempts: ({ attempts }) => attempts,
};

export const recordsCsv = (records: readonly BooksRecord[], names: AdapterNames): string =>
  csvText(
    Object.keys(recordColumns),
    records.map((record) => Object.values(recordColumns).map((column) => column(record, names))),
  );

export const quotaJson = (quota: BooksQuota): object => ({
  object: "quota",
  period: quota.period,
  metric: quota.metric,
  mode: quota.mode,
  limit: quota.limit,
  used: quota.used ?? null,
  left: quota.used === undefined ? null : Math.max(0, quota.limit - quota.used),
  resets_at: iso(quota.endsAtEpochMs),
});

export const invoiceJson = (invoice: BooksInvoice): object => ({
  object: "invoice",
  number: invoice.number,
  period: invoice.period,
  currency: invoice.currency,
  total: invoice.total,
  issued_at: iso(invoice.issuedAtEpochMs),
  status: invoice.isVoid ? "void" : "issued",
});
