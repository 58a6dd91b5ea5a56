// The highest epoch heard of each shard and of the pool. Law: they only grow, and nothing of a lower one acts.

export interface EpochFence {
  readonly shards: Map<number, number>;
  poolEpoch: number;
}

export const openFence = (): EpochFence => ({ shards: new Map(), poolEpoch: 0 });

/** False: the epoch is stale. Otherwise it is the highest now. */
export function passesShard(fence: EpochFence, shard: number, epoch: number): boolean {
  if (epoch < (fence.shards.get(shard) ?? 0)) return false;
  fence.shards.set(shard, epoch);
  return true;
}

export function passesPool(fence: EpochFence, epoch: number): boolean {
  if (epoch < fence.poolEpoch) return false;
  fence.poolEpoch = epoch;
  return true;
}
