// A tenant's own books, as the door to tenants tells them, as text for people.

import { textTable } from "#services/console/text-table.ts";

interface Figures {
  readonly requests: number;
  readonly settled_requests: number;
  readonly prompt_tokens: number;
  readonly cached_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

export interface OwnUsage {
  readonly from: string;
  readonly to: string;
  readonly step: string;
  readonly by: readonly string[];
  readonly totals: Figures;
  readonly data: readonly (Figures & {
    readonly start: string;
    readonly model?: string;
    readonly adapter?: string | null;
    readonly adapter_digest?: string | null;
    readonly class?: string;
  })[];
}

const figuresOf = (figures: Figures): readonly number[] => [
  figures.requests,
  figures.prompt_tokens,
  figures.cached_tokens,
  figures.completion_tokens,
];

export function myUsageText({ from, to, step, by, totals, data }: OwnUsage): string {
  const table = textTable(
    ["FROM", ...by.map((word) => word.toUpperCase()), "REQUESTS", "PROMPT", "CACHED", "OUTPUT"],
    data.map((row) => [
      row.start,
      ...by.map((word) => (word === "adapter" ? adapterText(row) : wordOf(row, word))),
      ...figuresOf(row),
    ]),
  );
  const open = totals.requests - totals.settled_requests;
  const sum =
    `${from} to ${to} by ${step}: ${totals.requests} requests${open > 0 ? ` (${open} of them open)` : ""}, ` +
    `${totals.prompt_tokens} prompt tokens (${totals.cached_tokens} cached), ${totals.completion_tokens} output tokens`;
  return data.length === 0 ? sum : `${table}\n\n${sum}`;
}

const wordOf = (row: OwnUsage["data"][number], word: string): string =>
  (word === "model" ? row.model : row.class) ?? "";

interface OfAdapter {
  readonly adapter?: string | null;
  readonly adapter_digest?: string | null;
}

/** Its name, or the start of its digest where it has none any more. */
const adapterText = ({ adapter, adapter_digest }: OfAdapter): string =>
  adapter ?? adapter_digest?.slice(0, 12) ?? "";

export interface OwnRequest extends OfAdapter {
  readonly id: string;
  readonly arrived_at: string;
  readonly status: "settled" | "open";
  readonly outcome: string | null;
  readonly model: string;
  readonly class: string;
  readonly usage: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly prompt_tokens_details: { readonly cached_tokens: number };
  };
}

export const myRequestsText = ({
  data,
  has_more: hasMore = false,
}: {
  readonly data: readonly OwnRequest[];
  readonly has_more?: boolean;
}): string =>
  [
    textTable(
      ["REQUEST", "ARRIVED", "MODEL", "ADAPTER", "CLASS", "OUTCOME", "PROMPT", "CACHED", "OUTPUT"],
      data.map((row) => [
        row.id,
        row.arrived_at,
        row.model,
        adapterText(row),
        row.class,
        row.outcome ?? "(open)",
        row.usage.prompt_tokens,
        row.usage.prompt_tokens_details.cached_tokens,
        row.usage.completion_tokens,
      ]),
    ),
    ...(hasMore ? [`there are more: --after ${data.at(-1)?.id ?? ""}`] : []),
  ].join("\n");

export const myRequestText = ({ usage, ...record }: OwnRequest): string =>
  Object.entries({
    ...record,
    prompt_tokens: usage.prompt_tokens,
    cached_tokens: usage.prompt_tokens_details.cached_tokens,
    completion_tokens: usage.completion_tokens,
  })
    .filter(([name, value]) => name !== "object" && value !== null && value !== "")
    .map(([name, value]) => `  ${name.padEnd(30)}  ${String(value)}`)
    .join("\n");

export interface OwnQuota {
  readonly period: string;
  readonly metric: string;
  readonly mode: string;
  readonly limit: number;
  readonly used: number | null;
  readonly left: number | null;
  readonly resets_at: string;
}

export const myQuotasText = ({ data }: { readonly data: readonly OwnQuota[] }): string =>
  data.length === 0
    ? "no quotas"
    : textTable(
        ["PERIOD", "METRIC", "MODE", "LIMIT", "USED", "LEFT", "BEGINS ANEW"],
        data.map((quota) => [
          quota.period,
          quota.metric,
          quota.mode,
          quota.limit,
          quota.used ?? "not asked yet",
          quota.left ?? "",
          quota.resets_at,
        ]),
      );

export interface OwnInvoice {
  readonly number: string;
  readonly period: string;
  readonly currency: string;
  readonly total: string;
  readonly issued_at: string;
  readonly status: string;
}

export const myInvoicesText = ({ data }: { readonly data: readonly OwnInvoice[] }): string =>
  data.length === 0
    ? "no invoices"
    : textTable(
        ["NUMBER", "PERIOD", "TOTAL", "CURRENCY", "ISSUED", "STATUS"],
        data.map((invoice) => [
          invoice.number,
          invoice.period,
          invoice.total,
          invoice.currency,
          invoice.issued_at,
          invoice.status,
        ]),
      );
