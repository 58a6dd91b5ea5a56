// What the ledger device of a process hears: usage from its meter, GPU time from its workers.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { GpuEntry, GpuWord } from "#shared/model/gpu-word.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { Fields } from "./fields.ts";

export type ToLedger = RecordUsage | RecordGpuTime;

/** Where a worker's GPU time went since its life began. The device puts the world's clock to it, and tells it to the meter of its process: `gpu-time`. */
export interface RecordGpuTime {
  readonly kind: "record-gpu-time";
  readonly word: GpuWord;
}

/** Store these, each merged by maximum with what is there: usage under (tenant, request), GPU time under (worker, life, minute). Answered by `recorded` or `record-failed`. */
export interface RecordUsage {
  readonly kind: "record-usage";
  readonly batch: number;
  readonly records: readonly UsageEntry[];
  /** Absent: none. */
  readonly gpuTimes?: readonly GpuEntry[];
}

export const toLedger = (ledger: Address, message: ToLedger): Send => send(ledger, message);

export const toLedgerFields: Fields<ToLedger> = {
  "record-usage": { batch: "number", records: "array", gpuTimes: "array?" },
  "record-gpu-time": { word: "object" },
};
