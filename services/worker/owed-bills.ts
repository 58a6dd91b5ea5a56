// Bills that this worker may be the only one left to write, while it asks whether it is.

import type { Address } from "#shared/actor/actor.ts";
import type { UsageRecord } from "#shared/model/usage.ts";

export interface OwedBill {
  readonly attempt: number;
  readonly record: UsageRecord;
  readonly sinceMs: number;
  /** A no, or not yet: asked on, for who goes on with the request may be lost yet. Meanwhile the ledger has what was surely received. */
  isAnswered: boolean;
}

/** By `attemptKey`, oldest first. */
export interface OwedBills {
  /** Of the process that the worker lives in. */
  readonly meter: Address;
  readonly waiting: Map<string, OwedBill>;
}

export const noOwedBills = (meter: Address): OwedBills => ({ meter, waiting: new Map() });
