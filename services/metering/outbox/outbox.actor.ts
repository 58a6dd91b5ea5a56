// Keeps a process's usage on disk until the ledger has it: many accounts to one sync, files that are given up only when
// nothing in them is needed. A disk that fails is never believed about the same file again; and while usage cannot be kept,
// or too much of it waits, its process is told to admit nothing.

import type { Actor, Effect } from "#shared/actor/actor.ts";
import { arm, disarm, note } from "#shared/actor/actor.ts";
import { diskAddress, meterAddress } from "#shared/messages/addresses.ts";
import { toDisk } from "#shared/messages/to-disk.ts";
import type {
  DiskFailed,
  Keep,
  Opened,
  OutboxTimer,
  Synced,
  TookOver,
  ToOutbox,
} from "#shared/messages/to-outbox.ts";
import { bringLeftOver, hasLeftOver, tookOver } from "./bring-left-over.ts";
import type { Outbox } from "./outbox-state.ts";
import {
  judgeFill,
  mayWrite,
  nothingLeft,
  reasonToClose,
  waitingMax,
  weigh,
} from "./outbox-state.ts";
import { removable } from "./removable-files.ts";

/** One sync for all that came meanwhile. */
const commitEveryMs = 5;
const commitEntriesMax = 5_000;
/** Of one file: trimming is by whole files. */
const fileBytesMax: number = 4 * 1024 ** 2;
/** A sync that takes longer counts as failed, until it is answered. */
const syncPatienceMs = 5_000;
/** Reads all that is there. */
const openPatienceMs = 60_000;
const backoffFirstMs = 250;
const backoffMostMs = 5_000;

const commit: OutboxTimer = { kind: "timer-fired", name: "commit" };
const retry: OutboxTimer = { kind: "timer-fired", name: "retry" };

export const outbox: Actor<Outbox, ToOutbox> = {
  name: "outbox",
  init: (self) => {
    const process = self.slice(self.indexOf("/") + 1);
    return {
      self,
      meter: meterAddress(process),
      disk: diskAddress(process),
      phase: "new",
      lastNumber: 0,
      trimmedUpTo: 0,
      waiting: [],
      commit: undefined,
      nextCommit: 1,
      committedAtMs: -Infinity,
      isCommitArmed: false,
      files: [],
      current: undefined,
      nextFile: 1,
      leftOver: nothingLeft,
      failures: 0,
      failedWith: undefined,
      isFull: false,
      bytes: 0,
      closedFor: undefined,
    };
  },
  receive(state, { message, nowMs }) {
    switch (message.kind) {
      case "begin":
        return open(state, nowMs);
      case "keep":
        return keep(state, message, nowMs);
      case "took-over":
        return heardTookOver(state, message, nowMs);
      case "trim":
        return trim(state, message.upTo, nowMs);
      case "opened":
        return opened(state, message, nowMs);
      case "synced":
        return synced(state, message, nowMs);
      case "disk-failed":
        return diskFailed(state, message, nowMs);
      case "timer-fired":
        return message.name === "commit" ? commitDue(state, nowMs) : retried(state, nowMs);
      default:
        return message satisfies never;
    }
  },
};

function open(state: Outbox, nowMs: number): Effect[] {
  if (state.phase !== "new") return [];
  return askToOpen(state, nowMs);
}

function askToOpen(state: Outbox, nowMs: number): Effect[] {
  state.phase = "opening";
  const opening = state.nextCommit++;
  state.commit = undefined;
  return [
    toDisk(state.disk, { kind: "open", opening }),
    arm("retry", nowMs + openPatienceMs, retry),
  ];
}

function keep(state: Outbox, { number, entry }: Keep, nowMs: number): Effect[] {
  const begun = isAnotherLife(state, number) ? beginAnew(state, nowMs) : open(state, nowMs);
  state.lastNumber = number;
  if (state.waiting.length >= waitingMax) {
    return [...begun, note("outbox.not-kept", { number }), ...spoken(state)];
  }
  state.waiting.push({ number, entry });
  return [...begun, ...armCommit(state, nowMs), ...spoken(state)];
}

/** It counts from one again, or misses what was before this part. */
const isAnotherLife = ({ lastNumber }: Outbox, number: number): boolean => number <= lastNumber;

/** What that meter had in memory is gone with it: all that is on disk, and what is on its way there, is brought to the next. */
function beginAnew(state: Outbox, nowMs: number): Effect[] {
  const unwritten = [...(state.commit?.kept ?? []), ...state.waiting];
  const left = { ...state.leftOver, part: 0, isOnItsWay: false };
  state.leftOver = { ...left, entries: [...left.entries, ...unwritten.map(({ entry }) => entry)] };
  Object.assign(state, { waiting: [], lastNumber: 0, trimmedUpTo: 0, current: undefined });
  return [note("outbox.meter-anew"), ...askToOpen(state, nowMs)];
}

function opened(state: Outbox, message: Opened, nowMs: number): Effect[] {
  if (state.phase !== "opening" || message.opening !== state.nextCommit - 1) return [];
  const { files, entries, tornEnds, unreadable } = message;
  state.phase = "open";
  healed(state);
  state.files.length = 0;
  state.current = undefined;
  state.nextFile = Math.max(state.nextFile, ...files.map(({ file }) => file + 1));
  const held = [...state.leftOver.entries, ...entries];
  state.leftOver = { entries: held, files, part: 0, isOnItsWay: false, upTo: state.lastNumber };
  const found = { files: files.length, entries: held.length, tornEnds, unreadable };
  return [
    disarm("retry"),
    ...(files.length === 0 ? [] : [note("outbox.left-over", found)]),
    ...bringLeftOver(state),
    ...giveUpFiles(state),
    ...armCommit(state, nowMs),
    ...spoken(state),
  ];
}

