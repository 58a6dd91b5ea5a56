// What a tenant may use of something in a calendar window: a limit on one metric over one period. What is used is
// counted per (period, metric), whatever the limits are, so that a limit that comes, goes or changes finds it.

export const quotaPeriods = ["hour", "day", "week", "month"] as const;
export type QuotaPeriod = (typeof quotaPeriods)[number];

export const quotaMetrics = [
  "tokens",
  "prompt-tokens",
  "output-tokens",
  "requests",
  "gpu-seconds",
] as const;
export type QuotaMetric = (typeof quotaMetrics)[number];

export interface Quota {
  /** Hour, day, ISO week from Monday, or month, in UTC. */
  readonly period: QuotaPeriod;
  /** `tokens`: prompt plus output. `gpu-seconds` are known only once they ran: such a quota is soft. */
  readonly metric: QuotaMetric;
  /** Of the metric's unit; 0 of a hard one: nothing at all. */
  readonly limit: number;
  /** `soft`: told from 80 % on, slowed down at 100 %. `hard`: refused at 100 %, and running streams end there. */
  readonly mode: "soft" | "hard";
}

export const quotasMax = 8;

/** Per metric; GPU time in milliseconds. All whole numbers. */
export type Amounts = Readonly<Record<QuotaMetric, number>>;

export const nothingUsed: Amounts = {
  tokens: 0,
  "prompt-tokens": 0,
  "output-tokens": 0,
  requests: 0,
  "gpu-seconds": 0,
};

export interface Work {
  readonly requests: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly gpuMs?: number;
}

export const amountsOf = ({ requests, promptTokens, outputTokens, gpuMs = 0 }: Work): Amounts => ({
  tokens: promptTokens + outputTokens,
  "prompt-tokens": promptTokens,
  "output-tokens": outputTokens,
  requests,
  "gpu-seconds": gpuMs,
});

export const mapAmounts = (amountOf: (metric: QuotaMetric) => number): Amounts => ({
  tokens: amountOf("tokens"),
  "prompt-tokens": amountOf("prompt-tokens"),
  "output-tokens": amountOf("output-tokens"),
  requests: amountOf("requests"),
  "gpu-seconds": amountOf("gpu-seconds"),
});

export const plus = (a: Amounts, b: Amounts): Amounts =>
  mapAmounts((metric) => a[metric] + b[metric]);

export const isNothing = (amounts: Amounts): boolean =>
  quotaMetrics.every((metric) => amounts[metric] === 0);

/** In what is counted. */
export const limitCounted = ({ metric, limit }: Pick<Quota, "metric" | "limit">): number =>
  metric === "gpu-seconds" ? limit * 1000 : limit;

/** In the unit of the metric, whole: what of a second is left does not count yet. */
export const inUnits = (metric: QuotaMetric, counted: number): number =>
  metric === "gpu-seconds" ? Math.floor(counted / 1000) : counted;

/** `hard day tokens`: no tenant has two of one name. */
export const quotaName = ({
  mode,
  period,
  metric,
}: Pick<Quota, "mode" | "period" | "metric">): string => `${mode} ${period} ${metric}`;
