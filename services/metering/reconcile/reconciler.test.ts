import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { admissionShelf } from "#shared/ledger/reconcile/admission-shelf.ts";
import { discardShelf } from "#shared/ledger/reconcile/discard-shelf.ts";
import { finalEntry, openEntry, request } from "#shared/ledger/ledger.cases.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import { sqlLedger } from "#shared/ledger/sql-ledger.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { AdmissionRow, Reconciliation } from "#shared/model/reconciliation.ts";
import { startHouse, until } from "#services/metering/outbox/house.cases.ts";
import { packUsage } from "#services/metering/usage-message.ts";
import { openUsageSpool } from "#services/metering/usage-spool.ts";
import { writeBite } from "#services/metering/write-bite.ts";
import type { ReconcilerPorts } from "./reconciler.ts";
import { reconciler } from "./reconciler.ts";
import { spoolFeeding } from "./spool-feeding.ts";

// The whole proof over a real database: what is planted in the books is found by name, repaired, and stays repaired.

const sql = await openPgliteSql();
await migrate(sql, migrations);
const folder = mkdtempSync(join(tmpdir(), "spool-"));
after(async () => {
  await sql.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  // Its roll-ups follow rows that go, and refuse that all go at once.
  await sql.query("delete from usage");
  await sql.query("truncate admissions, usage_conflicts, usage_discards");
});

const minute = 1_700_000_040_000;
const range = { fromEpochMs: minute, toEpochMs: minute + 3_600_000 };
const ledger = sqlLedger(sql);
const shelf = admissionShelf(sql);
const discards = discardShelf(sql);

const entry = (name: string, make = finalEntry): UsageEntry =>
  make({
    requestId: request(name),
    arrivedAtEpochMs: minute + 1000,
    promptTokens: 10,
    outputTokens: 5,
  });

const countOf = (opened: number): AdmissionRow => ({
  tenant: "acme",
  minuteEpochMs: minute,
  process: "edge-1",
  life: "l1",
  opened,
  served: opened,
  cancelled: 0,
  failed: 0,
});

function portsOf(part: Partial<ReconcilerPorts> = {}, counts: readonly AdmissionRow[] = []) {
  const nothing = { silent: [], omitted: 0 };
  const ports: ReconcilerPorts = {
    sql,
    ledger,
    admissions: shelf,
    discards,
    view: {
      admissions: async () => ({ rows: counts, ...nothing }),
      outboxes: async () => ({ rows: [], ...nothing }),
      sendAgain: async () => undefined,
    },
    epochNowMs: () => minute + 86_400_000,
    pauseMs: async () => undefined,
    ...part,
  };
  return reconciler(ports);
}

const kinds = ({ tenants }: Reconciliation): readonly string[] =>
  tenants.flatMap(({ differences }) =>
    differences.map(({ kind, requests }) => `${kind} ${requests}`),
  );

const tell = (): void => undefined;
const messageOf = (data: Uint8Array) => ({
  data,
  subject: "usage.edge-1",
  seq: 1,
  ack: tell,
  ackAck: async () => true,
  term: tell,
});

test("a ledger with every admitted request agrees, and its hash changes with any of its numbers", async () => {
  await ledger.record([entry("r1"), entry("r2")]);
  const before = await portsOf({}, [countOf(2)]).check({ ...range, tenant: "acme" });
  assert.equal(before.verdict, "agrees");
  assert.equal(before.tenants[0]?.outputTokens, 10);
  await sql.query("update usage set output_tokens = 6 where request_id = 'r2'");
  const later = await portsOf({}, [countOf(2)]).check({ ...range, tenant: "acme" });
  assert.notEqual(later.digest, before.digest);
  await ledger.record([entry("r3")]);
  assert.deepEqual(kinds(await portsOf({}, [countOf(4)]).check(range)), ["missing 1"]);
});

