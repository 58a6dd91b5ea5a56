// All that a process's meter hears. Senders: sessions, workers, its ledger (which puts the world's clock to workers' words of GPU time too), its outbox, its own timer.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { GpuEntry } from "#shared/model/gpu-word.ts";
import type { KeptEntry } from "#shared/model/kept-entry.ts";
import type { UsageRecord } from "#shared/model/usage.ts";
import type { Fields } from "./fields.ts";
import type { TimerFired } from "./timer-fired.ts";

export type ToMeter = Usage | GpuTimeTold | LeftOver | Taken | Recorded | RecordFailed | MeterTimer;

/**
 * A session's account of its request, when it opens (so that a crash leaves a trace), each few seconds, and when it is over; or a worker's, when
 * nobody else is left to bill it. Merged by maximum under (tenant, request); the first final one stands.
 */
export interface Usage {
  readonly kind: "usage";
  readonly record: UsageRecord;
  /** Whether the request is over. */
  readonly isFinal: boolean;
  /** While it is open: until its deadline. Should no witness be left, the ledger settles it some time after. */
  readonly endsWithinMs?: number;
  /** This is the first account of a request that this edge has just admitted: counted apart, so that the ledger can be held against it. */
  readonly opens?: boolean;
}

/** Where a worker's GPU time went since its life began: kept and brought to the ledger as usage is; the next says all of it again, and more. */
export interface GpuTimeTold {
  readonly kind: "gpu-time";
  readonly entry: GpuEntry;
}

/** A part of what an earlier life left on disk, and the ledger may not have. Answered by `took-over`. */
export interface LeftOver {
  readonly kind: "left-over";
  readonly part: number;
  readonly entries: readonly KeptEntry[];
}

/** A log on the way to the ledger has this batch: it outlives this process, and the next may follow. Where there is no such log, never said. */
export interface Taken {
  readonly kind: "taken";
  readonly batch: number;
}

/** The ledger has this batch. */
export interface Recorded {
  readonly kind: "recorded";
  readonly batch: number;
}

/** The ledger could not take this batch: kept, tried again. */
export interface RecordFailed {
  readonly kind: "record-failed";
  readonly batch: number;
  readonly reason: string;
}

/** `flush`: send what has gathered. `retry`: a batch is unanswered. */
export type MeterTimer = TimerFired<"flush" | "retry">;

export const toMeter = (meter: Address, message: ToMeter): Send => send(meter, message);

export const toMeterFields: Fields<ToMeter> = {
  "gpu-time": { entry: "object" },
  "left-over": { part: "number", entries: "array" },
  usage: { record: "object", isFinal: "boolean", endsWithinMs: "number?", opens: "boolean?" },
  taken: { batch: "number" },
  recorded: { batch: "number" },
  "record-failed": { batch: "number", reason: "string" },
  "timer-fired": { name: "string" },
};
