// The metering role: takes usage from the stream in bounded bites, stores each bite in one statement, and only then
// acknowledges it. How far the ledger has it is read from the consumer, never from memory: several processes may share it.

import type { ConsumerMessages, JetStreamManager, JsMsg } from "@nats-io/jetstream";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { setTimeout as pause } from "node:timers/promises";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { NatsLink } from "#shared/bus/nats-connection.ts";
import { usageConsumer, usageStoredSubject, usageStream } from "#shared/bus/nats-permissions.ts";
import type { UsageStream } from "./jetstream-usage.ts";
import { ensureUsageStream, isAbsent, unacknowledgedMax } from "./jetstream-usage.ts";
import { packStored } from "./usage-message.ts";
import type { UsageStore } from "./write-bite.ts";
import { writeBite } from "./write-bite.ts";

export interface UsageToLedgerPorts {
  readonly link: NatsLink;
  readonly ledger: UsageStore;
  readonly onNote: (record: NoteRecord) => void;
}

export interface UsageToLedger {
  /** Messages that this process holds and the ledger may not have. */
  pending(): number;
  /** Whether the ledger is near the stream's end, so that its silence about a request means something. Rejects if the servers do not say. */
  isCaughtUp(): Promise<boolean>;
  close(): Promise<void>;
}

/** Some 5,000 records to a statement: a quarter of a second of Postgres. */
const biteMessagesMax = 20;
const announceEveryMs = 1_000;
const apiTimeoutMs = 2_000;
const backoffFirstMs = 250;
const backoffMostMs = 5_000;
const closeTimeoutMs = 5_000;

interface Reader extends UsageToLedgerPorts {
  readonly manager: JetStreamManager;
  /** Taken from the stream, oldest first; bounded by what the stream hands out unacknowledged. */
  held: JsMsg[];
  writing: Promise<void> | undefined;
  notBeforeMs: number;
  failures: number;
  messages: ConsumerMessages | undefined;
  stream: UsageStream;
  announcing: Promise<void> | undefined;
  isAnnouncementDue: boolean;
  isStreamLost: boolean;
  isClosed: boolean;
}

/** Rejects with what to do when the stream cannot be had. */
export async function startUsageToLedger(ports: UsageToLedgerPorts): Promise<UsageToLedger> {
  const stream = await ensureUsageStream(ports.link);
  const reader: Reader = {
    ...ports,
    manager: await jetstreamManager(ports.link.connection, {
      timeout: apiTimeoutMs,
      checkAPI: false,
    }),
    held: [],
    writing: undefined,
    notBeforeMs: 0,
    failures: 0,
    messages: undefined,
    stream,
    announcing: undefined,
    isAnnouncementDue: false,
    isStreamLost: false,
    isClosed: false,
  };
  await consume(reader);
  const ticking = setInterval(() => tick(reader), announceEveryMs).unref();
  announce(reader);
  return {
    pending: () => reader.held.length + (reader.writing === undefined ? 0 : 1),
    isCaughtUp: () => isCaughtUp(reader),
    close: () => {
      clearInterval(ticking);
      return close(reader);
    },
  };
}

async function consume(reader: Reader): Promise<void> {
  await reader.messages?.close().catch(() => undefined);
  const { connection } = reader.link;
  const consumer = await jetstream(connection, { timeout: apiTimeoutMs }).consumers.get(
    usageStream,
    usageConsumer,
  );
  reader.messages = await consumer.consume({
    max_messages: unacknowledgedMax / 2,
    expires: 5_000,
    callback: (message) => {
      reader.held.push(message);
      write(reader);
    },
  });
}

function tick(reader: Reader): void {
  if (!reader.link.connection.isClosed()) announce(reader);
  write(reader);
}

/** At most one bite at a time; the next begins with all that has gathered meanwhile. */
function write(reader: Reader): void {
  if (reader.writing !== undefined || reader.held.length === 0 || reader.isClosed) return;
  if (performance.now() < reader.notBeforeMs) return;
  const bite = reader.held.slice(0, biteMessagesMax);
  reader.held = reader.held.slice(biteMessagesMax);
  reader.writing = writeAway(reader, bite).finally(() => {
    reader.writing = undefined;
    write(reader);
  });
}

