// What a process has counted, as data: so that one place can show the figures of many processes. A series keeps its
// position for as long as the process lives, so figures can be told page by page. Gauges are not among them: each
// stands in the living system of one owner.

import type { GaugeReading } from "./gauge-reading.ts";
import { catalogue } from "./catalogue.ts";
import type { MetricStore, Series } from "./metric-store.ts";
import type { OwnMetric, Sample, WritableMetric } from "./prom-client-metrics.ts";
import { samplesOf } from "./prom-client-metrics.ts";

/** One series of the catalogue, or one of prom-client's own metrics. */
export type Figure =
  | { readonly kind: "counted"; readonly metric: string; readonly series: Series }
  | { readonly kind: "own"; readonly metric: OwnMetric };

export interface PlacedFigure {
  readonly position: number;
  readonly figure: Figure;
}

/** More than a metric can have series. */
const positionsPerMetric = 10_000;

export function figuresOf(store: MetricStore, own: readonly OwnMetric[]): readonly PlacedFigure[] {
  const counted = store.all().filter(({ metric }) => metric.type !== "gauge");
  const placed = counted.flatMap((one, at) =>
    one.list().map((series, index): PlacedFigure => ({
      position: at * positionsPerMetric + index,
      figure: { kind: "counted", metric: one.metric.name, series },
    })),
  );
  const after = counted.length * positionsPerMetric;
  return [
    ...placed,
    ...own.map(({ name, help, type, values }, index): PlacedFigure => ({
      position: after + index,
      figure: { kind: "own", metric: { name, help, type, values } },
    })),
  ];
}

export interface ProcessFigures {
  readonly process: string;
  readonly figures: readonly Figure[];
}

/**
 * Every process's figures, with its name as a label, and the gauges. Not added up: a sum falls when a process ends,
 * and a falling counter reads as one that began anew, so that rates over it would jump.
 */
export function gatheredMetrics(
  processes: readonly ProcessFigures[],
  gauges: readonly GaugeReading[],
): readonly WritableMetric[] {
  const counted = new Map<string, Sample[]>(catalogue.map(({ name }) => [name, []]));
  const own = new Map<string, { readonly metric: OwnMetric; readonly samples: Sample[] }>();
  for (const { process, figures } of processes) {
    for (const figure of figures) {
      if (figure.kind === "own") addOwn(own, process, figure.metric);
      else addCounted(counted, process, figure);
    }
  }
  for (const { metric, labels, value } of gauges) {
    counted.get(`fairlead_${metric}`)?.push({ labels, value });
  }
  return [
    ...catalogue.map((metric) => ({ metric, samples: counted.get(metric.name) ?? [] })),
    ...own.values(),
  ];
}

const metricsByName = new Map(catalogue.map((metric) => [metric.name, metric]));

/** A process of another version may know metrics that are not known here. */
function addCounted(
  counted: ReadonlyMap<string, Sample[]>,
  process: string,
  { metric: name, series }: Figure & { readonly kind: "counted" },
): void {
  const metric = metricsByName.get(name);
  if (metric === undefined) return;
  counted.get(name)?.push(...samplesOf(metric, [series], { process }));
}

function addOwn(
  own: Map<string, { readonly metric: OwnMetric; readonly samples: Sample[] }>,
  process: string,
  metric: OwnMetric,
): void {
  const standing = own.get(metric.name) ?? { metric, samples: [] };
  own.set(metric.name, standing);
  standing.samples.push(
    ...metric.values.map((sample) => ({ ...sample, labels: { ...sample.labels, process } })),
  );
}
