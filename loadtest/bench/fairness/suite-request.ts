// What a suite asks for, and what became of it: all that the metrics look at, whoever did the scheduling.

import type { AdapterDigest } from "#shared/model/ids.ts";

export interface SuiteRequest {
  /** From 0: the tenant. */
  readonly client: number;
  /** Since the suite began. */
  readonly atMs: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** One id per block of `blockTokens` (`../locality/block-bytes.ts`); equal ids are equal text. Absent: the prompt is like no other's. */
  readonly prefixBlocks?: readonly number[];
  /** Absent: the base model. */
  readonly adapter?: AdapterDigest;
}

export interface Delivery {
  readonly request: SuiteRequest;
  /** When each output token reached the client, in order. Empty: it was refused. */
  readonly tokensAtMs: readonly number[];
  /** Prompt tokens that its attempts found in a prefix cache. */
  readonly cachedTokens?: number;
}

/** VTC's weights: a prompt token costs 1, an output token 2. */
export const promptTokenCost = 1;
export const outputTokenCost = 2;

/** What a request costs if all of it is served. */
export const fullCost = ({ promptTokens, outputTokens }: SuiteRequest): number =>
  promptTokens * promptTokenCost + outputTokens * outputTokenCost;
