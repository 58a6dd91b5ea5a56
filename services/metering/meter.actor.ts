// Brings a process's usage to the ledger: merged per request, in batches, each asked again until the ledger has it. All
// that it hears it has kept on disk too, and trimmed there no further than the ledger has it.
// One is on its way at a time; those that a log has taken wait beside it, so that a slow ledger leaves nothing here
// that only this process knows. What is settled is never given up silently.

import type { Actor, Address, Effect } from "#shared/actor/actor.ts";
import { arm, disarm, note } from "#shared/actor/actor.ts";
import { ledgerAddress, outboxAddress } from "#shared/messages/addresses.ts";
import { toLedger } from "#shared/messages/to-ledger.ts";
import type {
  GpuTimeTold,
  LeftOver,
  MeterTimer,
  Recorded,
  RecordFailed,
  Taken,
  ToMeter,
  Usage,
} from "#shared/messages/to-meter.ts";
import { toOutbox } from "#shared/messages/to-outbox.ts";
import type { GpuEntry } from "#shared/model/gpu-word.ts";
import { isGpuEntry } from "#shared/model/gpu-word.ts";
import { gpuTimeOfKept, usageOfKept } from "#shared/model/kept-entry.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import { addGpuTime, returnGpuTime, takeGpuTimes } from "./gpu-time-buffer.ts";
import type { HeldGpuTime, HeldUsage } from "./kept-numbers.ts";
import { renewOldest, trimUpTo } from "./kept-numbers.ts";
import type { AdmissionBook } from "./admission-book.ts";
import { countEnded, countOpened, startAdmissionBook } from "./admission-book.ts";
import type { UsageBuffer } from "./usage-buffer.ts";
import {
  addUsage,
  bufferedEntries,
  isStorable,
  openDueAtMs,
  returnUsage,
  startUsageBuffer,
  takeUsage,
} from "./usage-buffer.ts";

export interface Meter {
  readonly ledger: Address;
  readonly outbox: Address;
  readonly buffer: UsageBuffer;
  /** What this process has admitted: the ledger is held against it. */
  readonly admissions: AdmissionBook;
  nextBatch: number;
  /** Halved when the ledger refuses a batch, so that one bad entry cannot hold the others up; doubled when it takes one. */
  batchEntriesMax: number;
  inFlight: Batch | undefined;
  /** By number, oldest first: a log has them, the ledger is not known to. */
  readonly taken: Map<number, Batch>;
  takenEntries: number;
  /** Refused or unanswered in a row. */
  failures: number;
  /** Since when something settled waits. */
  settledSinceMs: number | undefined;
  /** The last batch. */
  sentAtMs: number;
  /** When `flush` is to fire; undefined when it is not armed. */
  flushAtMs: number | undefined;
  /** Nothing is sent before this moment: the ledger has just refused. */
  notBeforeMs: number;
}

interface Batch {
  readonly batch: number;
  readonly held: readonly HeldUsage[];
  readonly heldGpuTimes: readonly HeldGpuTime[];
  /** Theirs, as sent. */
  readonly records: readonly UsageEntry[];
  readonly gpuTimes: readonly GpuEntry[];
  readonly sentAtMs: number;
  /** Last. */
  askedAtMs: number;
}

/** An entry costs half in a large batch of what it costs in one of fifty (see shared/ledger). */
const batchEntriesMost = 500;
const flushAfterMs = 250;
const answerTimeoutMs = 2_000;
const backoffFirstMs = 250;
const backoffMostMs = 10_000;
/** About a minute of a busy process, and some 50 MB. Beyond what the outbox lets gather before its edge admits nothing more. */
const bufferEntriesMax = 50_000;

/** Held for the case that the log is lost; more wait in the buffer instead, where accounts of one request merge. */
const takenBatchesMax = 256;
const takenEntriesMax = 20_000;
/** The log says when the ledger has it, and says so again: asking is for a word that was lost. */
const takenPatienceMs = 30_000;

const flush: MeterTimer = { kind: "timer-fired", name: "flush" };
const retry: MeterTimer = { kind: "timer-fired", name: "retry" };

