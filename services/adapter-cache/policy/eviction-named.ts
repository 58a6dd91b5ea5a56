// The eviction policies that there are, by the names that a fleet uses.

import type { EvictionName } from "#shared/model/adapter-policy.ts";
import type { Eviction } from "./eviction.ts";
import { lfu } from "./lfu.ts";
import { lru } from "./lru.ts";
import { rankAware } from "./rank-aware.ts";
import { score } from "./score.ts";

const evictions: Readonly<Record<EvictionName, Eviction>> = {
  lru,
  lfu,
  score,
  "rank-aware": rankAware,
};

export const evictionNamed = (name: EvictionName): Eviction => evictions[name];
