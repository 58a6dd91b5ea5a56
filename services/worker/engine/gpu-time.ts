// Where the replica's GPU time went, and what it computed. Law: sequences + load + overhead + idle = wall × GPUs, in whole
// microseconds, at the end of every step; kinds of work and tenants' accounts each add up to what sequences had. A step's
// kernels are paid by its sequences; the host's share of it is overhead; load is time in which nothing ran but an adapter
// came in (one that comes in beside a step costs nothing).

import { assert } from "#shared/actor/assert.ts";
import type { GpuTime as GpuTimeTold } from "#shared/messages/from-engine.ts";
import type { PeakRates } from "#shared/messages/gpu-reading.ts";
import type { RequestWork } from "#shared/model/gpu-lines.ts";
import { noRequestWork } from "#shared/model/gpu-lines.ts";
import type { EngineSequence } from "./engine-sequence.ts";
import { ShapeAccounts } from "./shape-accounts.ts";
import { addSplitWork } from "./split-work.ts";
import type { StepWork } from "./step-work.ts";
import { TenantAccounts, toldAccounts } from "./tenant-accounts.ts";

/** GPU-microseconds since the engine came up, and up to when on its clock. */
export interface GpuTime {
  readonly gpus: number;
  readonly upUs: number;
  accountedUs: number;
  sequencesUs: number;
  /** Of that: together, all of it. */
  readonly requests: { -readonly [Kind in keyof RequestWork]: number };
  loadUs: number;
  overheadUs: number;
  idleUs: number;
  /** Until then an adapter comes in. */
  loadUntilUs: number;
  readonly gflop: WholeSum;
  readonly megabytes: WholeSum;
  readonly tenants: TenantAccounts;
  readonly shapes: ShapeAccounts;
}

/** What is not whole yet waits for the next step, so that nothing is rounded away. */
interface WholeSum {
  whole: number;
  rest: number;
}

const noSum = (): WholeSum => ({ whole: 0, rest: 0 });

export const startGpuTime = (gpus: number, nowUs: number): GpuTime => ({
  gpus,
  upUs: nowUs,
  accountedUs: nowUs,
  sequencesUs: 0,
  requests: { ...noRequestWork },
  loadUs: 0,
  overheadUs: 0,
  idleUs: 0,
  loadUntilUs: nowUs,
  gflop: noSum(),
  megabytes: noSum(),
  tenants: new TenantAccounts(),
  shapes: new ShapeAccounts(),
});

/** Nothing ran until a step began, or an adapter began to come in. */
export function chargeIdle(time: GpuTime, untilUs: number): void {
  const passedUs = untilUs - time.accountedUs;
  const loadUs = Math.max(0, Math.min(passedUs, time.loadUntilUs - time.accountedUs));
  time.loadUs += loadUs * time.gpus;
  time.shapes.chargeLoads(time.accountedUs, untilUs, time.gpus);
  time.idleUs += (passedUs - loadUs) * time.gpus;
  time.accountedUs = untilUs;
}

/** As the worker is told it. While no step runs the caller has charged idle time until now. */
export function tellGpuTime(time: GpuTime): GpuTimeTold {
  const { upUs, accountedUs, gpus, sequencesUs, loadUs, overheadUs, idleUs } = time;
  const wallUs = accountedUs - upUs;
  assert(sequencesUs + loadUs + overheadUs + idleUs === wallUs * gpus, "GPU time is conserved");
  const requests = { ...time.requests };
  return {
    kind: "gpu-time",
    upUs,
    wallUs,
    gpus,
    sequencesUs,
    requests,
    loadUs,
    overheadUs,
    idleUs,
  };
}

/** With what was computed, and for whom. */
export function tellGpuWork(time: GpuTime, peak: PeakRates): GpuTimeTold {
  const { gflop, megabytes } = time;
  const tenants = toldAccounts(time.tenants);
  const work = { gflop: gflop.whole, megabytes: megabytes.whole, peak };
  return { ...tellGpuTime(time), tenants, shapes: time.shapes.told(), work };
}

export interface ChargedStep {
  readonly endUs: number;
  readonly kernelUs: number;
  readonly work: StepWork;
}

/** A step is over: what its kernels took is shared by their cost, its work by whose it was; what is left of the time is overhead. */
export function chargeStep(
  time: GpuTime,
  { endUs, kernelUs, work }: ChargedStep,
  batch: readonly EngineSequence[],
): void {
  const wallUs = (endUs - time.accountedUs) * time.gpus;
  const sharedUs = Math.min(wallUs, kernelUs * time.gpus);
  time.sequencesUs += sharedUs;
  time.overheadUs += wallUs - sharedUs;
  time.accountedUs = endUs;
  const us = sharing(sharedUs);
  const gflop = sharing(add(time.gflop, work.flops / 1e9));
  const megabytes = sharing(add(time.megabytes, work.bytes / 1e6));
  let costMs = 0;
  for (const { stepCostMs } of batch) costMs += stepCostMs;
  let left = batch.length;
  for (const sequence of batch) {
    const { cost, share, stepCostMs, stepFlops, stepBytes } = sequence;
    left--;
    const account = time.tenants.of(share.tenant);
    const ownUs = take(us, stepCostMs, left === 0 ? 0 : costMs);
    cost.gpuUs += ownUs;
    account.gpuUs += ownUs;
    const recomputeUs = addSplitWork(time.requests, sequence, ownUs);
    account.recomputeUs += recomputeUs;
    time.shapes.charge(sequence, ownUs, recomputeUs);
    account.gflop += take(gflop, stepFlops, left === 0 ? 0 : work.flops);
    account.megabytes += take(megabytes, stepBytes, left === 0 ? 0 : work.bytes);
  }
}

/** How many whole ones that makes now. */
function add(sum: WholeSum, amount: number): number {
  const whole = Math.floor(sum.rest + amount);
  sum.rest += amount - whole;
  sum.whole += whole;
  return whole;
}

/** Something whole that is being shared out. */
interface Sharing {
  readonly total: number;
  parts: number;
  given: number;
}

const sharing = (total: number): Sharing => ({ total, parts: 0, given: 0 });

// Rounding the running sum instead of each share conserves the whole exactly and keeps every share within 1 of its
// true value, without the sort that largest remainders would cost each step.
/** `allParts` 0: this is the last, and has what is left. */
function take(shared: Sharing, part: number, allParts: number): number {
  shared.parts += part;
  const until =
    allParts === 0 ? shared.total : Math.floor((shared.total * shared.parts) / allParts);
  const share = until - shared.given;
  shared.given = until;
  return share;
}
