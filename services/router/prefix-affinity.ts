// Which worker last got a prompt with these first blocks: its prefix cache may still hold them. A guess, bounded:
// the prefix longest unused is forgotten first.

import type { WorkerId } from "#shared/model/ids.ts";

export interface PrefixAffinity {
  readonly prefixesMax: number;
  /** In order of last use. */
  readonly workers: Map<string, WorkerId>;
}

export const prefixAffinity = (prefixesMax: number): PrefixAffinity => ({
  prefixesMax,
  workers: new Map(),
});

export function rememberPrefix(
  affinity: PrefixAffinity,
  prefixKey: string,
  worker: WorkerId,
): void {
  if (prefixKey === "") return;
  const { workers, prefixesMax } = affinity;
  workers.delete(prefixKey);
  workers.set(prefixKey, worker);
  if (workers.size <= prefixesMax) return;
  for (const oldest of workers.keys()) {
    workers.delete(oldest);
    return;
  }
}

export const workerOfPrefix = (affinity: PrefixAffinity, prefixKey: string): WorkerId | undefined =>
  prefixKey === "" ? undefined : affinity.workers.get(prefixKey);

/** The worker's life is over and its cache with it. */
export function forgetWorker(affinity: PrefixAffinity, worker: WorkerId): void {
  for (const [prefixKey, holder] of affinity.workers) {
    if (holder === worker) affinity.workers.delete(prefixKey);
  }
}