test("counts of two lives add up, and of one life merge: telling again changes nothing", async () => {
  await ledger.record([entry("r1"), entry("r2"), entry("r3")]);
  await shelf.recordAdmissions([countOf(1), { ...countOf(2), life: "l0" }, countOf(1)]);
  await shelf.recordAdmissions([countOf(1)]);
  const { tenants } = await portsOf().check(range);
  assert.deepEqual([tenants[0]?.admitted, tenants[0]?.counters, tenants[0]?.rows], [3, 2, 3]);
});

test("a second final account with other numbers is told, and changes no bill", async () => {
  await ledger.record([entry("r1")]);
  await ledger.record([entry("r1")]);
  assert.deepEqual(kinds(await portsOf({}, [countOf(1)]).check(range)), []);
  const other = entry("r1");
  await ledger.record([{ ...other, record: { ...other.record, outputTokens: 9 } }]);
  await ledger.record([{ ...other, record: { ...other.record, outputTokens: 9 } }]);
  const said = await portsOf({}, [countOf(1)]).check(range);
  assert.deepEqual(kinds(said), ["conflicting 1"]);
  assert.deepEqual(said.tenants[0]?.differences[0]?.requestIds, ["r1"]);
  assert.equal(said.tenants[0]?.outputTokens, 5);
});

test("an account that comes from a disk after nobody was thought to be left is told with both numbers, and changes no bill", async (context) => {
  const own = mkdtempSync(join(tmpdir(), "late-edge-"));
  context.after(() => rmSync(own, { recursive: true }));
  // Its edge has it on disk, and dies before the ledger hears of more than the open account.
  const died = startHouse(own);
  died.ledgerIsAway = true;
  died.useAs({ ...entry("r1").record, outputTokens: 9, outcome: "stop" });
  await until("kept", () => died.isKept());
  await died.kill();
  await ledger.record([{ ...entry("r1", openEntry), endsWithinMs: 0 }]);
  await sql.query("update usage set overdue_at = now() - interval '1 second'");
  const proof = portsOf({}, [countOf(1)]);
  assert.equal((await proof.repair(range)).verdict, "agrees");
  const back = startHouse(own, undefined, (entries) => ledger.record(entries));
  await until("brought", () => back.stored.has("r1") && readdirSync(own).length === 0);
  await back.kill();
  const said = await proof.repair(range);
  assert.deepEqual(kinds(said), ["conflicting 1"]);
  const [difference] = said.tenants[0]?.differences ?? [];
  assert.deepEqual(difference?.accounts, [
    {
      requestId: "r1",
      billed: { promptTokens: 10, outputTokens: 5, outcome: "witnesses_lost" },
      toldLater: { promptTokens: 10, outputTokens: 9, outcome: "stop" },
    },
  ]);
  assert.match(difference?.advice ?? "", /fairlead credit adjust/);
  const rows = await sql.query("select output_tokens, outcome from usage");
  assert.deepEqual(rows, [{ output_tokens: 5, outcome: "witnesses_lost" }]);
});

test("what was counted is forgotten after more than a year, some at a time, and nothing that is younger", async () => {
  const dayMs = 86_400_000;
  const aged = (days: number): AdmissionRow => ({
    ...countOf(1),
    minuteEpochMs: Math.floor((Date.now() - days * dayMs) / 60_000) * 60_000,
  });
  await shelf.recordAdmissions([401, 402, 403, 399, 1].map(aged));
  assert.deepEqual([await shelf.pruneAdmissions(2), await shelf.pruneAdmissions(2)], [2, 1]);
  const rows = await sql.query("select minute_epoch_ms from admissions order by 1");
  assert.deepEqual(
    rows.map((row) => row["minute_epoch_ms"]),
    [399, 1].map((days) => aged(days).minuteEpochMs),
  );
});

test("two final accounts that differ in one batch are told as well", async () => {
  const other = entry("r1");
  await ledger.record([entry("r1"), { ...other, record: { ...other.record, outputTokens: 9 } }]);
  assert.deepEqual(kinds(await portsOf({}, [countOf(1)]).check(range)), ["conflicting 1"]);
});

