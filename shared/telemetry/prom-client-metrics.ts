// Metrics in Prometheus' text format. prom-client does the writing and adds the process's own figures; the adding
// up is ours (`metric-store.ts`), because prom-client hashes every label of every observation.

import type { Metric as PromClientMetric } from "prom-client";
import { Registry, collectDefaultMetrics } from "prom-client";
import type { MetricSeries, MetricStore, Series } from "./metric-store.ts";

export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
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
  for (const series of store.all()) registry.registerMetric(asMetric(series));
  if (withProcess) collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    text: () => {
      refresh();
      return registry.metrics();
    },
  };
}

interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

/** All that the registry asks of a metric; its type names prom-client's own classes only. */
function asMetric(series: MetricSeries): PromClientMetric {
  const { name, help, type } = series.metric;
  const get = () =>
    Promise.resolve({ name, help, type, aggregator: "sum", values: samplesOf(series) });
  return { name, get, reset: () => undefined } as unknown as PromClientMetric;
}

function samplesOf(series: MetricSeries): readonly Sample[] {
  const { labels: names } = series.metric;
  return series.list().flatMap((one) => {
    const labels = Object.fromEntries(names.map((name, index) => [name, one.labels[index] ?? ""]));
    return series.metric.type === "histogram"
      ? histogramSamples(series, one, labels)
      : [{ labels, value: one.value }];
  });
}

function histogramSamples(
  { metric: { name, buckets = [] } }: MetricSeries,
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
