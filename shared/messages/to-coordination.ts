// What an owner asks of the coordination store's device. Each answer is a message of `to-owner.ts`; silence
// or `coordination-failed` means unknown: the question may have taken effect.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { Fields } from "./fields.ts";

export type ToCoordination = GrantLease | KeepLease | RevokeLease | Claim | Release | Watch;

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

export const toCoordination = (store: Address, message: ToCoordination): Send =>
  send(store, message);

export const toCoordinationFields: Fields<ToCoordination> = {
  "grant-lease": { ttlMs: "number", sentAtMs: "number" },
  "keep-lease": { lease: "string", sentAtMs: "number" },
  "revoke-lease": { lease: "string" },
  claim: { key: "string", value: "string", lease: "string" },
  release: { key: "string", lease: "string" },
  watch: { prefix: "string" },
};
