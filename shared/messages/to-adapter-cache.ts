// All that a worker host's adapter cache hears. Senders: routers, the host's workers, the registry's watcher,
// its own timers.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { EvictionName } from "#shared/model/adapter-policy.ts";
import type { AdapterDigest, PoolId, RequestId, WorkerId } from "#shared/model/ids.ts";
import type { Fields } from "./fields.ts";
import type { TimerFired } from "./timer-fired.ts";

export type ToAdapterCache =
  | AdapterCatalog
  | WorkerUp
  | Pin
  | Unpin
  | KeepPins
  | WantAdapters
  | CacheAdapterLoaded
  | CacheAdapterFailed
  | AdapterCacheTimer;

/** Which adapters exist, how large they are, and how its workers' slots are shared. From the registry's watcher. */
export interface AdapterCatalog {
  readonly kind: "adapter-catalog";
  readonly adapters: readonly {
    readonly digest: AdapterDigest;
    readonly bytes: number;
    /** By its tenant's terms it stays in a slot where there is room. Absent: not. */
    readonly isKept?: boolean;
  }[];
  readonly hostBytesMax: number;
  /** Who leaves a worker's full slots, where it is not the default. */
  readonly evictions?: readonly { readonly worker: WorkerId; readonly eviction: EvictionName }[];
}

/** A worker of this host began a life: its slots are empty. From the worker; repeated each half second. */
export interface WorkerUp {
  readonly kind: "worker-up";
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly slots: number;
  readonly residents: readonly AdapterDigest[];
}

/** Make the adapter resident on that worker and keep it there for this attempt. Idempotent. Answered by `pinned` or `pin-refused`. */
export interface Pin {
  readonly kind: "pin";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly digest: AdapterDigest;
  readonly pool: PoolId;
  readonly poolEpoch: number;
  /** Grows with each place of this epoch's router: one attempt may be placed again after it fell through. */
  readonly place?: number;
}

/** This attempt needs its adapter no more. A `pin` of this place or an earlier one that comes later is refused. Repeated until answered by `unpinned`. */
export interface Unpin {
  readonly kind: "unpin";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly pool: PoolId;
  readonly poolEpoch: number;
  readonly place?: number;
}

/** After a takeover: these attempts run on that worker, every other pin of earlier pool epochs there is void. Answered by `pins-kept`. */
export interface KeepPins {
  readonly kind: "keep-pins";
  readonly worker: WorkerId;
  readonly pool: PoolId;
  readonly poolEpoch: number;
  readonly held: readonly {
    readonly requestId: RequestId;
    readonly attempt: number;
    readonly digest: AdapterDigest;
  }[];
}

/** Wanted on that worker soon, the soonest first: to be loaded ahead where that harms nobody. A hint: it may be lost, and is not answered. From its router. */
export interface WantAdapters {
  readonly kind: "want-adapters";
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly pool: PoolId;
  readonly poolEpoch: number;
  readonly digests: readonly AdapterDigest[];
}

/** The engine has the adapter in a slot. From the worker. */
export interface CacheAdapterLoaded {
  readonly kind: "cache-adapter-loaded";
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly digest: AdapterDigest;
}

/** The engine could not load it. From the worker. */
export interface CacheAdapterFailed {
  readonly kind: "cache-adapter-failed";
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly digest: AdapterDigest;
  readonly reason: string;
}

/** `load`: loads unanswered for too long are asked again. */
export type AdapterCacheTimer = TimerFired<"load">;

export const toAdapterCache = (cache: Address, message: ToAdapterCache): Send =>
  send(cache, message);

export const toAdapterCacheFields: Fields<ToAdapterCache> = {
  "adapter-catalog": { adapters: "array", hostBytesMax: "number", evictions: "array?" },
  "worker-up": { worker: "string", incarnation: "number", slots: "number", residents: "array" },
  pin: {
    requestId: "string",
    attempt: "number",
    worker: "string",
    incarnation: "number",
    digest: "string",
    pool: "string",
    poolEpoch: "number",
    place: "number?",
  },
  unpin: {
    requestId: "string",
    attempt: "number",
    pool: "string",
    poolEpoch: "number",
    place: "number?",
  },
  "keep-pins": { worker: "string", pool: "string", poolEpoch: "number", held: "array" },
  "want-adapters": {
    worker: "string",
    incarnation: "number",
    pool: "string",
    poolEpoch: "number",
    digests: "array",
  },
  "cache-adapter-loaded": { worker: "string", incarnation: "number", digest: "string" },
  "cache-adapter-failed": {
    worker: "string",
    incarnation: "number",
    digest: "string",
    reason: "string",
  },
  "timer-fired": { name: "string" },
};
