// One emitter: the production meter, outbox and stream device of an edge, handed usage at a steady rate. What it hands in it
// has written to a log of its own before, which outlives it; what the outbox has made durable it writes there after.

import { openSync, writeSync } from "node:fs";
import type { Address } from "#shared/actor/actor.ts";
import { createLocalHost } from "#shared/actor/local-host.ts";
import { connectNats } from "#shared/bus/nats-connection.ts";
import { meterAddress, outboxAddress } from "#shared/messages/addresses.ts";
import type { ToMeter } from "#shared/messages/to-meter.ts";
import type { ToOutbox } from "#shared/messages/to-outbox.ts";
import { usageOutbox } from "#services/metering/jetstream-outbox.ts";
import { isKeptUsage } from "#shared/model/kept-entry.ts";
import { meter, pendingRecords } from "#services/metering/meter.actor.ts";
import type { Meter } from "#services/metering/meter.actor.ts";
import { fileDisk } from "#services/metering/outbox/file-disk.ts";
import { forgetfulDisk } from "#services/metering/outbox/forgetful-disk.ts";
import { openOutboxFolder } from "#services/metering/outbox/open-folder.ts";
import { outbox } from "#services/metering/outbox/outbox.actor.ts";
import type { Outbox } from "#services/metering/outbox/outbox-state.ts";
import type { EmitterSettings, FromEmitter } from "./emitter.ts";
import type { Use } from "./metered-use.ts";
import { openEvery, recordOf, requestOf, tenantOf, witnessedEvery } from "./metered-use.ts";

const settings = JSON.parse(process.argv[2] ?? "{}") as EmitterSettings;
const { emitter, emitters, life, perSecond, sampleEvery } = settings;
const name = `edge-${emitter}`;
const tickMs = 10;
/** A request is open for so many numbers before its end is told. */
const openFor = Math.floor(perSecond / 4);

const log = openSync(settings.logFile, "a");
const write = (line: string): void => void writeSync(log, `${line}\n`);
const tell = (said: FromEmitter): void => void process.send?.(said);

const notes: Record<string, number> = {};
const host = createLocalHost({
  onNote: ({ event }) => {
    notes[event] = (notes[event] ?? 0) + 1;
    if (event === "outbox.synced") noteKept();
  },
});
host.register(meter);
host.register(outbox);
if (settings.hasOutbox) {
  openOutboxFolder(settings.folder);
  host.attach("disk", fileDisk({ folder: settings.folder, host }).device);
} else host.attach("disk", forgetfulDisk(host));
const link = await connectNats({
  servers: settings.natsServers,
  role: "edge",
  process: name,
  onNote: ({ event }) => {
    notes[event] = (notes[event] ?? 0) + 1;
  },
});
const stream = usageOutbox({
  link,
  host,
  onNote: ({ event }) => {
    notes[event] = (notes[event] ?? 0) + 1;
  },
});
host.attach("ledger", stream.device);

const nobody = `bench/${name}` as Address;
const to = meterAddress(name);
const begin: ToOutbox = { kind: "begin" };
host.send(nobody, outboxAddress(name), begin);

const stateOf = <State>(kind: string): State => [...host.statesOf(kind).values()][0] as State;

function hand(use: Use, isFinal: boolean): void {
  const message: ToMeter = { kind: "usage", record: recordOf(use, isFinal), isFinal };
  if (host.send(nobody, to, message) === "refused") notes["refused"] = (notes["refused"] ?? 0) + 1;
}

let handedIn = 0;
let keptUpTo = 0;

/** Of this life's own, every final account below that number is durable here. */
function noteKept(): void {
  const { waiting, commit } = stateOf<Outbox>("outbox");
  let upTo = handedIn;
  for (const { entry } of [...(commit?.kept ?? []), ...waiting]) {
    if (!isKeptUsage(entry)) continue;
    const [by, of, index] = entry.record.requestId.split("-").map(Number);
    if (entry.isFinal && by === emitter && of === life) upTo = Math.min(upTo, index ?? 0);
  }
  if (upTo <= keptUpTo) return;
  keptUpTo = upTo;
  write(`k ${life} ${upTo}`);
}

const beganAtMs = performance.now();
let refusedMs = 0;
const ticking = setInterval(() => {
  const isClosed = stateOf<Outbox | undefined>("outbox")?.closedFor !== undefined;
  if (isClosed) refusedMs += tickMs;
  const due = Math.floor(((performance.now() - beganAtMs) * perSecond) / 1000);
  if (isClosed || due <= handedIn) return;
  const [from, upTo] = [handedIn, due];
  const atMs = Date.now();
  write(`h ${life} ${from} ${upTo} ${atMs}`);
  for (let index = from; index < upTo; index++) handOne(index, atMs);
  handedIn = upTo;
}, tickMs);

function handOne(index: number, atMs: number): void {
  const use = { emitter, life, index };
  if (index % openEvery === 0) hand({ ...use, index: index + openFor }, false);
  hand(use, true);
  if (index % witnessedEvery === 0)
    hand({ ...use, emitter: (emitter + 1) % emitters, life: 1 }, true);
  if (index % sampleEvery === 0) {
    tell({ kind: "sample", requestId: requestOf(use), tenant: tenantOf(use), atMs });
  }
}

process.on("message", (asked: "end" | "how") => {
  if (asked === "end") clearInterval(ticking);
  const meterState = stateOf<Meter | undefined>("meter");
  const pending = meterState === undefined ? 0 : pendingRecords(meterState);
  tell({ kind: "standing", pending, handedIn, refusedMs, notes });
});
process.on("disconnect", () => process.exit(0));
tell({ kind: "ready" });
