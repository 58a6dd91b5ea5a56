// The device between a process's meter and the ledger, over JetStream: publishes each batch until the stream has it,
// says `taken` then, and answers `recorded` only when the ledger's side says that it has stored that far. A stream that was lost or
// set back is fed again with all that is unanswered.

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { JetStreamClient } from "@nats-io/jetstream";
import { jetstream } from "@nats-io/jetstream";
import type { Address } from "#shared/actor/actor.ts";
import type { Device, Host, NoteRecord } from "#shared/actor/host.ts";
import type { NatsLink } from "#shared/bus/nats-connection.ts";
import { usageStoredSubject, usageStream, usageSubjects } from "#shared/bus/nats-permissions.ts";
import type { RecordUsage, ToLedger } from "#shared/messages/to-ledger.ts";
import { meterBeside } from "#shared/ledger/ledger-device.ts";
import { atEpoch } from "#shared/model/gpu-word.ts";
import { toMeter } from "#shared/messages/to-meter.ts";
import type { ToMeter } from "#shared/messages/to-meter.ts";
import type { UsageStored } from "./usage-message.ts";
import { packGpuTimes, packUsage, unpackStored } from "./usage-message.ts";

export interface UsageOutboxPorts {
  readonly link: NatsLink;
  readonly host: Pick<Host, "send" | "nowMs">;
  readonly onNote: (record: NoteRecord) => void;
}

export interface UsageOutbox {
  /** Attach as kind `ledger`. */
  readonly device: Device;
  close(): void;
}

/** A meter waits for half as many; more are left over from one that was restarted. */
const batchesMax = 512;
const publishTimeoutMs = 2_000;
const backoffFirstMs = 100;
const backoffMostMs = 2_000;
/** A batch that the stream has not taken by then goes back to the meter, which has a patience of its own. */
const publishPatienceMs = 5_000;
const reasonLengthMax = 200;

interface Part {
  readonly bytes: Uint8Array;
  readonly number: number;
  /** Where the stream has it; undefined: not known to be there. */
  sequence: number | undefined;
  /** The stream that was standing before it was published. */
  created: string | undefined;
}

interface Batch {
  readonly self: Address;
  readonly meter: Address;
  readonly batch: number;
  /** As given: a repeat is the same list, another life of the meter has another. */
  readonly records: RecordUsage["records"];
  readonly parts: readonly Part[];
  isPublishing: boolean;
  /** The stream had all of it once. */
  isTaken: boolean;
  isOver: boolean;
}

interface Outbox extends UsageOutboxPorts {
  readonly client: JetStreamClient;
  readonly subject: string;
  /** Of this process's life: message ids of an earlier one are never met again. */
  readonly life: string;
  readonly closing: AbortController;
  readonly batches: Map<number, Batch>;
  nextPart: number;
  stored: UsageStored | undefined;
  /** Grows when the stream is not the one it was: what was published before counts for nothing. */
  generation: number;
  failures: number;
}

export function usageOutbox(ports: UsageOutboxPorts): UsageOutbox {
  const { connection, process } = ports.link;
  const outbox: Outbox = {
    ...ports,
    client: jetstream(connection, { timeout: publishTimeoutMs }),
    subject: `${usageSubjects}.${process.replaceAll(/[^\w-]/g, "_")}`,
    life: randomUUID(),
    closing: new AbortController(),
    batches: new Map(),
    nextPart: 1,
    stored: undefined,
    generation: 0,
    failures: 0,
  };
  const subscription = connection.subscribe(usageStoredSubject, {
    callback: (error, message) => {
      const stored = error === null ? unpackStored(message.data) : undefined;
      if (stored !== undefined) hearStored(outbox, stored);
    },
  });
  return {
    device: (self, meter, message) => {
      const asked = message as ToLedger;
      if (asked.kind === "record-gpu-time") {
        const entry = atEpoch(asked.word, outbox.host.nowMs(), Date.now());
        answer(outbox, { self, meter: meterBeside(self) }, { kind: "gpu-time", entry });
      }
      if (asked.kind === "record-usage") take(outbox, asked, { self, meter });
    },
    close: () => {
      outbox.closing.abort();
      for (const batch of outbox.batches.values()) batch.isOver = true;
      outbox.batches.clear();
      if (!connection.isClosed()) subscription.unsubscribe();
    },
  };
}

interface Ends {
  readonly self: Address;
  readonly meter: Address;
}

function take(outbox: Outbox, asked: RecordUsage, { self, meter }: Ends): void {
  const { batch, records, gpuTimes = [] } = asked;
  if (outbox.closing.signal.aborted) return;
  const standing = outbox.batches.get(batch);
  if (standing?.records === records) {
    if (standing.isTaken) answer(outbox, standing, { kind: "taken", batch });
    return;
  }
  if (standing !== undefined) forget(outbox, standing);
  let packed: readonly Uint8Array[];
  try {
    if (outbox.batches.size >= batchesMax) throw new Error("too many batches are on their way");
    packed = [...(records.length === 0 ? [] : packUsage(records)), ...packGpuTimes(gpuTimes)];
  } catch (error) {
    answer(outbox, { self, meter }, { kind: "record-failed", batch, reason: reasonOf(error) });
    return;
  }
  const taken: Batch = {
    self,
    meter,
    batch,
    records,
    parts: packed.map((bytes) => ({
      bytes,
      number: outbox.nextPart++,
      sequence: undefined,
      created: undefined,
    })),
    isPublishing: false,
    isTaken: false,
    isOver: false,
  };
  outbox.batches.set(batch, taken);
  void publishBatch(outbox, taken);
}

