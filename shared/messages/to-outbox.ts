// All that a process's outbox hears: what its meter wants kept on disk, and how far the ledger has it; its disk's answers; its timers.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { KeptEntry } from "#shared/model/kept-entry.ts";
import type { Fields } from "./fields.ts";
import type { TimerFired } from "./timer-fired.ts";

export type ToOutbox = Begin | Keep | TookOver | Trim | Opened | Synced | DiskFailed | OutboxTimer;

/** The process has started: what its last life left is brought to the meter. The first `keep` says the same. */
export interface Begin {
  readonly kind: "begin";
}

/** Keep this on disk. The meter numbers what it hears, upwards; a number that was there already is said by another life of the meter, which knows nothing. */
export interface Keep {
  readonly kind: "keep";
  readonly number: number;
  readonly entry: KeptEntry;
}

/** The meter has this part of what was left over, under numbers up to this one; its files stay until those are trimmed. */
export interface TookOver {
  readonly kind: "took-over";
  readonly part: number;
  readonly upTo: number;
}

/** The ledger has everything up to this number. Never said of what only a log on the way has. */
export interface Trim {
  readonly kind: "trim";
  readonly upTo: number;
}

/** The disk has read what is there, cut torn ends off, and takes new files from here on. */
export interface Opened {
  readonly kind: "opened";
  readonly opening: number;
  readonly files: readonly OutboxFile[];
  /** Of all files, merged per request, and per life and minute. */
  readonly entries: readonly KeptEntry[];
  /** Ends that were torn by a crash, and pieces that nobody can read: those are put aside, not thrown away. */
  readonly tornEnds: number;
  readonly unreadable: number;
}

/** One file of the outbox. Numbers only grow. */
export interface OutboxFile {
  readonly file: number;
  readonly bytes: number;
}

/** What was written to this file up to this commit survives the machine. */
export interface Synced {
  readonly kind: "synced";
  readonly commit: number;
  /** Of the whole file. */
  readonly fileBytes: number;
}

/** A commit, or an opening, came to nothing. Of the file that it was for nothing more is to be believed than was synced before. */
export interface DiskFailed {
  readonly kind: "disk-failed";
  readonly commit: number;
  readonly reason: string;
}

/** `commit`: write what has gathered. `retry`: try a disk that failed. */
export type OutboxTimer = TimerFired<"commit" | "retry">;

export const toOutbox = (outbox: Address, message: ToOutbox): Send => send(outbox, message);

export const toOutboxFields: Fields<ToOutbox> = {
  begin: {},
  keep: { number: "number", entry: "object" },
  "took-over": { part: "number", upTo: "number" },
  trim: { upTo: "number" },
  opened: {
    opening: "number",
    files: "array",
    entries: "array",
    tornEnds: "number",
    unreadable: "number",
  },
  synced: { commit: "number", fileBytes: "number" },
  "disk-failed": { commit: "number", reason: "string" },
  "timer-fired": { name: "string" },
};
