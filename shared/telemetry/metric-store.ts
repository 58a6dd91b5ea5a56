// Where metrics add up between two scrapes: plain numbers in maps, a fraction of a microsecond for each.
// Bounded: a metric has at most so many series; what would be one more is counted under `other` labels.

import { assert } from "#shared/actor/assert.ts";
import type { Metric } from "./catalogue.ts";
import { otherValue } from "./label-values.ts";

/** One combination of label values, in the order of the metric's labels. */
export interface Series {
  readonly labels: readonly string[];
  /** A counter's or a gauge's value; a histogram's sum. */
  value: number;
  /** Histogram: observations, and how many in each bucket (not cumulative; the last is the rest). */
  count: number;
  readonly buckets: number[];
}

const seriesMax = 2_000;

export class MetricStore {
  readonly #metrics = new Map<string, MetricSeries>();

  constructor(metrics: readonly Metric[]) {
    for (const metric of metrics) {
      assert(!this.#metrics.has(metric.name), "a metric is in the catalogue once");
      this.#metrics.set(metric.name, new MetricSeries(metric));
    }
  }

  /** The series of one metric; kept by whoever counts often. */
  metric(name: string): MetricSeries {
    const found = this.#metrics.get(name);
    assert(found !== undefined, `metric ${name} is in the catalogue`);
    return found;
  }

  all(): readonly MetricSeries[] {
    return [...this.#metrics.values()];
  }
}

export class MetricSeries {
  readonly metric: Metric;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  constructor(metric: Metric) {
    this.metric = metric;
    this.#bounds = metric.buckets ?? [];
    // A metric without labels is there from the start: 0 is an answer, absence is none.
    if (metric.labels.length === 0 && metric.type !== "gauge") this.series([]);
  }

  add(labels: readonly string[], amount: number): void {
    this.series(labels).value += amount;
  }

  observe(labels: readonly string[], value: number): void {
    const series = this.series(labels);
    series.value += value;
    series.count++;
    let bucket = 0;
    for (const bound of this.#bounds) {
      if (value <= bound) break;
      bucket++;
    }
    series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
  }

  /** A gauge's series are those of the last reading. */
  replace(
    readings: readonly { readonly labels: readonly string[]; readonly value: number }[],
  ): void {
    this.#series.clear();
    for (const { labels, value } of readings) this.series(labels).value = value;
  }

  list(): readonly Series[] {
    return [...this.#series.values()];
  }

  series(labels: readonly string[]): Series {
    const key = labels.length === 1 ? (labels[0] ?? "") : labels.join("\n");
    const found = this.#series.get(key);
    if (found !== undefined) return found;
    if (this.#series.size >= seriesMax && labels.some((value) => value !== otherValue)) {
      return this.series(labels.map(() => otherValue));
    }
    const made: Series = {
      labels: [...labels],
      value: 0,
      count: 0,
      buckets:
        this.metric.type === "histogram" ? Array<number>(this.#bounds.length + 1).fill(0) : [],
    };
    this.#series.set(key, made);
    return made;
  }
}
