import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { startPostgresServer } from "#deploy/local/servers/postgres-server.ts";
import { startAdminApi } from "#services/console/admin-api.ts";
import { runCommandLine } from "#services/console/command-line.ts";
import { scriptedPlatform } from "#services/console/scripted/scripted-platform.ts";
import { grantRoles } from "#shared/ledger/schema/grant-roles.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPostgresSql } from "#shared/ledger/sql/postgres-sql.ts";
import { billingScene, prices } from "./billing-scene.cases.ts";
import { heldWithin, holdingsOf } from "./held-time.ts";
import { tenantInvoices } from "./tenant-invoices.ts";

// The command line, the admin API and the desk over a real Postgres, whose pool lets many ask at once.

const folder = mkdtempSync(join(tmpdir(), "billing-postgres-"));
const server = await startPostgresServer({ folder, isDurable: false });
const sql = await openPostgresSql({ ...server, user: "registry" });
await migrate(sql, migrations);
await grantRoles(sql);
const scene = billingScene(sql);
const platform = scriptedPlatform();
const api = await startAdminApi(
  { ports: { ...platform.ports, billing: scene.desk } },
  { host: "127.0.0.1", port: 0 },
);
after(async () => {
  await api.close();
  platform.store.close();
  await sql.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function fairlead(...words: string[]): Promise<{ code: number; out: string }> {
  const lines: string[] = [];
  const code = await runCommandLine(words, {
    environment: { FAIRLEAD_ADMIN_PORT: String(api.port) },
    print: (line) => lines.push(line),
    complain: (line) => lines.push(line),
    readFile: () => Promise.resolve(prices),
    openFile: () => Promise.reject(new Error("not here")),
  });
  return { code, out: lines.join("\n") };
}

test("from a price file to an invoice, a dispute and an export, by commands", async () => {
  assert.match(
    (await fairlead("prices", "apply", "FILE")).out,
    /^books added: list-2026, euro-2026\n/,
  );
  await scene.use(
    { request: "a", at: "2026-11-03T10:00:00Z", promptTokens: 20_000_000, outputTokens: 2 ** 53 },
    { request: "b", tenant: "euro", at: "2026-11-03T10:00:00Z", promptTokens: 1_000_000 },
  );
  assert.match(
    (await fairlead("invoice", "issue", "--all", "--period", "2026-11")).out,
    /acme +FL-000001[^]*euro +FL-000002/,
  );
  const again = await fairlead("invoice", "issue", "acme", "--period", "2026-11");
  assert.match(
    again.out,
    /^it was issued before; nothing was changed\ninvoice FL-000001 for acme, 2026-11[^]*total 5404319555\.84 USD$/,
  );
  assert.match(
    (await fairlead("invoice", "show", "FL-000001", "--format", "html")).out,
    /^<!doctype html>[^]*<\/html>$/,
  );
  assert.match(
    (await fairlead("invoice", "show", "FL-000002", "--format", "csv")).out,
    /^invoice,tenant[^]*,total,.*,1\.00,EUR$/,
  );
  const json = await fairlead("invoice", "show", "FL-000001", "--json");
  assert.equal(json.out, await scene.desk.invoiceText("FL-000001"));
  const opened = await fairlead(
    "dispute",
    "open",
    "acme",
    "--invoice",
    "FL-000001",
    "--line",
    "1",
    "--amount",
    "3.00",
    "--reason",
    "slow",
  );
  const [, entry = ""] =
    /^entry (\d+): dispute-opened of 3\.00 USD for acme, invoice FL-000001$/.exec(opened.out) ?? [];
  assert.match(
    (await fairlead("dispute", "resolve", entry, "--amount", "3", "--reason", "agreed")).out,
    /dispute-resolved of 3\.00/,
  );
  assert.match(
    (await fairlead("credit", "show", "acme")).out,
    /^acme: 3\.00 USD of credit, 0\.00 in dispute/,
  );
  const { out } = await fairlead(
    "export",
    "--format",
    "cloudevents",
    "--from",
    "2026-11-01",
    "--to",
    "2026-11-30",
  );
  assert.match(
    out,
    /"id":"acme\/a"[^]*"outputTokens":"9007199254740992"[^]*"id":"euro\/b"[^]*\ncursor 2$/,
  );
  assert.deepEqual(
    (await tenantInvoices(sql).list("euro", 9)).map(({ number }) => number),
    ["FL-000002"],
  );
});

test("many that issue at once get one invoice, and use each credit once; many that say the same enter it once", async () => {
  await scene.use({ request: "first", tenant: "many", at: "2026-11-03" });
  const said = { tenant: "many", amount: "1.00", reason: "r", key: "same" };
  const entered = await Promise.all([...Array(8)].map(() => scene.desk.grantCredit(said, "test")));
  assert.equal(new Set(entered.map(({ seq }) => seq)).size, 1);
  await scene.use({ request: "a", tenant: "many", at: "2026-11-03", promptTokens: 20_000_000 });
  const wish = { tenant: "many", period: "2026-11", isForced: false };
  const issued = await Promise.all([...Array(8)].map(() => scene.desk.issue(wish, "test")));
  assert.equal(issued.filter(({ isNew }) => isNew).length, 1);
  assert.equal(new Set(issued.map(({ document }) => JSON.stringify(document))).size, 1);
  assert.equal(issued[0]?.document.total, "2.00");
  const { entries, credit } = await scene.desk.tenantBooks("many", 99);
  assert.deepEqual(
    [credit, entries.filter(({ kind }) => kind === "credit-use").length],
    ["0.00", 1],
  );
  const [row] = await sql.query(
    "select max(serial)::int as most, count(*)::int as rows from invoices",
  );
  assert.equal(row?.["most"], row?.["rows"]);
});

test("what a tenant holds follows the fleet in the transaction that changes it, and the uploads that come and go", async () => {
  const fleet = async (...statements: readonly string[]): Promise<void> => {
    await sql.transaction(async (queries) => {
      for (const statement of statements) await queries.query(statement);
      await queries.query(
        "insert into fleet_versions (version, digest) select coalesce(max(version), 0) + 1, 'd' from fleet_versions",
      );
    });
  };
  const held = async () =>
    (
      await sql.query(
        "select kind, subject, quantity, to_at is null as open from holdings where tenant = 'kept' order by from_at, kind, subject",
      )
    ).map(
      ({ kind, subject, quantity, open }) =>
        `${String(kind)} ${String(subject)} ${String(quantity)} ${String(open)}`,
    );
  await fleet(
    "insert into tiers (id, weight, band, limits, terms) values ('t', 1, 0, '{}', '{\"keepsAdapters\": true}')",
    "insert into models (id, version, tokenizer, context_tokens_max, output_tokens_default, created_at_epoch_s) values ('m', '1', 'quad', 10, 5, 0)",
    "insert into tenants (id, tier, trust_group, limits) values ('kept', 't', 'kept', '{}')",
    "insert into pools (id, model, region, class) values ('p', 'm', 'eu', 'reserved:kept')",
    "insert into workers (id, pool, zone, host, engine) values ('w', 'p', 'z', 'h', '{\"gpus\": 4}')",
  );
  assert.deepEqual(await held(), [
    "keeps-adapters  1 true",
    "reserved p 4 true",
    "tenant t 1 true",
  ]);
  const digest = "a".repeat(64);
  await sql.asTenant("kept", (own) =>
    own.query(
      `insert into uploaded_adapters (tenant, name, model, digest, bytes, format, rank, alpha, modules, status)
       values ('kept', 'mine', 'm', $1, 5, 'gguf', 1, 1, '[]', 'ready')`,
      [digest],
    ),
  );
  await sql.asTenant("kept", (own) =>
    own.query("delete from uploaded_adapters where name = 'mine'"),
  );
  await fleet("update workers set engine = '{\"gpus\": 8}'");
  await fleet("delete from workers", "delete from pools", "delete from tenants");
  assert.deepEqual(await held(), [
    "keeps-adapters  1 false",
    "reserved p 4 false",
    "tenant t 1 false",
    "adapter m:mine 1 false",
    "reserved p 8 false",
  ]);
  const all = { fromEpochMs: Date.now() - 86_400_000, toEpochMs: Date.now() + 86_400_000 };
  const seconds = heldWithin(await holdingsOf(sql, "kept", all), all).map(({ seconds }) =>
    Number(seconds),
  );
  assert.ok(
    seconds.every((one) => one < 60),
    String(seconds),
  );
});
