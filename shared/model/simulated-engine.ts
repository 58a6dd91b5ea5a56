// How a simulated replica behaves beyond its size: each is one way in which engines differ, and absent it is as most are.

import type { AdapterDigest } from "./ids.ts";

export interface SimulatedEngineTerms {
  /** Scheduling and launch outside the kernels, per step. Absent: what fits the profile's model and its usual engine. */
  readonly hostMs?: number;
  /** Prompts are cut so that a step has `stepTokensMax` tokens in all, or so many beside the decodes, or are not cut at all. The latter two in order of arrival only. Absent: total. */
  readonly chunking?: "total" | "beside" | "whole";
  /** Budgets are multiples of this. 1: any. Absent: the profile's tile. */
  readonly alignTokens?: number;
  /** What any adapter in a step costs it: 5, 15 or 34 % of the throughput. Absent: typical. */
  readonly adapterCost?: AdapterCost;
  /** Whether a step pays for each adapter's own rank, or for the largest in it. Absent: sum. */
  readonly adapterRanks?: "sum" | "max";
  /** GPUs that share the host's memory and links with this one: what is loaded and swapped crawls beyond two. Absent: 1. */
  readonly gpusPerHost?: number;
  /** What becomes of a preempted sequence's KV: computed again, or moved to host memory and back. Absent: recompute. */
  readonly preemption?: "recompute" | "swap";
  /** Blocks of KV that host memory has room for. Absent: 4 GiB for each GPU. */
  readonly hostKvBlocks?: number;
  /** Of all blocks: a tenant whose unused prefixes fill more gives its own first. 1: the least recently used goes, whoever's. Absent: a half. */
  readonly prefixShare?: number;
  /** A prompt with this text and the name of a fault behind it brings that fault, at its first token or at the output index that follows. For chaos only: no fleet file can say it. */
  readonly faultText?: string;
  /** What is wrong with certain adapters. For tests, benchmarks and chaos only: no fleet file can say it. */
  readonly adapterFaults?: readonly AdapterFault[];
}

export interface AdapterFault {
  readonly digest: AdapterDigest;
  /** Steps with a prompt of its requests last so many times as long. Absent: 1. */
  readonly prefillFactor?: number;
  /** Of its requests, refused by the engine. Absent: 0. */
  readonly errorPercent?: number;
  /** Of its requests, whose first token is no number. Absent: 0. */
  readonly nanPercent?: number;
}

export type AdapterCost = "good" | "typical" | "bad";
