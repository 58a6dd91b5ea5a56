import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { startNatsServers } from "#deploy/local/servers/nats-servers.ts";
import { startPostgresServer } from "#deploy/local/servers/postgres-server.ts";
import type { Address } from "#shared/actor/actor.ts";
import { createLocalHost } from "#shared/actor/local-host.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { NatsLink } from "#shared/bus/nats-connection.ts";
import { connectNats } from "#shared/bus/nats-connection.ts";
import type { FleetRole } from "#shared/config/trust.ts";
import type { Ledger } from "#shared/ledger/ledger.ts";
import { finalEntry, openEntry, request, tenant } from "#shared/ledger/ledger.cases.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPostgresSql } from "#shared/ledger/sql/postgres-sql.ts";
import { sqlLedger } from "#shared/ledger/sql-ledger.ts";
import { meterAddress, outboxAddress } from "#shared/messages/addresses.ts";
import type { ToOutbox } from "#shared/messages/to-outbox.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import { usageOutbox } from "./jetstream-outbox.ts";
import { startUsageToLedger } from "./jetstream-to-ledger.ts";
import { ensureUsageStream } from "./jetstream-usage.ts";
import { meter as meterActor } from "./meter.actor.ts";
import { fileDisk } from "./outbox/file-disk.ts";
import { outbox as outboxActor } from "./outbox/outbox.actor.ts";
import type { Outbox } from "./outbox/outbox-state.ts";
import { packUsage } from "./usage-message.ts";

const folder = mkdtempSync(join(tmpdir(), "usage-"));
const nats = await startNatsServers({ folder, members: 1 });
const postgres = await startPostgresServer({ folder, isDurable: false });
const sql = await openPostgresSql({ ...postgres, user: "registry" });
await migrate(sql, migrations);
const ledger = sqlLedger(sql);
const links: NatsLink[] = [];
const notes: NoteRecord[] = [];
const onNote = (record: NoteRecord): void => void notes.push(record);

