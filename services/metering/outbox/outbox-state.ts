// What an outbox knows: what waits for its disk, which files hold what, what an earlier life left, and why its process
// admits nothing, if so. Bounded: beyond `spanMax` accounts or `bytesMax` on disk nothing more is to be admitted.

import type { Address } from "#shared/actor/actor.ts";
import type { KeptEntry } from "#shared/model/kept-entry.ts";
import { usageOfKept } from "#shared/model/kept-entry.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { OutboxFile } from "#shared/messages/to-outbox.ts";

export interface Outbox {
  readonly self: Address;
  readonly meter: Address;
  readonly disk: Address;
  /** Whether the disk has said what is there. */
  phase: "new" | "opening" | "unopened" | "open";
  /** Said last by this life of the meter. */
  lastNumber: number;
  trimmedUpTo: number;
  /** Not durable, and not on its way: in order. */
  waiting: Kept[];
  /** On its way. */
  commit: Commit | undefined;
  nextCommit: number;
  committedAtMs: number;
  isCommitArmed: boolean;
  /** Oldest first. */
  readonly files: HeldFile[];
  /** Appended to; undefined: the next commit begins another. */
  current: HeldFile | undefined;
  nextFile: number;
  leftOver: LeftOver;
  /** In a row. */
  failures: number;
  failedWith: string | undefined;
  isFull: boolean;
  /** On disk, as far as it was told. */
  bytes: number;
  /** As told last. Undefined: its process may admit. */
  closedFor: string | undefined;
}

export interface Kept {
  readonly number: number;
  readonly entry: KeptEntry;
}

export interface Commit {
  readonly commit: number;
  readonly file: HeldFile;
  readonly kept: readonly Kept[];
  readonly sinceMs: number;
}

export interface HeldFile extends OutboxFile {
  bytes: number;
  /** Nothing in it has a higher number. Zero: nothing is in it. */
  upTo: number;
}

/** What earlier lives left, and the meter is still to hear; their files stay until the ledger has all of it. */
export interface LeftOver {
  entries: readonly KeptEntry[];
  files: readonly OutboxFile[];
  /** Given to the meter; zero: none yet. */
  part: number;
  isOnItsWay: boolean;
  /** The last of its numbers; meaningful when `entries` is empty. */
  upTo: number;
}

export const nothingLeft: LeftOver = {
  entries: [],
  files: [],
  part: 0,
  isOnItsWay: false,
  upTo: 0,
};

/** Accounts heard since the oldest that the ledger lacks: a minute of a busy process. Below what its meter can hold. */
const spanMax = 60_000;
const bytesMax: number = 256 * 1024 ** 2;
/** What runs already is still written, up to twice the bound. */
const overBy = 2;
/** It admits again when so much of the bound is free. */
const freeShare = 0.25;

export const span = ({ lastNumber, trimmedUpTo }: Outbox): number => lastNumber - trimmedUpTo;

export function weigh(outbox: Outbox): void {
  const { files, leftOver } = outbox;
  outbox.bytes = [...files, ...leftOver.files].reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The share of its bounds that is used. */
export const fill = (outbox: Outbox): number =>
  Math.max(span(outbox) / spanMax, outbox.bytes / bytesMax);

/** Keeps to it until enough is free, so that its doors do not flutter. */
export function judgeFill(outbox: Outbox): void {
  outbox.isFull = fill(outbox) >= (outbox.isFull ? 1 - freeShare : 1);
}

export const mayWrite = (outbox: Outbox): boolean => outbox.bytes < bytesMax * overBy;

/** Of entries that no file has; what is beyond stays with the meter. */
export const waitingMax: number = spanMax * overBy;

/** Why nothing is to be admitted; undefined: it may be. */
export function reasonToClose({ failedWith, isFull }: Outbox): string | undefined {
  if (failedWith !== undefined) return `usage cannot be kept on disk: ${failedWith}`;
  return isFull ? "more usage waits for the ledger than may" : undefined;
}

/** What earlier lives left and the meter has not said that it has: for a moment both may have it. */
export const onDiskOnly = ({ leftOver }: Outbox): readonly UsageEntry[] =>
  usageOfKept(leftOver.entries);

/** What is in its files is not known yet, and it asks again only when its patience ends. */
export const isUnread = ({ phase }: Outbox): boolean => phase === "unopened";