function heardTookOver(state: Outbox, message: TookOver, nowMs: number): Effect[] {
  if (isAnotherLife(state, message.upTo)) return beginAnew(state, nowMs);
  return [...tookOver(state, message), ...giveUpFiles(state), ...spoken(state)];
}

function trim(state: Outbox, upTo: number, nowMs: number): Effect[] {
  if (upTo > state.lastNumber || upTo <= state.trimmedUpTo) return [];
  state.trimmedUpTo = upTo;
  const stillWanted = state.waiting.findIndex(({ number }) => number > upTo);
  state.waiting.splice(0, stillWanted < 0 ? state.waiting.length : stillWanted);
  // At rest nothing is left on disk.
  if (upTo === state.lastNumber && state.commit === undefined) state.current = undefined;
  return [
    ...giveUpFiles(state),
    ...bringLeftOver(state),
    ...armCommit(state, nowMs),
    ...spoken(state),
  ];
}

function giveUpFiles(state: Outbox): Effect[] {
  const files = removable(state, hasLeftOver(state));
  weigh(state);
  return files.length === 0 ? [] : [toDisk(state.disk, { kind: "remove", files })];
}

function armCommit(state: Outbox, nowMs: number): Effect[] {
  const { waiting, commit: onItsWay, isCommitArmed, phase, failedWith } = state;
  if (phase !== "open" || isCommitArmed || onItsWay !== undefined || waiting.length === 0)
    return [];
  if (failedWith !== undefined || !mayWrite(state)) return [];
  state.isCommitArmed = true;
  return [arm("commit", Math.max(nowMs, state.committedAtMs + commitEveryMs), commit)];
}

function commitDue(state: Outbox, nowMs: number): Effect[] {
  state.isCommitArmed = false;
  if (state.phase !== "open" || state.commit !== undefined || state.waiting.length === 0) return [];
  return write(state, nowMs);
}

function write(state: Outbox, nowMs: number): Effect[] {
  if (state.current === undefined) {
    state.current = { file: state.nextFile++, bytes: 0, upTo: 0 };
    state.files.push(state.current);
  }
  const kept = state.waiting.splice(0, commitEntriesMax);
  const number = state.nextCommit++;
  state.commit = { commit: number, file: state.current, kept, sinceMs: nowMs };
  state.committedAtMs = nowMs;
  const { file } = state.current;
  return [
    toDisk(state.disk, { kind: "append", file, entries: kept.map(({ entry }) => entry) }),
    toDisk(state.disk, { kind: "sync", file, commit: number }),
    arm("retry", nowMs + syncPatienceMs, retry),
  ];
}

function synced(state: Outbox, message: Synced, nowMs: number): Effect[] {
  const { commit: done } = state;
  if (done?.commit !== message.commit) return [];
  state.commit = undefined;
  healed(state);
  done.file.bytes = message.fileBytes;
  done.file.upTo = done.kept.at(-1)?.number ?? done.file.upTo;
  if (done.file.bytes >= fileBytesMax) state.current = undefined;
  return [
    disarm("retry"),
    note("outbox.synced", { entries: done.kept.length, tookMs: nowMs - done.sinceMs }),
    ...giveUpFiles(state),
    ...armCommit(state, nowMs),
    ...spoken(state),
  ];
}

function healed(state: Outbox): void {
  state.failures = 0;
  state.failedWith = undefined;
}

/** After a failed sync nobody knows what the file holds beyond what was synced before: another one begins, with all of the commit. */
function diskFailed(
  state: Outbox,
  { commit: failed, reason }: DiskFailed,
  nowMs: number,
): Effect[] {
  const isOpening = state.phase === "opening" && failed === state.nextCommit - 1;
  const { commit: lost } = state;
  if (!isOpening && lost?.commit !== failed) return [];
  state.failures++;
  state.failedWith = reason;
  if (isOpening) state.phase = "unopened";
  if (lost !== undefined) {
    state.waiting.unshift(...lost.kept);
    state.commit = undefined;
  }
  state.current = undefined;
  return [
    note("outbox.disk-failed", { reason, failures: state.failures }),
    ...giveUpFiles(state),
    arm("retry", nowMs + backoffMs(state), retry),
    ...spoken(state),
  ];
}

function retried(state: Outbox, nowMs: number): Effect[] {
  const { commit: hanging, phase } = state;
  if (phase === "unopened") return askToOpen(state, nowMs);
  if (phase === "opening" || hanging !== undefined) {
    return [...hung(state), arm("retry", nowMs + syncPatienceMs, retry)];
  }
  // Even if nothing waits any more: what is admitted next needs a disk.
  return state.failedWith === undefined ? [] : write(state, nowMs);
}

function hung(state: Outbox): Effect[] {
  state.failedWith ??= "it does not answer";
  return spoken(state);
}

/** Says when its process has to stop admitting, and when it may again. */
function spoken(state: Outbox): Effect[] {
  judgeFill(state);
  const reason = reasonToClose(state);
  if (reason === state.closedFor) return [];
  const wasClosed = state.closedFor !== undefined;
  state.closedFor = reason;
  if (reason !== undefined) return [note("outbox.closed", { reason })];
  return wasClosed ? [note("outbox.open-again")] : [];
}

const backoffMs = ({ failures }: Outbox): number =>
  Math.min(backoffMostMs, backoffFirstMs * 2 ** Math.min(Math.max(0, failures - 1), 10));
