// What the GPUs of a simulated replica would be read as: all of them alike, for they run in lock step. Modelled are the time in
// which kernels ran and the memory that weights and held KV fill. Power is not: no measured draw goes with the step tables.

import type { GpuReading } from "#shared/messages/gpu-reading.ts";
import { usedBlocks } from "./block-pool.ts";
import type { Replica } from "./replica.ts";

/** As far as the GPU time was told before. */
export interface ToldTime {
  readonly accountedUs: number;
  readonly sequencesUs: number;
}

/** Busy: since then. */
export function modelledReadings(
  { gpuTime, profile, spec, pool }: Replica,
  told: ToldTime,
): readonly GpuReading[] {
  const { memory, gpu: name } = profile;
  const passedUs = (gpuTime.accountedUs - told.accountedUs) * spec.gpus;
  const kvBytes = usedBlocks(pool) * spec.kvBlockTokens * memory.kvBytesPerTokenPerGpu;
  const reading = {
    name,
    source: "model",
    memoryUsedBytes: Math.round(memory.weightBytesPerGpu + kvBytes),
    memoryBytes: memory.hbmBytes,
    ...(passedUs > 0 ? { busyRatio: (gpuTime.sequencesUs - told.sequencesUs) / passedUs } : {}),
  } as const;
  return Array.from({ length: spec.gpus }, (_, gpu) => ({ gpu, ...reading }));
}
