// How long one engine step lasts: GEMM by linear interpolation between measured knots, two attention terms, the
// host's share, and what adapters add. No clock and no noise: the same batch always takes the same time.

import type { AdapterCost } from "#shared/model/simulated-engine.ts";
import { throughputKept } from "./adapter-cost.ts";
import type { StepProfile } from "./profiles/step-profile.ts";

/** What is in a step, in the terms of the table. */
export interface StepLoad {
  decodes: number;
  /** Prompt plus output so far, summed over the decoding sequences. */
  decodeContextTokens: number;
  prefillTokens: number;
  /** Σ p·(past + p/2): query–key pairs of the chunks. */
  prefillPairs: number;
  /** Bytes of the distinct adapters in the batch. */
  adapterBytes: number;
  /** Σ bytes of the adapter × tokens run with it: two bytes and two FLOPs per weight cancel, so this is FLOPs. */
  adapterFlops: number;
}

/** Milliseconds on one clock for the whole replica. The parts add up to the step. */
export interface StepTime {
  readonly hostMs: number;
  readonly gemmMs: number;
  readonly decodeMs: number;
  readonly prefillMs: number;
  readonly adapterMs: number;
}

export const emptyLoad = (): StepLoad => ({
  decodes: 0,
  decodeContextTokens: 0,
  prefillTokens: 0,
  prefillPairs: 0,
  adapterBytes: 0,
  adapterFlops: 0,
});

const adapterBytesPerMs = 2.7e9;
const adapterFlopsPerMs = 5e11;

export function stepTime(
  profile: StepProfile,
  load: StepLoad,
  adapterCost: AdapterCost = "typical",
): StepTime {
  const gemmMs = gemmTime(profile, load.prefillTokens + load.decodes);
  const decodeMs =
    load.decodes === 0
      ? 0
      : profile.decodeFixedMs +
        (profile.decodePerSequenceUs * load.decodes) / 1e3 +
        (profile.decodePerContextTokenNs * load.decodeContextTokens) / 1e6;
  const prefillMs =
    load.prefillTokens === 0
      ? 0
      : profile.prefillFixedMs + (profile.prefillPerPairNs * load.prefillPairs) / 1e6;
  const plainMs = profile.hostMs + gemmMs + decodeMs + prefillMs;
  return {
    hostMs: profile.hostMs,
    gemmMs,
    decodeMs,
    prefillMs,
    adapterMs:
      load.adapterBytes === 0
        ? 0
        : adapterTime(profile, load, plainMs * (1 / throughputKept[adapterCost] - 1)),
  };
}

export function totalMs(time: StepTime): number {
  return time.hostMs + time.gemmMs + time.decodeMs + time.prefillMs + time.adapterMs;
}

function adapterTime(profile: StepProfile, load: StepLoad, slowedMs: number): number {
  return (
    slowedMs +
    load.adapterBytes / (adapterBytesPerMs * profile.gpus) +
    load.adapterFlops / (adapterFlopsPerMs * profile.gpus)
  );
}

/** G(N) of the table. Past the last knot its segment goes on: unvalidated. */
export function gemmTime({ knotTokens, knotMs }: StepProfile, tokens: number): number {
  let upper = 1;
  while (upper < knotTokens.length - 1 && (knotTokens[upper] ?? 0) < tokens) upper++;
  const fromTokens = knotTokens[upper - 1] ?? 0;
  const fromMs = knotMs[upper - 1] ?? 0;
  const slope = ((knotMs[upper] ?? 0) - fromMs) / ((knotTokens[upper] ?? 0) - fromTokens);
  return fromMs + slope * (tokens - fromTokens);
}
