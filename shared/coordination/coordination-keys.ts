// The keys that owners claim, and what they mean.

import type { PoolId } from "#shared/model/ids.ts";
import { drainPrefix } from "./drain-flags.ts";

export const processPrefix = "/process/";
export const edgePrefix = "/edge/";
export const workerPrefix = "/worker/";
export const ownPrefix = "/own/";
export const watchedPrefixes: readonly string[] = [
  processPrefix,
  edgePrefix,
  workerPrefix,
  ownPrefix,
  drainPrefix,
];

export const processKey = (process: string): string => `${processPrefix}${process}`;
export const edgeKey = (edge: string): string => `${edgePrefix}${edge}`;
export const workerKey = (worker: string): string => `${workerPrefix}${worker}`;
export const shardKey = (shard: number): string => `${ownPrefix}shard/${shard}`;
export const poolKey = (pool: PoolId): string => `${ownPrefix}pool/${pool}`;

export type KeyMeaning =
  | { readonly kind: "process" | "edge" | "worker"; readonly id: string }
  | { readonly kind: "shard"; readonly shard: number }
  | { readonly kind: "pool"; readonly pool: PoolId };

/** Nothing for a key that no owner claims. */
export function meaningOf(key: string): KeyMeaning | undefined {
  const [, family, first = "", second = ""] = key.split("/");
  if (family === "process" || family === "edge" || family === "worker") {
    return { kind: family, id: first };
  }
  if (family !== "own") return undefined;
  if (first === "pool") return { kind: "pool", pool: second as PoolId };
  return first === "shard" ? { kind: "shard", shard: Number(second) } : undefined;
}
