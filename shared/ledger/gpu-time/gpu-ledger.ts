// The port to where GPU time went: by life of a worker and UTC minute, whatever arrives how often in which order.

import type { GpuLife } from "#shared/model/gpu-conservation.ts";
import type { GpuGroup } from "#shared/model/gpu-cost.ts";
import type { ShapeTime } from "#shared/model/gpu-shapes.ts";
import type { GpuRate } from "#shared/model/gpu-rates.ts";
import type { GpuEntry } from "#shared/model/gpu-word.ts";

/** From a moment until before another; both are taken down to the minute. */
export interface GpuPeriod {
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
}

export interface GpuRateSet {
  /** 0: none was ever set. */
  readonly version: number;
  readonly rates: readonly GpuRate[];
}

export interface GpuLedger {
  /** Each merged by maximum with what is there under (worker, life, minute). */
  recordGpuTime(entries: readonly GpuEntry[]): Promise<void>;
  /** What the period had, with what died in it; by pool, zone, type and rate. */
  groups(period: GpuPeriod): Promise<readonly GpuGroup[]>;
  /** The same time by shape, as far as engines tell it. */
  shapes(period: GpuPeriod): Promise<readonly ShapeTime[]>;
  /** Those that were heard of in the period, as they were last heard of in it. */
  lives(period: GpuPeriod): Promise<readonly GpuLife[]>;
  /** Σ gpuUs of usage of requests that arrived in the period, open and final. */
  usageUs(period: GpuPeriod): Promise<number>;
  rates(): Promise<GpuRateSet>;
  /** As the next version, in force at once; and its row in the audit, or neither. */
  setRates(rates: readonly GpuRate[], actor: string): Promise<GpuRateSet>;
}