test("what nobody is left to close is settled by a repair, once, and never what is final", async () => {
  await ledger.record([entry("r1"), { ...entry("r2", openEntry), endsWithinMs: 0 }]);
  await sql.query("update usage set overdue_at = now() - interval '1 second' where not is_final");
  const proof = portsOf({}, [countOf(2)]);
  assert.deepEqual(kinds(await proof.check(range)), ["abandoned 1"]);
  const repaired = await proof.repair(range);
  assert.equal(repaired.verdict, "agrees");
  assert.deepEqual(repaired.repairs, [
    { what: "abandoned accounts were settled as told last", count: 1 },
  ]);
  const again = await proof.repair(range);
  assert.deepEqual([again.verdict, again.repairs], ["agrees", []]);
});

test("nothing is settled while the stream has more than passes through", async () => {
  await ledger.record([{ ...entry("r1", openEntry), endsWithinMs: 0 }]);
  await sql.query("update usage set overdue_at = now() - interval '1 second'");
  const stream = async () => ({
    messages: 900,
    bytes: 1,
    firstSequence: 1,
    lastSequence: 900,
    ackFloor: 0,
    pending: 900,
    unacknowledged: 0,
    createdAt: "",
  });
  let nowMs = minute;
  const proof = portsOf({ stream, epochNowMs: () => (nowMs += 5_000) }, [countOf(1)]);
  assert.deepEqual(kinds(await proof.repair(range)), ["abandoned 1"]);
});

test("a message with one entry that cannot be stored is kept, and a repair stores the others", async () => {
  const [whole = new Uint8Array()] = packUsage([entry("r1"), entry("r2"), entry("r3")]);
  const text = new TextDecoder().decode(whole).replace(/"outputTokens":5/, '"outputTokens":5.5');
  const store = { ...ledger, ...shelf, keepDiscarded: discards.keep };
  await writeBite([messageOf(new TextEncoder().encode(text))], store, tell);
  const proof = portsOf({}, [countOf(3)]);
  assert.deepEqual(kinds(await proof.check(range)), ["discarded 2", "missing 1"]);
  const repaired = await proof.repair(range);
  assert.deepEqual(kinds(repaired), ["missing 1"]);
  assert.deepEqual(repaired.repairs, [
    { what: "entries of discarded messages were stored", count: 2 },
  ]);
  assert.deepEqual((await proof.repair(range)).repairs, []);
});

test("a message that cannot be kept does not leave the stream", async () => {
  const keepDiscarded = () => Promise.reject(new Error("away"));
  const outcome = await writeBite(
    [messageOf(new Uint8Array([1]))],
    { ...ledger, keepDiscarded },
    tell,
  );
  assert.deepEqual(outcome, { kind: "failed", reason: "away" });
});

test("a ledger that was set back is fed from what was stored before", async () => {
  const spool = await openUsageSpool({
    folder,
    bytesMax: 1 << 20,
    epochNowMs: () => minute,
    onFault: (reason) => assert.fail(reason),
  });
  const store = { ...ledger, ...shelf, remember: spool.remember };
  await writeBite(packUsage([entry("r1"), entry("r2")]).map(messageOf), store, tell);
  await sql.query("delete from usage where request_id = 'r2'");
  const feeding = spoolFeeding({ spool, ledger: { ...ledger, ...shelf } });
  const feedSpool = async (): Promise<number> => {
    for (;;) {
      const { isOver, fed } = feeding.feed("one", range);
      if (isOver) return fed;
      await new Promise((resolve) => void setTimeout(resolve, 5));
    }
  };
  const proof = portsOf({ feedSpool }, [countOf(2)]);
  assert.deepEqual(kinds(await proof.check(range)), ["missing 1"]);
  const repaired = await proof.repair(range);
  assert.equal(repaired.verdict, "agrees");
  assert.deepEqual(
    repaired.repairs?.map(({ count }) => count),
    [2],
  );
  await spool.close();
});
