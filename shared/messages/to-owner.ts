// All that a process's owner hears: the actor that holds the process's lease, claims what the process shall
// host, and fences itself when the lease may be gone. Senders: the coordination device, the registry's watcher,
// the host, the operator, its own timers.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { Fields } from "./fields.ts";
import type { TimerFired } from "./timer-fired.ts";

export type ToOwner =
  | Begin
  | FleetChanged
  | LeaseGranted
  | LeaseKept
  | LeaseLost
  | Claimed
  | ClaimHeld
  | Released
  | Keys
  | CoordinationFailed
  | ActorRestarted
  | ActorStopped
  | HandOver
  | OwnerTimer;

/** What this process is for. First message of its life. */
export interface Begin {
  readonly kind: "begin";
  readonly process: string;
  readonly zone: string;
  /** Shards and pools are claimed, and their actors placed, by a control process. */
  readonly isControl: boolean;
  readonly shardCount: number;
  /** Registered as an edge under this id; absent: not an edge. */
  readonly edge?: string;
  /** Workers of this process, registered one by one. */
  readonly workers: readonly string[];
  /** Where edges reach these workers for tokens, `host:port`. Absent: edges and workers share a process. */
  readonly dataPlane?: string;
}

/** The registry's newest desired state. */
export interface FleetChanged {
  readonly kind: "fleet-changed";
  readonly fleet: Fleet;
}

/** Answer to `grant-lease`. `sentAtMs` echoes the question: validity counts from when it was asked, never from when it was answered. */
export interface LeaseGranted {
  readonly kind: "lease-granted";
  readonly lease: string;
  readonly ttlMs: number;
  readonly sentAtMs: number;
}

/** Answer to `keep-lease`: valid for `ttlMs` from when it was asked. */
export interface LeaseKept {
  readonly kind: "lease-kept";
  readonly lease: string;
  readonly ttlMs: number;
  readonly sentAtMs: number;
}

/** The store no longer knows the lease: everything that hung on it is gone. */
export interface LeaseLost {
  readonly kind: "lease-lost";
  readonly lease: string;
}

/** The key is ours. Epoch = revision of the claim; the next owner's is larger. */
export interface Claimed {
  readonly kind: "claimed";
  readonly key: string;
  readonly lease: string;
  readonly epoch: number;
}

/** Somebody holds the key. */
export interface ClaimHeld {
  readonly kind: "claim-held";
  readonly key: string;
  readonly holder: string;
}

/** Answer to `release`: the key is free, or was never ours. */
export interface Released {
  readonly kind: "released";
  readonly key: string;
}

/** Everything under a watched prefix: first the whole list, then again at each change and after each relist. */
export interface Keys {
  readonly kind: "keys";
  readonly prefix: string;
  readonly revision: number;
  readonly entries: readonly {
    readonly key: string;
    readonly value: string;
    readonly epoch: number;
  }[];
}

/** A question went unanswered or was refused: unknown, ask again. */
export interface CoordinationFailed {
  readonly kind: "coordination-failed";
  readonly question: string;
  readonly reason: string;
}

/** The host restarted an actor from its initial state: place it again. */
export interface ActorRestarted {
  readonly kind: "actor-restarted";
  readonly address: Address;
}

/** The host gave an actor up, which threw too often: its key goes back, and its next life is another claim's. */
export interface ActorStopped {
  readonly kind: "actor-stopped";
  readonly address: Address;
}

/** Give everything up in good order (drain). */
export interface HandOver {
  readonly kind: "hand-over";
}

/** `keep`: renew the lease. `tick`: check validity, claim what is free. */
export type OwnerTimer = TimerFired<"keep" | "tick">;

export const toOwner = (owner: Address, message: ToOwner): Send => send(owner, message);

export const toOwnerFields: Fields<ToOwner> = {
  begin: {
    process: "string",
    zone: "string",
    isControl: "boolean",
    shardCount: "number",
    edge: "string?",
    workers: "array",
    dataPlane: "string?",
  },
  "fleet-changed": { fleet: "object" },
  "lease-granted": { lease: "string", ttlMs: "number", sentAtMs: "number" },
  "lease-kept": { lease: "string", ttlMs: "number", sentAtMs: "number" },
  "lease-lost": { lease: "string" },
  claimed: { key: "string", lease: "string", epoch: "number" },
  "claim-held": { key: "string", holder: "string" },
  released: { key: "string" },
  keys: { prefix: "string", revision: "number", entries: "array" },
  "coordination-failed": { question: "string", reason: "string" },
  "actor-restarted": { address: "string" },
  "actor-stopped": { address: "string" },
  "hand-over": {},
  "timer-fired": { name: "string" },
};
