// What runs actors. Three hosts keep one contract, `host.cases.ts`: local (one process), simulated, and the
// fleet's. A host owes every actor: one arrival at a time; order per sender; a timer at most once per arming;
// a disarmed timer never; a throw restarts the thrower alone, from `init`, within a budget.

import type { Address, AnyActor, Note } from "./actor.ts";

/** A device's way in: does I/O with the message, answers later through `Host.send`. Must not throw. */
export type Device = (to: Address, from: Address, message: unknown) => void;

export interface Host {
  /** Actors of this kind exist when first addressed. */
  register(actor: AnyActor): void;
  /** Everything addressed to `kind/…` goes to this device; of a whole address, what is addressed to that, before any actor exists there. */
  attach(kindOrAddress: string, device: Device): void;
  /** From a device or from outside into the house. `refused`: the mailbox is full, nothing was taken. */
  send(from: Address, to: Address, message: unknown): "accepted" | "refused";
  /** Milliseconds, monotonic, fractional: the clock that arrivals carry. */
  nowMs(): number;
  /** Deliver nothing more, forget every timer. */
  stop(): void;
}

/** A host whose actors can be looked at: by operators' views and by checkers, which must not change what they see. */
export interface InspectableHost extends Host {
  /** The states of all living actors of a kind. */
  statesOf(kind: string): ReadonlyMap<Address, unknown>;
}

/** A note, with where and when it was said. */
export interface NoteRecord extends Note {
  readonly actor: Address;
  readonly nowMs: number;
}

export interface HostLimits {
  /** Undelivered messages per actor; the next is refused. */
  readonly mailboxMax: number;
  /** This many restarts of one actor within the period; the next throw stops that actor for good, loudly. */
  readonly restartsMax: number;
  readonly restartsWithinMs: number;
}

export const hostLimitsDefault: HostLimits = {
  mailboxMax: 10_000,
  restartsMax: 5,
  restartsWithinMs: 60_000,
};
