// What a request used: totals of executed work, and the one record that is settled.
// Totals are cumulative per (request, attempt), so loss and repetition do no harm: they merge by maximum.

import type { AdapterDigest, PoolId, RequestId, TenantId, WorkerId } from "./ids.ts";

/** Executed for one attempt so far. Every field only grows. */
export interface ExecutedTotals {
  /** Prompt tokens computed: cached ones not counted, recomputed ones counted again. */
  readonly prefillTokens: number;
  /** Prompt tokens found in the prefix cache when the sequence first ran. */
  readonly cachedTokens: number;
  /** Output tokens produced by this attempt; a forced prefix is not counted. */
  readonly outputTokens: number;
  /** KV blocks held × milliseconds. */
  readonly kvBlockMs: number;
  /** Its share of the steps it was in, µs × GPUs of the replica. */
  readonly gpuUs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
  readonly preemptions: number;
}

export const nothingExecuted: ExecutedTotals = {
  prefillTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  kvBlockMs: 0,
  gpuUs: 0,
  prefillMs: 0,
  decodeMs: 0,
  preemptions: 0,
};

export function maxTotals(a: ExecutedTotals, b: ExecutedTotals): ExecutedTotals {
  return {
    prefillTokens: Math.max(a.prefillTokens, b.prefillTokens),
    cachedTokens: Math.max(a.cachedTokens, b.cachedTokens),
    outputTokens: Math.max(a.outputTokens, b.outputTokens),
    kvBlockMs: Math.max(a.kvBlockMs, b.kvBlockMs),
    gpuUs: Math.max(a.gpuUs, b.gpuUs),
    prefillMs: Math.max(a.prefillMs, b.prefillMs),
    decodeMs: Math.max(a.decodeMs, b.decodeMs),
    preemptions: Math.max(a.preemptions, b.preemptions),
  };
}

/** Over the attempts of one request. */
export function sumTotals(a: ExecutedTotals, b: ExecutedTotals): ExecutedTotals {
  return {
    prefillTokens: a.prefillTokens + b.prefillTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    kvBlockMs: a.kvBlockMs + b.kvBlockMs,
    gpuUs: a.gpuUs + b.gpuUs,
    prefillMs: a.prefillMs + b.prefillMs,
    decodeMs: a.decodeMs + b.decodeMs,
    preemptions: a.preemptions + b.preemptions,
  };
}

/** One per (tenant, request), written by the edge's witness and settled in the ledger. */
export interface UsageRecord {
  readonly tenant: TenantId;
  readonly requestId: RequestId;
  readonly model: string;
  readonly modelVersion: string;
  readonly adapterDigest: AdapterDigest;
  readonly pool: PoolId;
  /** Of the pool: `interactive`, `batch` or `reserved`. Empty: not known. */
  readonly poolClass: string;
  /** The tenant's, when it was admitted. Empty: not known. */
  readonly tier: string;
  /** The last worker that ran it; empty if none did. */
  readonly worker: WorkerId | "";
  /** What computed it, for example `simulated-h100/llama3_8b/tp1/bfloat16`. */
  readonly workerType: string;
  /** Where that is: with the tenant's residency, the proof that it was kept. Empty if none ran it. */
  readonly zone: string;
  readonly arrivedAtEpochMs: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  /** Delivered to the client: what is billed. */
  readonly outputTokens: number;
  /** The UTC midnight that its output crossed; 0: none, as far as its witness knows. */
  readonly splitAtEpochMs: number;
  /** Of `outputTokens`, those before that midnight: usage of the day of its arrival. What came after is the next day's. 0 where none was crossed. */
  readonly outputTokensBefore: number;
  readonly queueMs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
  readonly kvBlockMs: number;
  readonly preemptions: number;
  readonly attempts: number;
  readonly gpuUs: number;
  /** `stop`, `length`, `cancelled`, or the code of the refusal that ended it. */
  readonly outcome: string;
}
