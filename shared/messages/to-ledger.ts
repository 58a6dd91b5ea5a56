// What the ledger device of a process hears: usage from its meter, GPU time from its workers.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { GpuWord } from "#shared/model/gpu-word.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { Fields } from "./fields.ts";

export type ToLedger = RecordUsage | RecordGpuTime;

/** Where a worker's GPU time went since its life began. Answered by nothing: the next word says all of it again, and more. */
export interface RecordGpuTime {
  readonly kind: "record-gpu-time";
  readonly word: GpuWord;
}

/** Store these, each merged by maximum with what is there under (tenant, request). Answered by `recorded` or `record-failed`. */
export interface RecordUsage {
  readonly kind: "record-usage";
  readonly batch: number;
  readonly records: readonly UsageEntry[];
}

export const toLedger = (ledger: Address, message: ToLedger): Send => send(ledger, message);

export const toLedgerFields: Fields<ToLedger> = {
  "record-usage": { batch: "number", records: "array" },
  "record-gpu-time": { word: "object" },
};
