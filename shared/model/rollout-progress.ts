// What the decider of a rollout has counted, as it is kept: a process that takes over goes on from it, and counts nothing twice.

import type { RolloutCounts } from "./arm-counts.ts";

/** The newest totals of one edge. Those of its earlier lives are in `RolloutProgress.past`. */
export interface EdgeCounts {
  readonly edge: string;
  readonly life: number;
  readonly counts: RolloutCounts;
}

export interface GoldenVerdict {
  readonly index: number;
  readonly isRight: boolean;
  readonly why: string;
}

/** Of a comparison of error rates, one for each ratio that is looked for: logarithms of evidence from stages that are over. */
export type ErrorEvidence = readonly number[];

export interface RolloutProgress {
  /** Spent in the present stage, while somebody decided. */
  readonly stageMs: number;
  readonly edges: readonly EdgeCounts[];
  /** Of lives that are over. */
  readonly past: RolloutCounts;
  /** Of all edges when the present stage began. */
  readonly atStage: RolloutCounts;
  /** What the stage before saw: a stage in which nobody has `v1` is compared with it. */
  readonly before: RolloutCounts;
  readonly errorEvidence: ErrorEvidence;
  readonly golden: readonly GoldenVerdict[];
  /** Before the next stage, in words. Empty: nothing. */
  readonly waitsFor: string;
}
