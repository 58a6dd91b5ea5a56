import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { becomeOwner } from "#shared/ledger/sql/become-owner.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import { SqlError } from "#shared/ledger/sql/sql.ts";
import { billingScene, emptied, fault, prices } from "./billing-scene.cases.ts";
import { tenantInvoices } from "./tenant-invoices.ts";

const sql = await openPgliteSql();
await becomeOwner(sql);
await migrate(sql, migrations);
const scene = billingScene(sql);
const { desk } = scene;
after(() => sql.close());
beforeEach(async () => {
  scene.now = Date.parse("2026-12-01T00:10:00Z");
  await emptied(sql);
  await desk.applyPrices(prices, "test", false);
});

const november = { tenant: "acme", period: "2026-11", isForced: false };
const issue = async (wish: Partial<typeof november> = {}) =>
  (await desk.issue({ ...november, ...wish }, "test")).document;
const amounts = (document: {
  lines: readonly { kind: string; quantity: string; amount: string }[];
}) => document.lines.map(({ kind, quantity, amount }) => `${kind} ${quantity} ${amount}`);

test("each kind of token is a line at its price, rounded once over all requests, and the lines add up", async () => {
  await scene.use(
    {
      request: "a",
      at: "2026-11-03",
      promptTokens: 30_000_000,
      cachedTokens: 10_000_000,
      outputTokens: 1_005_000,
    },
    {
      request: "b",
      at: "2026-11-30T23:59:59.999Z",
      promptTokens: 5,
      outputTokens: 3_400,
      tier: "enterprise",
    },
    { request: "c", at: "2026-12-01", promptTokens: 9_000_000 },
  );
  const document = await issue();
  assert.deepEqual(amounts(document), [
    "cached-input 10000000 0.75",
    "input 5 0.00",
    "input 20000000 3.00",
    "output 3400 0.00",
    "output 1005000 0.60",
  ]);
  assert.deepEqual(
    [document.number, document.subtotal, document.total],
    ["FL-000001", "4.35", "4.35"],
  );
  assert.deepEqual(document.lines[1]?.factors, ["0.8"]);
});

test("issuing again answers with the same bytes, whatever came since, and takes no number", async () => {
  await scene.use({ request: "a", at: "2026-11-03", promptTokens: 20_000_000 });
  const first = await desk.issue(november, "test");
  await scene.use({ request: "late", at: "2026-11-04", promptTokens: 20_000_000 });
  scene.now += 86_400_000;
  const again = await desk.issue(november, "test");
  assert.deepEqual([first.isNew, again.isNew], [true, false]);
  assert.equal(JSON.stringify(again.document), JSON.stringify(first.document));
  assert.equal(await desk.invoiceText("FL-000001"), JSON.stringify(first.document));
  assert.equal((await desk.invoices({ limit: 10 })).length, 1);
});

test("a period that is not over is shown, and not issued", async () => {
  await scene.use({ request: "a", at: "2026-12-01", promptTokens: 20_000_000 });
  await assert.rejects(issue({ period: "2026-12" }), fault("period_not_over", /2027-01-01/));
  const preview = await desk.preview("acme", "2026-12");
  assert.deepEqual([preview.number, preview.total], [null, "3.00"]);
  for (const period of ["2026-13", "2026-1", "", "2026-11..2026-11"]) {
    await assert.rejects(issue({ period }), fault("bad_period"), period);
  }
});

test("requests of the period that are open keep it from being issued; forced, they come late, and the invoice says so", async () => {
  await scene.use(
    { request: "a", at: "2026-11-03", promptTokens: 20_000_000 },
    { request: "open", at: "2026-11-30T23:59:00Z", promptTokens: 100, isOpen: true },
  );
  await assert.rejects(issue(), fault("accounts_open", /^1 requests/));
  const document = await issue({ isForced: true });
  assert.deepEqual([document.openRequests, document.total], [1, "3.00"]);
  await scene.use({ request: "open", at: "2026-11-30T23:59:00Z", promptTokens: 40_000_000 });
  scene.now = Date.parse("2027-01-01T01:00:00Z");
  const december = await issue({ period: "2026-12" });
  assert.deepEqual(
    december.lines.map(({ text, period, isLate, amount }) => [text, period, isLate, amount]),
    [
      [
        "late usage of 2026-11: input tokens, m1, tier starter, interactive",
        "2026-11",
        true,
        "6.00",
      ],
    ],
  );
  assert.equal((await desk.preview("acme", "2026-12")).lines.length, 0);
});

test("late usage is billed as the difference of rounded amounts: no cent is lost or won", async () => {
  // 0.15 a million: 33,333 tokens are 0.00499995, half a cent short of it.
  await scene.use({ request: "a", at: "2026-11-03", promptTokens: 33_333 });
  const first = await issue();
  await scene.use({ request: "b", at: "2026-11-03", promptTokens: 33_333 });
  await scene.use({ request: "c", at: "2026-12-03", promptTokens: 33_333 });
  scene.now = Date.parse("2027-01-01T01:00:00Z");
  const second = await issue({ period: "2026-12" });
  assert.deepEqual(
    [amounts(first), amounts(second)],
    [["input 33333 0.00"], ["input 33333 0.01", "input 33333 0.00"]],
  );
});