export const meter: Actor<Meter, ToMeter> = {
  name: "meter",
  init: (self) => ({
    ledger: ledgerAddress(processOf(self)),
    outbox: outboxAddress(processOf(self)),
    buffer: startUsageBuffer(bufferEntriesMax),
    admissions: startAdmissionBook(),
    nextBatch: 1,
    batchEntriesMax: batchEntriesMost,
    inFlight: undefined,
    taken: new Map(),
    takenEntries: 0,
    failures: 0,
    settledSinceMs: undefined,
    sentAtMs: -Infinity,
    flushAtMs: undefined,
    notBeforeMs: 0,
  }),
  receive(state, { message, nowMs }) {
    switch (message.kind) {
      case "usage":
        return usage(state, message, nowMs);
      case "gpu-time":
        return gpuTime(state, message, nowMs);
      case "left-over":
        return leftOver(state, message, nowMs);
      case "taken":
        return taken(state, message, nowMs);
      case "recorded":
        return recorded(state, message, nowMs);
      case "record-failed":
        return recordFailed(state, message, nowMs);
      case "timer-fired":
        return message.name === "flush" ? flushed(state, nowMs) : retried(state, nowMs);
      default:
        return message satisfies never;
    }
  },
};

const processOf = (self: Address): string => self.slice(self.indexOf("/") + 1);

/** Usage that the ledger is not known to have; GPU time is always on its way. Zero lets a drain go on. */
export const pendingRecords = (state: Meter): number => state.takenEntries + recordsOnlyHere(state);

/** What `pendingRecords` counts, oldest first. */
export function pendingEntries({ buffer, inFlight, taken }: Meter): readonly UsageEntry[] {
  const batches = [...taken.values(), ...(inFlight === undefined ? [] : [inFlight])];
  const waiting = [...buffer.settled.values(), ...buffer.open.values()];
  return [...batches.flatMap(({ records }) => records), ...waiting.map(({ entry }) => entry)];
}

/** Entries that no log has: they are in this process and in its outbox. */
export const recordsOnlyHere = ({ buffer, inFlight }: Meter): number =>
  bufferedEntries(buffer) + (inFlight?.records.length ?? 0);

function usage(state: Meter, message: Usage, nowMs: number): Effect[] {
  const { record, isFinal, endsWithinMs, opens = false } = message;
  const { tenant, requestId } = record;
  if (opens) countOpened(state.admissions, record);
  if (isFinal) countEnded(state.admissions, record);
  if (!isStorable(record)) return [note("meter.dropped", { requestId, tenant, why: "unstorable" })];
  const entry = { record, isFinal, ...(endsWithinMs === undefined ? {} : { endsWithinMs }) };
  const dropped = addUsage(state.buffer, entry, nowMs);
  return [
    toOutbox(state.outbox, { kind: "keep", number: state.buffer.numbers.last, entry }),
    ...notesOf(dropped),
    ...sendIfDue(state, nowMs),
  ];
}

function gpuTime(state: Meter, { entry }: GpuTimeTold, nowMs: number): Effect[] {
  const { buffer, outbox } = state;
  if (!isGpuEntry(entry)) return [note("meter.dropped", { why: "unstorable-gpu-time" })];
  addGpuTime(buffer, entry);
  return [
    toOutbox(outbox, { kind: "keep", number: buffer.numbers.last, entry: { gpuTime: entry } }),
    ...sendIfDue(state, nowMs),
  ];
}

/** Words of GPU time that are in this process and in its outbox alone. */
export const gpuTimesOnlyHere = ({ buffer, inFlight }: Meter): number =>
  buffer.gpuTimes.size + (inFlight?.gpuTimes.length ?? 0);

/** It is on disk already: only numbers are given. */
function leftOver(state: Meter, { part, entries }: LeftOver, nowMs: number): Effect[] {
  const { buffer, outbox } = state;
  for (const entry of gpuTimeOfKept(entries)) addGpuTime(buffer, entry);
  const dropped = usageOfKept(entries).flatMap((entry) => {
    if (isStorable(entry.record)) return addUsage(buffer, entry, nowMs) ?? [];
    buffer.numbers.last++;
    return [];
  });
  return [
    toOutbox(outbox, { kind: "took-over", part, upTo: buffer.numbers.last }),
    ...dropped.flatMap(notesOf),
    ...sendIfDue(state, nowMs),
  ];
}

