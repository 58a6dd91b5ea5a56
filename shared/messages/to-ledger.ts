// What a meter tells the ledger device of its process.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { Fields } from "./fields.ts";

export type ToLedger = RecordUsage;

/** Store these, each merged by maximum with what is there under (tenant, request). Answered by `recorded` or `record-failed`. */
export interface RecordUsage {
  readonly kind: "record-usage";
  readonly batch: number;
  readonly records: readonly UsageEntry[];
}

export const toLedger = (ledger: Address, message: ToLedger): Send => send(ledger, message);

export const toLedgerFields: Fields<ToLedger> = {
  "record-usage": { batch: "number", records: "array" },
};