async function writeAway(reader: Reader, bite: readonly JsMsg[]): Promise<void> {
  const tell = (event: string, fields: NoteRecord["fields"]): void => note(reader, event, fields);
  const outcome = await writeBite(bite, reader.ledger, tell);
  if (outcome.kind === "stored") stored(reader);
  else failed(reader, bite, outcome.reason);
}

function stored(reader: Reader): void {
  if (reader.failures > 0) note(reader, "usage.storing-again", { failures: reader.failures });
  reader.failures = 0;
  announce(reader);
}

/** Given back, with all else that is held, for whoever can store it: the stream keeps it, not this process. */
function failed(reader: Reader, bite: readonly JsMsg[], reason: string): void {
  reader.failures++;
  const backoffMs = Math.min(
    backoffMostMs,
    backoffFirstMs * 2 ** Math.min(reader.failures - 1, 10),
  );
  reader.notBeforeMs = performance.now() + backoffMs;
  if (reader.failures === 1) note(reader, "usage.ledger-failed", { reason });
  for (const message of [...bite, ...reader.held]) message.nak(backoffMs);
  reader.held = [];
}

function announce(reader: Reader): void {
  reader.isAnnouncementDue = true;
  reader.announcing ??= announceWhileDue(reader).finally(() => {
    reader.announcing = undefined;
  });
}

async function announceWhileDue(reader: Reader): Promise<void> {
  while (reader.isAnnouncementDue && !reader.isClosed) {
    reader.isAnnouncementDue = false;
    try {
      if (reader.isStreamLost) await standAgain(reader);
      await announceStored(reader);
    } catch (error) {
      if (isAbsent(error) && !reader.isStreamLost) {
        reader.isStreamLost = true;
        note(reader, "usage.stream-lost", { reason: reasonOf(error) });
        reader.isAnnouncementDue = true;
      }
      // Anything else passes: the next tick asks again.
    }
  }
}

async function announceStored(reader: Reader): Promise<void> {
  const { created, ack_floor } = await reader.manager.consumers.info(usageStream, usageConsumer);
  if (created !== reader.stream.consumerCreated) {
    // Another metering process made both anew.
    reader.isStreamLost = true;
    reader.isAnnouncementDue = true;
    return;
  }
  reader.link.connection.publish(
    usageStoredSubject,
    packStored({ created: reader.stream.streamCreated, sequence: ack_floor.stream_seq }),
  );
}

/** On a busy fleet something is always on its way: seconds of it. */
async function isCaughtUp({ manager, isStreamLost }: Reader): Promise<boolean> {
  const { num_pending } = await manager.consumers.info(usageStream, usageConsumer);
  return !isStreamLost && num_pending <= unacknowledgedMax;
}

/** The stream or the consumer is gone: made again, and empty; the outboxes bring what is unanswered. */
async function standAgain(reader: Reader): Promise<void> {
  reader.stream = await ensureUsageStream(reader.link);
  reader.held = [];
  await consume(reader);
  reader.isStreamLost = false;
  note(reader, "usage.stream-stands-again", { created: reader.stream.streamCreated });
}

async function close(reader: Reader): Promise<void> {
  if (reader.isClosed) return;
  reader.isClosed = true;
  const atOnce = reader.held;
  reader.held = [];
  if (!reader.link.connection.isClosed()) for (const message of atOnce) message.nak();
  await Promise.race([
    Promise.allSettled([reader.writing, reader.announcing, reader.messages?.close()]),
    pause(closeTimeoutMs, undefined, { ref: false }),
  ]);
}

function note({ onNote, link }: Reader, event: string, fields: NoteRecord["fields"]): void {
  const actor = `usage/${link.process}` as Address;
  onNote({ kind: "note", event, fields, actor, nowMs: performance.now() });
}

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 200);