test("a record of 2^53 tokens is billed to the last token", async () => {
  const most = 2 ** 53;
  await scene.use(
    { request: "a", at: "2026-11-03", promptTokens: most, outputTokens: most },
    { request: "b", at: "2026-11-03", promptTokens: most, outputTokens: most - 1 },
  );
  const document = await issue();
  // 2 × 2^53 × 0.15 ÷ 10^6 = 2,702,159,776.4222976; (2^54 − 1) × 0.60 ÷ 10^6 = 10,808,639,105.6891898.
  assert.deepEqual(amounts(document), [
    "input 18014398509481984 2702159776.42",
    "output 18014398509481983 10808639105.69",
  ]);
});

test("output after midnight belongs to the day that began, its price and its period; the prompt to its arrival", async () => {
  const split = Date.parse("2026-12-01");
  await scene.use({
    request: "a",
    at: "2026-11-30T23:59:59Z",
    promptTokens: 10_000_000,
    outputTokens: 30_000_000,
    splitAtEpochMs: split,
    outputTokensBefore: 10_000_000,
  });
  assert.deepEqual(amounts(await issue()), ["input 10000000 1.50", "output 10000000 6.00"]);
  assert.deepEqual(amounts(await desk.preview("acme", "2026-12")), ["output 20000000 12.00"]);
});

test("a change of price in the middle of a period: each part at its own", async () => {
  const later = `books: [{ id: dear, currency: USD, effectiveFrom: "2026-11-15T12:00:00Z", models: { "*": { input: "0.30", cachedInput: "0", output: "1" } } }]`;
  await desk.applyPrices(later, "test", false);
  await scene.use(
    { request: "a", at: "2026-11-15T11:59:59.999Z", promptTokens: 20_000_000 },
    { request: "b", at: "2026-11-15T12:00:00Z", promptTokens: 20_000_000 },
  );
  const { lines } = await issue();
  assert.deepEqual(
    lines.map(({ book, amount }) => [book, amount]),
    [
      ["dear", "6.00"],
      ["list-2026", "3.00"],
    ],
  );
});

test("duplicate and reordered accounts of a request are billed once", async () => {
  await scene.use({ request: "a", at: "2026-11-03", promptTokens: 20_000_000, outputTokens: 5 });
  await scene.use({ request: "a", at: "2026-11-03", promptTokens: 20_000_000, outputTokens: 5 });
  await scene.use({
    request: "a",
    at: "2026-11-03",
    promptTokens: 10_000_000,
    outputTokens: 2,
    isOpen: true,
  });
  assert.deepEqual(amounts(await issue()), ["input 20000000 3.00", "output 5 0.00"]);
});

test("what no book prices keeps the invoice from being issued, and is named", async () => {
  await scene.use({ request: "a", at: "2025-12-31T23:00:00Z", promptTokens: 1 });
  await assert.rejects(
    issue({ period: "2025-12" }),
    fault("unpriced_usage", /no price book holds from 2025-12-01/),
  );
  await scene.use({ request: "b", tenant: "nobody", at: "2026-11-03", promptTokens: 1 });
  await sql.query("delete from billing_accounts where tenant = ''");
  await assert.rejects(
    issue({ tenant: "nobody" }),
    fault("no_account", /nobody has no billing account/),
  );
});

test("a tenant that was deleted in the middle of the period is invoiced for what it used; one that used nothing is not", async () => {
  await sql.query(
    `insert into holdings values ('gone', 'tenant', 'starter', 1, '2026-11-01', '2026-11-10T00:00:30.5Z'),
      ('gone', 'reserved', 'p1', 8, '2026-11-01', '2026-11-10T00:00:30.5Z'), ('quiet', 'tenant', 'starter', 1, '2026-11-01', null)`,
  );
  const book = `books: [{ id: fees, currency: USD, tenant: gone, effectiveFrom: 2026-11-01, monthlyFee: "30", reserved: { gpuHour: "2.50" }, models: { "*": { input: "1", cachedInput: "1", output: "1" } } }]`;
  await desk.applyPrices(book, "test", false);
  await scene.use({ request: "a", tenant: "gone", at: "2026-11-03", promptTokens: 2_000_000 });
  const all = await desk.issueAll({ period: "2026-11", isForced: false, after: "" }, "test");
  assert.deepEqual(
    all.tenants.map(({ tenant, number, refused }) => [tenant, number ?? refused?.code]),
    [
      ["gone", "FL-000001"],
      ["quiet", "nothing_to_bill"],
    ],
  );
  // Nine days and 30 seconds: 777,630 of 2,592,000 seconds; eight GPUs for as long.
  const document = JSON.parse(await desk.invoiceText("FL-000001"));
  assert.deepEqual(amounts(document), [
    "input 2000000 2.00",
    "monthly-fee 777630 9.00",
    "reserved-gpu-hour 6221040 4320.17",
  ]);
});

