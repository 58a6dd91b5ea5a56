// What an owner, a tenant's queue, and a worker asks of the coordination store's device. Each answer is a message of `to-owner.ts`; silence
// or `coordination-failed` means unknown: the question may have taken effect.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { QuotaMetric, QuotaPeriod } from "#shared/model/quota.ts";
import type { SeenCrash, SuspectIdentity } from "#shared/model/suspicion.ts";
import type { Fields } from "./fields.ts";

export type ToCoordination =
  | GrantLease
  | KeepLease
  | RevokeLease
  | Claim
  | Release
  | Watch
  | ExchangeEscrow
  | NoteSuspects
  | Acquit;

/** A new lease of that length. Answered by `lease-granted`. */
export interface GrantLease {
  readonly kind: "grant-lease";
  readonly ttlMs: number;
  readonly sentAtMs: number;
}

/** The lease lives another full length from now. Answered by `lease-kept` or `lease-lost`. */
export interface KeepLease {
  readonly kind: "keep-lease";
  readonly lease: string;
  readonly sentAtMs: number;
}

/** Give the lease up, and with it every key that hangs on it. */
export interface RevokeLease {
  readonly kind: "revoke-lease";
  readonly lease: string;
}

/** If nobody holds `key`, hold it under the lease. Claiming what this lease already holds answers with the standing epoch. */
export interface Claim {
  readonly kind: "claim";
  readonly key: string;
  readonly value: string;
  readonly lease: string;
}

/** Give a key back, if this lease holds it. */
export interface Release {
  readonly kind: "release";
  readonly key: string;
  readonly lease: string;
}

/** Tell everything under the prefix now and at each change. */
export interface Watch {
  readonly kind: "watch";
  readonly prefix: string;
}

/**
 * From a tenant's queue: give back what it took of its quotas and did not use, count what it used without asking, and take more.
 * Answered by `escrow-exchanged`; silence means ask the same again. Asked twice, it takes effect once.
 */
export interface ExchangeEscrow {
  readonly kind: "exchange-escrow";
  readonly tenant: TenantId;
  readonly shard: number;
  /** The exchange is void unless the shard is claimed with this epoch. */
  readonly shardEpoch: number;
  /** Grows with each exchange of this owner; one is open at a time. */
  readonly seq: number;
  readonly returns: readonly EscrowReturn[];
  readonly wants: readonly EscrowWant[];
}

export interface EscrowReturn {
  readonly period: QuotaPeriod;
  /** That it was taken in: it is void once that is over for longer than a window. */
  readonly window: string;
  readonly metric: QuotaMetric;
  /** Negative: used without having been taken, where no hard quota stands against it. */
  readonly amount: number;
}

/** In the window that stands when it is heard. */
export interface EscrowWant {
  readonly period: QuotaPeriod;
  readonly metric: QuotaMetric;
  readonly amount: number;
  /** Of a hard quota, in what is counted. Absent: whatever is wanted is granted. */
  readonly limit?: number;
}

/** From a worker: its engine crashed, and these were in flight. Answered by `suspects-noted`; silence means ask the same again: a crash counts once. */
export interface NoteSuspects {
  readonly kind: "note-suspects";
  /** Names this crash and no other. */
  readonly crash: string;
  readonly suspects: readonly Suspect[];
}

export interface Suspect extends SuspectIdentity, SeenCrash {}

/** From a worker: alone, it passed where engines had crashed. Not answered: if it is lost, the suspicion ends with its time. */
export interface Acquit extends SuspectIdentity {
  readonly kind: "acquit";
}

export const toCoordination = (store: Address, message: ToCoordination): Send =>
  send(store, message);

export const toCoordinationFields: Fields<ToCoordination> = {
  "grant-lease": { ttlMs: "number", sentAtMs: "number" },
  "keep-lease": { lease: "string", sentAtMs: "number" },
  "revoke-lease": { lease: "string" },
  claim: { key: "string", value: "string", lease: "string" },
  release: { key: "string", lease: "string" },
  watch: { prefix: "string" },
  "exchange-escrow": {
    tenant: "string",
    shard: "number",
    shardEpoch: "number",
    seq: "number",
    returns: "array",
    wants: "array",
  },
  "note-suspects": { crash: "string", suspects: "array" },
  acquit: { tenant: "string", namespace: "string", promptDigest: "string", parameters: "string" },
};
