import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { startNatsServers } from "#deploy/local/servers/nats-servers.ts";
import { usageStream } from "#shared/bus/nats-permissions.ts";
import { connectNats } from "#shared/bus/nats-connection.ts";
import { finalEntry, request } from "#shared/ledger/ledger.cases.ts";
import type { AdmissionRow } from "#shared/model/reconciliation.ts";
import { countEnded, countOpened, startAdmissionBook } from "./admission-book.ts";
import { tellAdmissionsByStream } from "./jetstream-admissions.ts";
import { startUsageToLedger } from "./jetstream-to-ledger.ts";
import { streamStanding } from "./reconcile/jetstream-standing.ts";

// Counts travel as usage does: over the stream, stored before they are acknowledged, and again when the stream is lost.

const folder = mkdtempSync(join(tmpdir(), "admissions-"));
const nats = await startNatsServers({ folder, members: 1 });
const onNote = (): void => undefined;
const linkOf = (role: "edge" | "metering", process: string) =>
  connectNats({ servers: nats.servers, role, process, onNote });
const edgeLink = await linkOf("edge", "edge-1");
const meteringLink = await linkOf("metering", "metering-1");
const stored: AdmissionRow[] = [];
const metering = await startUsageToLedger({
  link: meteringLink,
  ledger: {
    record: async () => undefined,
    recordAdmissions: async (rows) => void stored.push(...rows),
  },
  onNote,
});
const book = startAdmissionBook();
const telling = tellAdmissionsByStream({ link: edgeLink, book: () => book, onNote });

after(async () => {
  await telling.close();
  await metering.close();
  await Promise.all([edgeLink.close(), meteringLink.close()]);
  await nats.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + 10_000;
  while (!(await isTrue()) && performance.now() < untilMs) await pause(20);
  assert.ok(await isTrue(), what);
}

const recordOf = (name: string) => finalEntry({ requestId: request(name) }).record;

test("what was counted is stored once told, and told again only when it has changed", async () => {
  countOpened(book, recordOf("r1"));
  countOpened(book, recordOf("r2"));
  await telling.tellNow();
  await until("stored", () => stored.length === 1);
  await telling.tellNow();
  countEnded(book, recordOf("r1"));
  await telling.tellNow();
  await until("stored again", () => stored.length === 2);
  assert.deepEqual(
    stored.map(({ process, opened, served }) => [process, opened, served]),
    [
      ["edge-1", 2, 0],
      ["edge-1", 2, 1],
    ],
  );
  assert.equal(stored[0]?.life, stored[1]?.life);
});

test("the stream's standing says that all of it is stored", async () => {
  await until("acknowledged", async () => {
    const { pending, unacknowledged, ackFloor, lastSequence } = await streamStanding(meteringLink);
    return pending + unacknowledged === 0 && ackFloor === lastSequence;
  });
});

test("when the stream is lost, everything is told again", async () => {
  const manager = await jetstreamManager(edgeLink.connection);
  await manager.streams.delete(usageStream);
  await until("told to the new stream", async () => {
    await telling.tellNow();
    return stored.length > 2;
  });
  assert.deepEqual({ ...stored.at(-1), life: "" }, { ...stored[1], life: "" });
});
