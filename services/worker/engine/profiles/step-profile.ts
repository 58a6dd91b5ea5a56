// What one replica of a model costs per step, and what it holds: a table, valid for its GPU, model, tensor-parallel
// degree and precision alone.

import type { MemoryLayout } from "./memory-layout.ts";

export interface StepProfile {
  /** `model/tpN/dtype`: what a fleet's `profile` names. */
  readonly name: string;
  /** Which GPU the times are of. */
  readonly gpu: "h100" | "a100With80" | "a10g";
  /** GPUs of the replica, running in lock step. */
  readonly gpus: number;
  /** Scheduling and launch outside the kernels, per step: the only fitted value, one per serving stack and model. */
  readonly hostMs: number;
  /** Batch tokens of the knots, ascending, with pairs around the tile edges. */
  readonly knotTokens: readonly number[];
  /** GEMM, all-reduce and element-wise time at those counts. Not monotonic, on purpose. */
  readonly knotMs: readonly number[];
  readonly decodeFixedMs: number;
  readonly decodePerSequenceUs: number;
  readonly decodePerContextTokenNs: number;
  readonly prefillFixedMs: number;
  /** Per query–key pair. */
  readonly prefillPerPairNs: number;
  /** The step's total token budget is a multiple of this: one token past a tile costs FP8 half a step more. */
  readonly alignTokens: number;
  /** What lies on each GPU besides KV, and what a token of KV takes there. */
  readonly memory: MemoryLayout;
}
