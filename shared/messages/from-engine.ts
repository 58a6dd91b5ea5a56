// What an engine tells the agent beside it while it lives. Part of a worker's mailbox, `to-worker.ts`.

import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import type { RequestWork } from "#shared/model/gpu-lines.ts";
import type { ShapeGpuWord } from "#shared/model/gpu-shapes.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import type { GpuReading, GpuWork, TenantGpuTime } from "./gpu-reading.ts";

export type FromEngine =
  | EngineUp
  | Step
  | SequenceStopped
  | SequenceFailed
  | SequencePreempted
  | SequenceResumed
  | EngineRefused
  | AdapterLoaded
  | AdapterFailed
  | GpuTime;

/** The engine is up, empty, and this large. First thing an engine says; again means it was restarted and lost everything. */
export interface EngineUp {
  readonly kind: "engine-up";
  readonly workerType: string;
  readonly gpus: number;
  readonly sequencesMax: number;
  readonly totalBlocks: number;
  readonly blockTokens: number;
  readonly adapterSlots: number;
  /** Tokens of one step at most, decodes and prefill chunks together. Absent: not known. */
  readonly stepTokensMax?: number;
  /** To compute a token of a preempted sequence again, or to swap its KV out and in. Absent: not known. */
  readonly recomputeUsPerToken?: number;
  readonly swapUsPerToken?: number;
  /** The same prompt, sampling and seed give the same output, token by token, on every engine of the pool and in any company. Absent: it may differ. */
  readonly replaysExactly?: boolean;
}

/** Where the replica's GPU time went, cumulative since the engine came up: together, wall × GPUs. Answer to `tell-gpu-time`. */
export interface GpuTime {
  readonly kind: "gpu-time";
  /** When the engine came up, on its own clock: tells its lives apart. */
  readonly upUs: number;
  /** Accounted for, of each GPU: until now while it is idle, until the last step began while one runs. */
  readonly wallUs: number;
  readonly gpus: number;
  /** Paid by sequences; what a step took besides; and nothing ran. In GPU-microseconds. */
  readonly sequencesUs: number;
  /** By kind of work: together, all of `sequencesUs`. Absent: not known. */
  readonly requests?: RequestWork;
  /** Nothing ran but an adapter that came in. Absent: not known, it is in one of the others. */
  readonly loadUs?: number;
  readonly overheadUs: number;
  readonly idleUs: number;
  /** Who paid `sequencesUs`: together, all of it. Absent: not known. */
  readonly tenants?: readonly TenantGpuTime[];
  /** The same by tenant and adapter, with the loads of each. Absent: not known. */
  readonly shapes?: readonly ShapeGpuWord[];
  /** Absent: not known. */
  readonly work?: GpuWork;
  /** One for each GPU that could be read. Absent: none can. */
  readonly readings?: readonly GpuReading[];
}

/** One engine step's output, all sequences together. */
export interface Step {
  readonly kind: "step";
  readonly outputs: readonly StepOutput[];
  /** Blocks held by running sequences, shared ones once; and what is free or evictable. */
  readonly usedBlocks: number;
  readonly freeBlocks: number;
  /** How long the step took. Absent: not known, or none is over. */
  readonly tookMs?: number;
  /** Tenants that have far more than their share here and yield. Absent: nobody, or the engine does not plan by tenant. */
  readonly beyondShare?: readonly TenantId[];
}

export interface StepOutput {
  /** `attemptKey` of the sequence. */
  readonly sequence: string;
  /** Produced in this step; empty while it prefills. */
  readonly tokens: readonly Token[];
  /** Held after this step. */
  readonly blocks: number;
  readonly totals: ExecutedTotals;
  /** Present when the sequence ended in this step; its slot and blocks are free. */
  readonly end?: "stop" | "length";
}

/** The engine stopped a sequence at a step boundary: its slot and blocks are free. Answer to `stop`; also when it ran none. */
export interface SequenceStopped {
  readonly kind: "sequence-stopped";
  readonly sequence: string;
  readonly totals: ExecutedTotals;
}

/** What the engine computed for it is no number: it has ended it, and nothing of it will be found in a cache. */
export interface SequenceFailed {
  readonly kind: "sequence-failed";
  readonly sequence: string;
  readonly reason: "nan";
  readonly totals: ExecutedTotals;
}

/** The engine took a sequence's blocks back; it waits inside the engine to be recomputed, or to be moved back. */
export interface SequencePreempted {
  readonly kind: "sequence-preempted";
  readonly sequence: string;
  readonly totals: ExecutedTotals;
  /** Moved to host memory, so that they need not be computed again. Absent: none. */
  readonly swappedTokens?: number;
}

/** A preempted sequence is being recomputed and steps again. */
export interface SequenceResumed {
  readonly kind: "sequence-resumed";
  readonly sequence: string;
}

/** The engine will not run a sequence. */
export interface EngineRefused {
  readonly kind: "engine-refused";
  readonly sequence: string;
  /** `not-resumable`: it cannot go on from a forced prefix as one run would have. */
  readonly reason: "no-slot" | "adapter-missing" | "too-long" | "malformed" | "not-resumable";
}

/** The engine has the adapter in a slot; `residents` is everything it holds now. */
export interface AdapterLoaded {
  readonly kind: "adapter-loaded";
  readonly digest: AdapterDigest;
  readonly residents: readonly AdapterDigest[];
}

/** The engine could not load the adapter; the slot is empty. */
export interface AdapterFailed {
  readonly kind: "adapter-failed";
  readonly digest: AdapterDigest;
  readonly reason: string;
}
