// How well the GPUs were used between two words of the engine: model FLOP/s and bytes/s achieved beside the peak (MFU, MBU).
// Over all of the time, idle included: an idle GPU is not used. What is not known is absent.

import type { GpuTime } from "#shared/messages/from-engine.ts";
import type { GpuWork } from "#shared/messages/gpu-reading.ts";

export interface GpuUse {
  /** The time that passed. */
  readonly seconds: number;
  readonly flopsPerS?: number;
  readonly bytesPerS?: number;
  readonly mfuRatio?: number;
  readonly mbuRatio?: number;
}

/** `before`: of the same life of the engine; absent: its beginning. */
export function gpuUse(now: GpuTime, before: GpuTime | undefined): GpuUse | undefined {
  const seconds = (now.wallUs - (before?.wallUs ?? 0)) / 1e6;
  if (seconds <= 0) return undefined;
  return now.work === undefined
    ? { seconds }
    : { seconds, ...rates(now.work, before?.work, seconds) };
}

function rates(
  { gflop, megabytes, peak = {} }: GpuWork,
  before: GpuWork | undefined,
  seconds: number,
): Omit<GpuUse, "seconds"> {
  const flopsPerS = ((gflop - (before?.gflop ?? 0)) * 1e9) / seconds;
  const compute = {
    flopsPerS,
    ...(peak.flopsPerS === undefined ? {} : { mfuRatio: flopsPerS / peak.flopsPerS }),
  };
  if (megabytes === undefined) return compute;
  const bytesPerS = ((megabytes - (before?.megabytes ?? 0)) * 1e6) / seconds;
  const mbu = peak.bytesPerS === undefined ? {} : { mbuRatio: bytesPerS / peak.bytesPerS };
  return { ...compute, bytesPerS, ...mbu };
}
