// What an engine tells of the GPUs under it beside their time (`from-engine.ts`): what was computed, for whom, and what the
// GPUs themselves say. What is not known is absent, never zero.

import type { TenantId } from "#shared/model/ids.ts";

/** Of a whole replica, dense. */
export interface PeakRates {
  readonly flopsPerS?: number;
  readonly bytesPerS?: number;
}

/** Cumulative since the engine came up: the model's arithmetic by its shape, not by a hardware counter. */
export interface GpuWork {
  /** 10⁹ floating-point operations: whole ones stay exact for years. */
  readonly gflop: number;
  /** 10⁶ bytes of weights and KV, read and written. Absent: its steps are not known. */
  readonly megabytes?: number;
  readonly peak?: PeakRates;
}

/** One tenant's part of the replica's time and work, cumulative since the engine came up. */
export interface TenantGpuTime {
  /** Empty: of all for whom there was no account left. */
  readonly tenant: TenantId | "";
  readonly gpuUs: number;
  /** Of that: what was computed before, and lost. Absent: not known. */
  readonly recomputeUs?: number;
  readonly gflop?: number;
  readonly megabytes?: number;
}

/** One GPU of a replica at a moment. */
export interface GpuReading {
  /** Its place in the replica, from 0. */
  readonly gpu: number;
  readonly name: string;
  /** Who says so: the driver's tool, or the model of a simulated GPU. */
  readonly source: "nvidia-smi" | "model";
  /** Of the time lately, in which a kernel ran: 0 to 1. */
  readonly busyRatio?: number;
  readonly memoryUsedBytes?: number;
  readonly memoryBytes?: number;
  readonly powerWatts?: number;
  readonly powerLimitWatts?: number;
  /** Since its driver was loaded, or it was reset. */
  readonly eccUncorrected?: number;
}
