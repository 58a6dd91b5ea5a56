// Where the replica's GPU time went. Law: sequences + overhead + idle = wall × GPUs, in whole microseconds, at the
// end of every step. A step's kernels are paid by its sequences; the host's share of it is overhead.

import { assert } from "#shared/actor/assert.ts";
import type { GpuTime as GpuTimeTold } from "#shared/messages/from-engine.ts";
import type { EngineSequence } from "./engine-sequence.ts";

/** GPU-microseconds since the engine came up, and up to when on its clock. */
export interface GpuTime {
  readonly gpus: number;
  readonly upUs: number;
  accountedUs: number;
  sequencesUs: number;
  overheadUs: number;
  idleUs: number;
}

export const startGpuTime = (gpus: number, nowUs: number): GpuTime => ({
  gpus,
  upUs: nowUs,
  accountedUs: nowUs,
  sequencesUs: 0,
  overheadUs: 0,
  idleUs: 0,
});

/** Nothing ran until a step began. */
export function chargeIdle(time: GpuTime, untilUs: number): void {
  time.idleUs += (untilUs - time.accountedUs) * time.gpus;
  time.accountedUs = untilUs;
}

/** As the worker is told it. While no step runs the caller has charged idle time until now. */
export function tellGpuTime(time: GpuTime): GpuTimeTold {
  const { upUs, accountedUs, gpus, sequencesUs, overheadUs, idleUs } = time;
  const wallUs = accountedUs - upUs;
  assert(sequencesUs + overheadUs + idleUs === wallUs * gpus, "GPU time is conserved");
  return { kind: "gpu-time", upUs, wallUs, gpus, sequencesUs, overheadUs, idleUs };
}

/** A step is over: what its kernels took is shared by their cost, what is left is overhead. */
export function chargeStep(
  time: GpuTime,
  step: { readonly endUs: number; readonly kernelUs: number },
  batch: readonly EngineSequence[],
): void {
  const wallUs = (step.endUs - time.accountedUs) * time.gpus;
  const sharedUs = Math.min(wallUs, step.kernelUs * time.gpus);
  shareOut(sharedUs, batch);
  time.sequencesUs += sharedUs;
  time.overheadUs += wallUs - sharedUs;
  time.accountedUs = step.endUs;
}

// Rounding the running sum instead of each share conserves the whole exactly and keeps every share within 1 µs of
// its true value, without the sort that largest remainders would cost each step.
function shareOut(totalUs: number, batch: readonly EngineSequence[]): void {
  let costMs = 0;
  for (const sequence of batch) costMs += sequence.stepCostMs;
  let sumMs = 0;
  let givenUs = 0;
  batch.forEach((sequence, index) => {
    sumMs += sequence.stepCostMs;
    const untilUs = index === batch.length - 1 ? totalUs : Math.floor((totalUs * sumMs) / costMs);
    sequence.cost.gpuUs += untilUs - givenUs;
    givenUs = untilUs;
  });
}
