// Bills that this worker may be the only one left to write, while it asks whether it is.

import type { Address } from "#shared/actor/actor.ts";
import type { UsageRecord } from "#shared/model/usage.ts";

export interface OwedBill {
  readonly attempt: number;
  readonly record: UsageRecord;
  readonly sinceMs: number;
  /** Somebody went on with the request when it was last asked for: asked on, for that one may be lost yet. */
  isRefused: boolean;
  /** The last answer: nobody is known to go on with it, and that is not certain yet. */
  isOpen: boolean;
}

/** By `attemptKey`, oldest first. */
export interface OwedBills {
  /** Of the process that the worker lives in. */
  readonly meter: Address;
  readonly waiting: Map<string, OwedBill>;
}

export const noOwedBills = (meter: Address): OwedBills => ({ meter, waiting: new Map() });