function taken(state: Meter, { batch }: Taken, nowMs: number): Effect[] {
  const { inFlight } = state;
  if (inFlight?.batch !== batch) return state.taken.has(batch) ? [] : [staleBatch(batch)];
  state.taken.set(batch, inFlight);
  state.takenEntries += inFlight.records.length;
  state.inFlight = undefined;
  wentThrough(state);
  return [armForTaken(state), ...sendIfDue(state, nowMs)];
}

function recorded(state: Meter, { batch }: Recorded, nowMs: number): Effect[] {
  const stored = takeBack(state, batch);
  if (stored === undefined) return [staleBatch(batch)];
  wentThrough(state);
  const { held: kept } = state.buffer.numbers;
  for (const { number } of [...stored.held, ...stored.heldGpuTimes]) kept.delete(number);
  return [
    ...(state.inFlight === undefined ? [armForTaken(state)] : []),
    ...trimmed(state),
    note("meter.recorded", {
      batch,
      records: stored.records.length,
      tookMs: nowMs - stored.sentAtMs,
      pending: pendingRecords(state),
    }),
    ...sendIfDue(state, nowMs),
  ];
}

function trimmed({ buffer: { numbers }, outbox }: Meter): Effect[] {
  const renewed = renewOldest(numbers, () => ++numbers.last);
  const upTo = trimUpTo(numbers);
  return [
    ...renewed.map(({ number, entry }) => toOutbox(outbox, { kind: "keep", number, entry })),
    ...(upTo === undefined ? [] : [toOutbox(outbox, { kind: "trim", upTo })]),
  ];
}

/** No longer waited for; undefined: nobody does. */
function takeBack(state: Meter, batch: number): Batch | undefined {
  const standing = state.taken.get(batch);
  if (standing !== undefined) {
    state.taken.delete(batch);
    state.takenEntries -= standing.records.length;
    return standing;
  }
  const { inFlight } = state;
  if (inFlight?.batch !== batch) return undefined;
  state.inFlight = undefined;
  return inFlight;
}

function wentThrough(state: Meter): void {
  state.failures = 0;
  state.batchEntriesMax = Math.min(batchEntriesMost, state.batchEntriesMax * 2);
}

/** For when nothing is on its way. */
function armForTaken({ taken: [oldest] }: Meter): Effect {
  return oldest === undefined
    ? disarm("retry")
    : arm("retry", oldest[1].askedAtMs + takenPatienceMs, retry);
}

function recordFailed(state: Meter, { batch, reason }: RecordFailed, nowMs: number): Effect[] {
  const refused = takeBack(state, batch);
  if (refused === undefined) return [staleBatch(batch)];
  state.failures++;
  state.batchEntriesMax = Math.max(
    1,
    Math.floor((refused.held.length + refused.heldGpuTimes.length) / 2),
  );
  state.notBeforeMs = nowMs + backoffMs(state.failures);
  for (const held of refused.heldGpuTimes) returnGpuTime(state.buffer, held);
  const dropped = refused.held.flatMap((held) => returnUsage(state.buffer, held, nowMs) ?? []);
  return [
    note("meter.record-failed", { batch, reason, failures: state.failures }),
    ...dropped.flatMap(notesOf),
    ...(state.inFlight === undefined ? [arm("retry", state.notBeforeMs, retry)] : []),
  ];
}

function flushed(state: Meter, nowMs: number): Effect[] {
  state.flushAtMs = undefined;
  return sendIfDue(state, nowMs);
}

function retried(state: Meter, nowMs: number): Effect[] {
  const { inFlight } = state;
  if (inFlight === undefined) {
    const asked = askForTaken(state, nowMs);
    const sent = canSend(state, nowMs) ? sendBatch(state, nowMs) : [];
    return [...asked, ...(sent.length > 0 ? sent : sendIfDue(state, nowMs))];
  }
  state.failures++;
  return [
    ...askAgain(state, inFlight, nowMs),
    arm("retry", nowMs + answerTimeoutMs + backoffMs(state.failures), retry),
  ];
}

function askForTaken(state: Meter, nowMs: number): Effect[] {
  const [oldest] = state.taken.values();
  if (oldest === undefined) return [];
  const isOverdue = oldest.askedAtMs + takenPatienceMs <= nowMs;
  return [...(isOverdue ? askAgain(state, oldest, nowMs) : []), armForTaken(state)];
}

