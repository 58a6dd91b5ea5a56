// How a simulated replica behaves beyond its size: each is one way in which engines differ, and absent it is as most are.

export interface SimulatedEngineTerms {
  /** Scheduling and launch outside the kernels, per step. Absent: what fits the profile's model and its usual engine. */
  readonly hostMs?: number;
  /** Prompts are cut so that a step has `stepTokensMax` tokens in all, or so many beside the decodes, or are not cut at all. The latter two in order of arrival only. Absent: total. */
  readonly chunking?: "total" | "beside" | "whole";
  /** Budgets are multiples of this. 1: any. Absent: the profile's tile. */
  readonly alignTokens?: number;
}