test("adapters cost by the hour that they were registered while the tenant's were kept", async () => {
  await sql.query(
    `insert into holdings values ('acme', 'adapter', 'm1:fr', 1, '2026-11-01', '2026-11-02'),
      ('acme', 'keeps-adapters', '', 1, '2026-11-01T18:00:00Z', null)`,
  );
  const book = `books: [{ id: kept, currency: USD, tenant: acme, effectiveFrom: 2026-11-01, adapters: { hour: "0.05", use: "0.01" }, models: { "*": { input: "0", cachedInput: "0", output: "0" } } }]`;
  await desk.applyPrices(book, "test", false);
  await scene.use({
    request: "a",
    at: "2026-11-01",
    promptTokens: 1,
    adapterDigest: "ab".repeat(32) as never,
  });
  assert.deepEqual(amounts(await issue()), [
    "adapter-hour 21600 0.30",
    "adapter-use 1 0.01",
    "input 1 0.00",
  ]);
});

test("a minimum fills up what a period lacks, and gives back what late usage covers", async () => {
  await sql.query(
    "insert into holdings values ('acme', 'tenant', 'starter', 1, '2026-10-01', null)",
  );
  const book = `books: [{ id: least, currency: USD, tenant: acme, effectiveFrom: 2026-11-01, minimum: "10", models: { "*": { input: "1", cachedInput: "1", output: "1" } } }]`;
  await desk.applyPrices(book, "test", false);
  await scene.use({ request: "a", at: "2026-11-03", promptTokens: 4_000_000 });
  assert.deepEqual(amounts(await issue()), ["input 4000000 4.00", "minimum 1 6.00"]);
  await scene.use({ request: "b", at: "2026-11-03", promptTokens: 8_000_000 });
  scene.now = Date.parse("2027-01-01T01:00:00Z");
  const december = await issue({ period: "2026-12" });
  assert.deepEqual(amounts(december), [
    "input 8000000 8.00",
    "minimum -1 -6.00",
    "minimum 1 10.00",
  ]);
});

test("a void invoice is reversed by an entry, and what is issued next has a number of its own", async () => {
  await scene.use({ request: "a", at: "2026-11-03", promptTokens: 20_000_000 });
  await desk.grantCredit({ tenant: "acme", amount: "1.00", reason: "welcome", key: "k1" }, "test");
  const first = await issue();
  assert.deepEqual([first.total, first.credits.length], ["2.00", 1]);
  const bytes = await desk.invoiceText("FL-000001");
  const reversal = await desk.voidInvoice("FL-000001", "wrong address", "test");
  assert.deepEqual([reversal.kind, reversal.amount], ["invoice-void", "-2.00"]);
  assert.equal((await desk.tenantBooks("acme", 10)).credit, "1.00");
  await assert.rejects(desk.voidInvoice("FL-000001", "again", "test"), fault("already_done"));
  const second = await issue();
  assert.deepEqual([second.number, second.total], ["FL-000002", "2.00"]);
  assert.equal(await desk.invoiceText("FL-000001"), bytes);
  const listed = await desk.invoices({ tenant: "acme", limit: 5 });
  assert.deepEqual(
    listed.map(({ number, isVoid }) => [number, isVoid]),
    [
      ["FL-000002", false],
      ["FL-000001", true],
    ],
  );
});

test("a refused issue leaves no gap in the numbers", async () => {
  await assert.rejects(issue(), fault("nothing_to_bill"));
  await scene.use({ request: "a", at: "2026-11-03", promptTokens: 20_000_000 });
  await sql.query("alter table invoice_lines add constraint planted check (position = 0)");
  await assert.rejects(issue(), SqlError);
  await sql.query("alter table invoice_lines drop constraint planted");
  assert.equal((await issue()).number, "FL-000001");
});

test("what was issued, entered or applied cannot be edited, not even by the database's owner", async () => {
  await scene.use({ request: "a", at: "2026-11-03", promptTokens: 20_000_000 });
  await desk.grantCredit({ tenant: "acme", amount: "1", reason: "r", key: "k" }, "test");
  await issue();
  for (const statement of [
    "update invoices set total = 0",
    "delete from invoices",
    "update invoice_lines set amount = 0",
    "delete from billing_entries",
    "update billing_entries set amount = 5",
    "update price_books set rates = '{}'",
    "truncate price_books",
  ]) {
    await assert.rejects(sql.query(statement), /is only added to/, statement);
  }
});

test("a tenant reads its own invoices in its own name, and no other's", async () => {
  await scene.use({ request: "a", at: "2026-11-03", promptTokens: 20_000_000 });
  await scene.use({ request: "b", tenant: "bolt", at: "2026-11-03", promptTokens: 20_000_000 });
  await issue();
  await issue({ tenant: "bolt" });
  const own = tenantInvoices(sql);
  assert.deepEqual(
    (await own.list("acme", 10)).map(({ number }) => number),
    ["FL-000001"],
  );
  assert.match(await own.text("acme", "FL-000001"), /"tenant":"acme"/);
  await assert.rejects(own.text("acme", "FL-000002"), fault("unknown_invoice"));
});
