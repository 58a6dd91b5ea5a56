// The names of what a fleet may choose between for its adapters: who leaves a full slot, and where a request with an
// adapter is sent.

/** `services/adapter-cache/policy` says what each prefers. */
export const evictionNames = ["lru", "lfu", "score", "rank-aware"] as const;
export type EvictionName = (typeof evictionNames)[number];

/**
 * `random`: any worker that can take it. `least-work`: where least is owed, a load included. `home`: as that, but each
 * adapter has one worker where it is at home. `homes`: as that, and popular ones have several.
 */
export const placementNames = ["random", "least-work", "home", "homes"] as const;
export type PlacementName = (typeof placementNames)[number];