after(async () => {
  await sql.close();
  await Promise.all(links.map((link) => link.close()));
  await Promise.all([nats.stop(), postgres.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

async function linkOf(role: FleetRole, process: string): Promise<NatsLink> {
  const link = await connectNats({ servers: nats.servers, role, process, onNote });
  links.push(link);
  return link;
}

const edgeLink = await linkOf("edge", "edge-1");
const meteringLink = await linkOf("metering", "metering-1");
const manager = await jetstreamManager(edgeLink.connection);

const until = async (what: string, isTrue: () => boolean, patienceMs = 8_000): Promise<void> => {
  const untilMs = performance.now() + patienceMs;
  while (!isTrue() && performance.now() < untilMs) await pause(5);
  assert.ok(isTrue(), `${what}; notes: ${JSON.stringify(notes.slice(-5))}`);
};

const nobody = "test/edge-7" as Address;
const self = "ledger/edge-1" as Address;
const meter = "meter/edge-1" as Address;

/** An outbox, and what it answered. */
async function startOutbox(link: NatsLink = edgeLink) {
  /** About the ledger; that the stream has a batch is told apart. */
  const answers: string[] = [];
  const taken: number[] = [];
  const outbox = usageOutbox({
    link,
    host: {
      nowMs: () => performance.now(),
      send: (_from, _to, message) => {
        const { kind, batch } = message as { kind: string; batch: number };
        if (kind === "taken") taken.push(batch);
        else answers.push(`${kind} ${batch}`);
        return "accepted";
      },
    },
    onNote,
  });
  const record = (batch: number, records: readonly UsageEntry[]): void =>
    outbox.device(self, meter, { kind: "record-usage", batch, records });
  return { answers, taken, record, close: () => outbox.close() };
}

let lastTenant = 0;
/** Each test bills a tenant of its own. */
const entriesOf = (count: number): readonly UsageEntry[] => {
  const name = tenant(`t${++lastTenant}`);
  return [...Array(count)].map((_, index) =>
    finalEntry({ tenant: name, requestId: request(`r${index}`), outputTokens: 2 }),
  );
};
const billed = async ([first]: readonly UsageEntry[]) => {
  assert.ok(first);
  const { settledRequests, outputTokens } = await ledger.totals({ tenant: first.record.tenant });
  return { settledRequests, outputTokens };
};
const lossy = (record: Ledger["record"]): Pick<Ledger, "record"> => ({ record });
const noted = (event: string): number => notes.filter((note) => note.event === event).length;

test("without JetStream, or with a stream that is otherwise, nothing starts, and the error names what differs", async () => {
  await manager.streams.add({ name: "USAGE", subjects: ["orders.>"] });
  const start = () => startUsageToLedger({ link: meteringLink, ledger, onNote });
  await assert.rejects(start(), /subjects: wanted \["usage.>"\], found \["orders.>"\]/);
  await manager.streams.delete("USAGE");
  await manager.streams.add({ name: "OTHER", subjects: ["usage.>"] });
  await assert.rejects(start(), /cannot be had \(10065\): subjects overlap/);
  await manager.streams.delete("OTHER");
  const made = await ensureUsageStream(meteringLink, { maxBytes: 1024 * 1024 });
  const { config } = await manager.streams.info("USAGE");
  assert.equal(config.max_bytes, 1024 * 1024);
  assert.deepEqual(await ensureUsageStream(meteringLink, { maxBytes: 2 * 1024 * 1024 }), made);
  await manager.streams.delete("USAGE");
});

test("what was handed over is answered when the ledger has it, once, however often it was asked and published", async () => {
  const { answers, record, close } = await startOutbox();
  const entries = entriesOf(600);
  record(1, entries);
  record(1, entries);
  await pause(300);
  assert.deepEqual(answers, []);
  const usage = await startUsageToLedger({ link: meteringLink, ledger, onNote });
  await until("answered", () => answers.length > 0);
  assert.deepEqual(await billed(entries), { settledRequests: 600, outputTokens: 1200 });
  record(2, [openEntry({ tenant: tenant("t-open") })]);
  await until("answered again", () => answers.length > 1);
  assert.deepEqual(answers, ["recorded 1", "recorded 2"]);
  assert.equal((await manager.streams.info("USAGE")).state.messages, 0);
  assert.equal(usage.pending(), 0);
  await usage.close();
  close();
});

test("a metering process that dies between storing and acknowledging is one of two, and nothing is billed twice", async () => {
  const { answers, record, close } = await startOutbox();
  const dying = await linkOf("metering", "metering-2");
  const entries = entriesOf(100);
  let stores = 0;
  await startUsageToLedger({
    link: dying,
    ledger: lossy(async (batch) => {
      stores++;
      await ledger.record(batch);
      await dying.connection.close();
    }),
    onNote,
  });
  record(1, entries);
  await until("stored by the first", () => stores === 1);
  const second = await startUsageToLedger({ link: meteringLink, ledger, onNote });
  await until("answered by the second", () => answers.length > 0, 14_000);
  assert.deepEqual(await billed(entries), { settledRequests: 100, outputTokens: 200 });
  await second.close();
  close();
});

test("malformed usage is told, put away, and holds nothing up", async () => {
  const { answers, record, close } = await startOutbox();
  const usage = await startUsageToLedger({ link: meteringLink, ledger, onNote });
  const client = jetstream(edgeLink.connection);
  const before = noted("usage.discarded");
  const entries = entriesOf(10);
  const [unstorable] = packUsage([
    openEntry({ tenant: tenant("odd"), requestId: request("\ud800") }),
  ]);
  assert.ok(unstorable);
  await client.publish("usage.edge-9", "not usage");
  await client.publish("usage.edge-9", JSON.stringify({ version: 1, entries: [{ record: {} }] }));
  await client.publish("usage.edge-9", unstorable);
  record(1, entries);
  await until("answered", () => answers.length > 0);
  await until("told", () => noted("usage.discarded") - before >= 3);
  assert.deepEqual(await billed(entries), { settledRequests: 10, outputTokens: 20 });
  await usage.close();
  close();
});

test("while Postgres is away usage waits in the stream, and nobody is told that it is stored", async () => {
  const { answers, taken, record, close } = await startOutbox();
  const usage = await startUsageToLedger({ link: meteringLink, ledger, onNote });
  await postgres.member.stop();
  const entries = entriesOf(50);
  record(1, entries);
  await pause(2_500);
  assert.deepEqual(answers, []);
  assert.deepEqual(taken, [1], "the stream has it, once");
  await postgres.member.restart();
  await until("answered", () => answers.length > 0);
  assert.deepEqual(answers, ["recorded 1"]);
  assert.deepEqual(await billed(entries), { settledRequests: 50, outputTokens: 100 });
  await usage.close();
  close();
});

test("a NATS restart on the way delays usage and changes no bill", async () => {
  const { answers, record, close } = await startOutbox();
  const usage = await startUsageToLedger({ link: meteringLink, ledger, onNote });
  const batches = [...Array(10)].map(() => entriesOf(20));
  const [member] = nats.members;
  assert.ok(member);
  for (const [index, entries] of batches.entries()) {
    record(index + 1, entries);
    if (index === 4) void member.restart();
    await pause(30);
  }
  await until("answered", () => answers.length >= batches.length, 15_000);
  assert.ok(
    answers.every((answer) => answer.startsWith("recorded")),
    String(answers),
  );
  for (const entries of batches) {
    assert.deepEqual(await billed(entries), { settledRequests: 20, outputTokens: 40 });
  }
  await usage.close();
  close();
});

test("a stream that is lost is made again, and fed with what was unanswered", async () => {
  const { answers, record, close } = await startOutbox();
  let isStuck = true;
  const usage = await startUsageToLedger({
    link: meteringLink,
    ledger: lossy((batch) =>
      isStuck ? Promise.reject(new Error("not now")) : ledger.record(batch),
    ),
    onNote,
  });
  await pause(300);
  const entries = entriesOf(30);
  record(1, entries);
  await pause(200);
  await manager.streams.delete("USAGE");
  isStuck = false;
  await until("answered", () => answers.length > 0);
  assert.deepEqual(answers, ["recorded 1"]);
  assert.deepEqual(await billed(entries), { settledRequests: 30, outputTokens: 60 });
  assert.ok(noted("outbox.stream-replaced") > 0);
  await usage.close();
  close();
});

test("what a process had on disk when it died is billed once, though the stream's store was wiped before it came back", async (context) => {
  const outboxFolder = mkdtempSync(join(tmpdir(), "outbox-"));
  context.after(() => rmSync(outboxFolder, { recursive: true, force: true }));
  const entries = entriesOf(700);
  const first = await startLife(outboxFolder);
  const stored = await first.streamHas(async () => {
    entries.forEach(first.use);
    await until("on disk", () => first.isKept(700));
  });
  assert.ok(stored > 0, "the stream had some of it");
  await first.kill();
  const [server] = nats.members;
  assert.ok(server);
  server.signal("SIGKILL");
  await server.stop();
  rmSync(join(folder, server.name, "data"), { recursive: true, force: true });
  await server.restart();
  const second = await startLife(outboxFolder);
  const usage = await startUsageToLedger({ link: meteringLink, ledger, onNote });
  await until("given up on disk", () => second.isAtRest(), 15_000);
  assert.deepEqual(await billed(entries), { settledRequests: 700, outputTokens: 1400 });
  assert.equal((await manager.streams.info("USAGE")).state.messages, 0);
  await usage.close();
  await second.kill();
});

/** A process with a meter, its outbox on disk and its way to the stream; it ends as SIGKILL ends it: with what is synced. */
async function startLife(at: string) {
  const link = await linkOf("edge", "edge-7");
  const host = createLocalHost({ process: "edge-7", ownedKinds: new Set(), onNote });
  host.register(meterActor);
  host.register(outboxActor);
  const disk = fileDisk({ folder: at, host });
  host.attach("disk", disk.device);
  const stream = usageOutbox({ link, host, onNote });
  host.attach("ledger", stream.device);
  host.send(nobody, outboxAddress("edge-7"), { kind: "begin" } satisfies ToOutbox);
  const held = (): Outbox | undefined =>
    [...host.statesOf("outbox").values()][0] as Outbox | undefined;
  const files = (): number => readdirSync(at).filter((name) => name.endsWith(".outbox")).length;
  return {
    use: ({ record }: UsageEntry): void =>
      void host.send(nobody, meterAddress("edge-7"), { kind: "usage", record, isFinal: true }),
    isKept: (count: number): boolean => {
      const { lastNumber = 0, waiting = [], commit } = held() ?? {};
      return lastNumber === count && waiting.length === 0 && commit === undefined;
    },
    isAtRest: (): boolean => {
      const { phase, leftOver } = held() ?? {};
      return phase === "open" && leftOver?.entries.length === 0 && files() === 0;
    },
    streamHas: async (work: () => Promise<void>): Promise<number> => {
      await work();
      for (let turn = 0; turn < 100; turn++) {
        const { messages } = (await manager.streams.info("USAGE")).state;
        if (messages > 0) return messages;
        await pause(50);
      }
      return 0;
    },
    kill: async (): Promise<void> => {
      host.stop();
      stream.close();
      await disk.close();
    },
  };
}

test("a full stream refuses: the meter is told, and keeps it", async () => {
  const { answers, record, close } = await startOutbox();
  await ensureUsageStream(meteringLink, { maxBytes: 2_000 });
  record(1, entriesOf(100));
  await until("told", () => answers.length > 0, 14_000);
  assert.deepEqual(answers, ["record-failed 1"]);
  close();
});