function askAgain({ ledger, failures }: Meter, asked: Batch, nowMs: number): Effect[] {
  const { batch } = asked;
  asked.askedAtMs = nowMs;
  return [note("meter.unanswered", { batch, failures }), sentTo(ledger, asked)];
}

const sentTo = (ledger: Address, { batch, records, gpuTimes }: Batch): Effect =>
  toLedger(ledger, {
    kind: "record-usage",
    batch,
    records,
    ...(gpuTimes.length === 0 ? {} : { gpuTimes }),
  });

const hasSettled = ({ settled, gpuTimes }: UsageBuffer): boolean =>
  settled.size + gpuTimes.size > 0;

/** A full batch goes at once, a smaller one when the oldest of it has waited long enough. */
function sendIfDue(state: Meter, nowMs: number): Effect[] {
  if (!canSend(state, nowMs)) return [];
  const { buffer, batchEntriesMax, flushAtMs } = state;
  if (buffer.settled.size >= batchEntriesMax) return sendBatch(state, nowMs);
  if (hasSettled(buffer)) state.settledSinceMs ??= nowMs;
  const dueAtMs = batchDueAtMs(state);
  if (dueAtMs <= nowMs) return sendBatch(state, nowMs);
  // A timer that fires too early looks again: cheaper than arming it anew with each request.
  if (dueAtMs === Infinity || (flushAtMs !== undefined && flushAtMs <= dueAtMs)) return [];
  state.flushAtMs = dueAtMs;
  return [arm("flush", dueAtMs, flush)];
}

/** Infinity when nothing is to be sent. Accounts that come due one by one go together. */
function batchDueAtMs({ buffer, settledSinceMs, sentAtMs }: Meter): number {
  const settledAtMs = settledSinceMs === undefined ? Infinity : settledSinceMs + flushAfterMs;
  const openAtMs = openDueAtMs(buffer) ?? Infinity;
  return Math.max(Math.min(settledAtMs, openAtMs), sentAtMs + flushAfterMs);
}

const canSend = (
  { inFlight, notBeforeMs, taken: waiting, takenEntries }: Meter,
  nowMs: number,
): boolean =>
  inFlight === undefined &&
  nowMs >= notBeforeMs &&
  waiting.size < takenBatchesMax &&
  takenEntries < takenEntriesMax;

function sendBatch(state: Meter, nowMs: number): Effect[] {
  const held = takeUsage(state.buffer, state.batchEntriesMax, nowMs);
  const heldGpuTimes = takeGpuTimes(state.buffer, state.batchEntriesMax - held.length);
  state.settledSinceMs = hasSettled(state.buffer) ? nowMs : undefined;
  if (held.length + heldGpuTimes.length === 0) return [];
  state.sentAtMs = nowMs;
  const batch = state.nextBatch++;
  const sent: Batch = {
    batch,
    held,
    heldGpuTimes,
    records: held.map(({ entry }) => entry),
    gpuTimes: heldGpuTimes.map(({ entry }) => entry.gpuTime),
    sentAtMs: nowMs,
    askedAtMs: nowMs,
  };
  state.inFlight = sent;
  return [sentTo(state.ledger, sent), arm("retry", nowMs + answerTimeoutMs, retry)];
}

const backoffMs = (failures: number): number =>
  Math.min(backoffMostMs, backoffFirstMs * 2 ** Math.min(failures - 1, 10));

const staleBatch = (batch: number): Effect => note("meter.dropped", { batch, why: "stale-answer" });

/** Says aloud what is lost. For a settled entry: all that is needed to bill it by hand. */
function notesOf(dropped: UsageEntry | undefined): Effect[] {
  if (dropped === undefined) return [];
  const { tenant, requestId, model, promptTokens, cachedTokens, outputTokens, gpuUs } =
    dropped.record;
  return dropped.isFinal
    ? [
        note("meter.settled-usage-lost", {
          requestId,
          tenant,
          model,
          promptTokens,
          cachedTokens,
          outputTokens,
          gpuUs,
        }),
      ]
    : [note("meter.dropped", { requestId, tenant, why: "buffer-full" })];
}