/** Until the stream has every part. One at a time per batch; never rejects. */
async function publishBatch(outbox: Outbox, batch: Batch): Promise<void> {
  if (batch.isPublishing) return;
  batch.isPublishing = true;
  const untilMs = outbox.host.nowMs() + publishPatienceMs;
  for (let failures = 0; !batch.isOver;) {
    const missing = batch.parts.filter((part) => isMissing(outbox, part));
    if (missing.length === 0) {
      sayTaken(outbox, batch);
      break;
    }
    const outcomes = await Promise.allSettled(missing.map((part) => publishPart(outbox, part)));
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed === undefined || batch.isOver) continue;
    failures++;
    noteFailure(outbox, reasonOf(failed.reason));
    if (outbox.host.nowMs() >= untilMs) {
      forget(outbox, batch);
      const reason = `not taken by the stream: ${reasonOf(failed.reason)}`.slice(
        0,
        reasonLengthMax,
      );
      answer(outbox, batch, { kind: "record-failed", batch: batch.batch, reason });
      break;
    }
    await pauseUnlessClosing(outbox, backoffMs(failures));
  }
  batch.isPublishing = false;
  settle(outbox, batch);
}

function sayTaken(outbox: Outbox, batch: Batch): void {
  if (batch.isTaken) return;
  batch.isTaken = true;
  answer(outbox, batch, { kind: "taken", batch: batch.batch });
}

/** Published to a stream that is no more, or while none was known: the same id is not stored twice in one stream. */
const isMissing = ({ stored }: Outbox, { sequence, created }: Part): boolean =>
  sequence === undefined || (stored !== undefined && created !== stored.created);

async function publishPart(outbox: Outbox, part: Part): Promise<void> {
  const before = outbox.stored;
  const ack = await outbox.client.publish(outbox.subject, part.bytes, {
    msgID: `${outbox.life}.${part.number}.${outbox.generation}`,
    timeout: publishTimeoutMs,
  });
  if (ack.stream !== usageStream) {
    throw new Error(`the subject ${outbox.subject} belongs to stream ${ack.stream}`);
  }
  if (outbox.failures > 0) noteRecovery(outbox);
  part.sequence = ack.seq;
  part.created = before?.created;
  const isSetBack =
    !ack.duplicate &&
    before !== undefined &&
    before.created === outbox.stored?.created &&
    ack.seq <= before.sequence;
  if (!isSetBack) return;
  // What is new cannot come before what is stored already: the stream has forgotten.
  note(outbox, "outbox.stream-set-back", { sequence: ack.seq, stored: before.sequence });
  startAnew(outbox, { created: before.created, sequence: 0 });
}

function hearStored(outbox: Outbox, heard: UsageStored): void {
  const { stored } = outbox;
  if (stored === undefined) {
    outbox.stored = heard;
  } else if (stored.created === heard.created) {
    if (heard.sequence > stored.sequence) outbox.stored = heard;
  } else {
    note(outbox, "outbox.stream-replaced", { created: heard.created, before: stored.created });
    startAnew(outbox, heard);
  }
  for (const batch of outbox.batches.values()) {
    if (batch.parts.some((part) => isMissing(outbox, part))) void publishBatch(outbox, batch);
    else settle(outbox, batch);
  }
}

/** Everything unanswered is published again, in a new scope of message ids. */
function startAnew(outbox: Outbox, stored: UsageStored): void {
  outbox.stored = stored;
  outbox.generation++;
  for (const batch of outbox.batches.values()) {
    for (const part of batch.parts) part.sequence = undefined;
  }
  for (const batch of outbox.batches.values()) void publishBatch(outbox, batch);
}

function settle(outbox: Outbox, batch: Batch): void {
  const { stored } = outbox;
  if (batch.isOver || stored === undefined) return;
  const isStored = ({ sequence, created }: Part): boolean =>
    sequence !== undefined && created === stored.created && sequence <= stored.sequence;
  if (!batch.parts.every(isStored)) return;
  forget(outbox, batch);
  answer(outbox, batch, { kind: "recorded", batch: batch.batch });
}

function forget(outbox: Outbox, batch: Batch): void {
  batch.isOver = true;
  if (outbox.batches.get(batch.batch) === batch) outbox.batches.delete(batch.batch);
}

function answer({ host }: Outbox, { self, meter }: Ends, message: ToMeter): void {
  const { to, message: content } = toMeter(meter, message);
  host.send(self, to, content);
}

/** Jittered: many processes lose the stream at one moment. */
const backoffMs = (failures: number): number =>
  Math.min(backoffMostMs, backoffFirstMs * 2 ** Math.min(failures - 1, 10)) *
  (0.5 + Math.random() / 2);

async function pauseUnlessClosing({ closing }: Outbox, ms: number): Promise<void> {
  await pause(ms, undefined, { signal: closing.signal }).catch(() => undefined);
}

/** Once per outage: what follows is more of the same. */
function noteFailure(outbox: Outbox, reason: string): void {
  outbox.failures++;
  if (outbox.failures === 1) note(outbox, "outbox.publish-failed", { reason });
}

function noteRecovery(outbox: Outbox): void {
  note(outbox, "outbox.publishing-again", { failures: outbox.failures });
  outbox.failures = 0;
}

function note(
  { onNote, host, link }: Outbox,
  event: string,
  fields: NoteRecord["fields"] = {},
): void {
  const actor = `ledger/${link.process}` as Address;
  onNote({ kind: "note", event, fields, actor, nowMs: host.nowMs() });
}

const reasonOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return (
    /jetstream is not enabled/i.test(text)
      ? "nobody takes usage: is there a stream USAGE with a leader? a metering process makes it"
      : text
  ).slice(0, reasonLengthMax);
};
