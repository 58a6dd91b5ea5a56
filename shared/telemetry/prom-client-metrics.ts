// Metrics in Prometheus' text format. prom-client does the writing and adds the process's own figures; the adding
// up is ours (`metric-store.ts`), because prom-client hashes every label of every observation.

import type { Metric as PromClientMetric } from "prom-client";
import { Registry, collectDefaultMetrics } from "prom-client";
import type { Metric } from "./catalogue.ts";
import type { MetricStore, Series } from "./metric-store.ts";

export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
  /** The process's own: CPU, memory, event loop and garbage collection. */
  own(): Promise<readonly OwnMetric[]>;
}

/** One of prom-client's own metrics of a process, as data. */
export interface OwnMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly Sample[];
}

export interface MetricsTextOptions {
  /** Also CPU, memory, event loop and garbage collection of this process. */
  readonly withProcess: boolean;
  /** Called before each writing: reads what only stands in the living system. */
  readonly refresh: () => void;
}

export function metricsText(
  store: MetricStore,
  { withProcess, refresh }: MetricsTextOptions,
): MetricsText {
  const registry = new Registry();
  for (const series of store.all()) {
    const { metric } = series;
    registry.registerMetric(asMetric(metric, () => samplesOf(metric, series.list())));
  }
  const own = new Registry();
  if (withProcess) collectDefaultMetrics({ register: own });
  return {
    contentType: registry.contentType,
    text: async () => {
      refresh();
      const counted = await registry.metrics();
      return withProcess ? counted + (await own.metrics()) : counted;
    },
    own: async () => (await own.getMetricsAsJSON()) as unknown as readonly OwnMetric[],
  };
}

export const metricsContentType: string = new Registry().contentType;

export interface WritableMetric {
  readonly metric: Pick<OwnMetric, "name" | "help" | "type">;
  readonly samples: readonly Sample[];
}

/** Metrics that are not counted here. */
export function writeMetrics(metrics: readonly WritableMetric[]): Promise<string> {
  const registry = new Registry();
  for (const { metric, samples } of metrics)
    registry.registerMetric(asMetric(metric, () => samples));
  return registry.metrics();
}

export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

/** All that the registry asks of a metric; its type names prom-client's own classes only. */
function asMetric(
  { name, help, type }: WritableMetric["metric"],
  samples: () => readonly Sample[],
): PromClientMetric {
  const get = () => Promise.resolve({ name, help, type, aggregator: "sum", values: samples() });
  return { name, get, reset: () => undefined } as unknown as PromClientMetric;
}

/** `more`: labels beside the metric's own. */
export function samplesOf(
  metric: Metric,
  series: readonly Series[],
  more: Sample["labels"] = {},
): readonly Sample[] {
  return series.flatMap((one) => {
    const own = metric.labels.map((name, index) => [name, one.labels[index] ?? ""]);
    const labels = { ...Object.fromEntries(own), ...more };
    return metric.type === "histogram"
      ? histogramSamples(metric, one, labels)
      : [{ labels, value: one.value }];
  });
}

function histogramSamples(
  { name, buckets = [] }: Metric,
  { value, count, buckets: counts }: Series,
  labels: Sample["labels"],
): readonly Sample[] {
  let below = 0;
  const samples: Sample[] = buckets.map((bound, index) => {
    below += counts[index] ?? 0;
    return { labels: { ...labels, le: bound }, value: below, metricName: `${name}_bucket` };
  });
  return [
    ...samples,
    { labels: { ...labels, le: "+Inf" }, value: count, metricName: `${name}_bucket` },
    { labels, value, metricName: `${name}_sum` },
    { labels, value: count, metricName: `${name}_count` },
  ];
}
