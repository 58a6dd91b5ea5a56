import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { becomeOwner } from "#shared/ledger/sql/become-owner.ts";
import { sqlAudit } from "#shared/ledger/audit/audit.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import { billingScene, emptied, fault, prices } from "./billing-scene.cases.ts";

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
  await scene.use({
    request: "a",
    at: "2026-11-03",
    promptTokens: 20_000_000,
    outputTokens: 10_000_000,
  });
});

const issue = async (period = "2026-11") =>
  (await desk.issue({ tenant: "acme", period, isForced: false }, "test")).document;
const grant = (amount: string, key: string, expires?: string) =>
  desk.grantCredit(
    {
      tenant: "acme",
      amount,
      reason: `credit ${key}`,
      key,
      ...(expires === undefined ? {} : { expiresAtEpochMs: Date.parse(expires) }),
    },
    "test",
  );
const dispute = (amount: string, key: string, more: object = {}) =>
  desk.openDispute(
    { tenant: "acme", amount, reason: "slow", key, invoice: "FL-000001", ...more },
    "test",
  );

test("credits that expire first pay first, one that had expired before the period began pays nothing, and what is left stays", async () => {
  await grant("2.00", "open");
  await grant("3.00", "late", "2027-06-01");
  await grant("1.50", "soon", "2026-11-15");
  await assert.rejects(grant("9.00", "gone", "2026-11-01"), fault("bad_period", /^expires: /));
  const now = scene.now;
  scene.now = Date.parse("2026-10-20T00:00:00Z");
  await grant("9.00", "gone", "2026-11-01");
  scene.now = now;
  const document = await issue();
  assert.deepEqual(
    document.credits.map(({ reason, amount }) => `${reason} ${amount}`),
    ["credit soon 1.50", "credit late 3.00", "credit open 2.00"],
  );
  assert.deepEqual([document.subtotal, document.total], ["9.00", "2.50"]);
  await grant("20.00", "more");
  await scene.use({ request: "b", at: "2026-12-03", promptTokens: 20_000_000 });
  scene.now = Date.parse("2027-01-01T01:00:00Z");
  assert.equal((await issue("2026-12")).total, "0.00");
  assert.equal((await desk.tenantBooks("acme", 50)).credit, "17.00");
});

test("the same key is one entry; with another amount it is refused", async () => {
  const first = await grant("2.00", "k");
  assert.deepEqual(await grant("2.00", "k"), first);
  await assert.rejects(grant("3.00", "k"), fault("key_reused", /entry \d+ of acme has this key/));
  assert.equal((await desk.tenantBooks("acme", 50)).credit, "2.00");
  const rows = await sqlAudit(sql).rows({ limit: 10, action: "enter credit-grant" });
  assert.equal(
    rows.filter(({ detail }) => (detail as { entry: number }).entry === first.seq).length,
    1,
  );
});

test("amounts that are none, not whole cents or in another currency are refused", async () => {
  for (const amount of ["0", "-1", "0.001", "1e3", "", "99999999999999999"]) {
    await assert.rejects(grant(amount, "k"), fault("bad_amount", /^amount: /), amount);
  }
  const wish = { tenant: "acme", amount: "1", reason: "r", key: "k", currency: "EUR" };
  await assert.rejects(
    desk.grantCredit(wish, "test"),
    fault("currency_mismatch", /billed in USD, not in EUR/),
  );
  await assert.rejects(
    desk.adjust({ ...wish, currency: "USD", amount: "0" }, "test"),
    fault("bad_amount"),
  );
});

test("an adjustment is a line of the next invoice, once; void, it is on the next one", async () => {
  await desk.adjust(
    { tenant: "acme", amount: "-0.50", reason: "outage of <3 Nov>", key: "k" },
    "test",
  );
  assert.equal((await desk.tenantBooks("acme", 9)).pending, "-0.50");
  const document = await issue();
  assert.deepEqual([document.lines.at(-1)?.text, document.total], ["outage of <3 Nov>", "8.50"]);
  assert.equal((await desk.tenantBooks("acme", 9)).pending, "0.00");
  await desk.voidInvoice("FL-000001", "r", "test");
  assert.equal((await issue()).total, "8.50");
});

test("a dispute in the tenant's favour is credited once, at most what was disputed, and pays the next invoice", async () => {
  await issue();
  await assert.rejects(dispute("9.01", "d"), fault("too_much", /No more than 9.00 USD/));
  await assert.rejects(dispute("3.01", "d", { line: 1 }), fault("too_much", /No more than 3.00/));
  await assert.rejects(dispute("1", "d", { line: 7 }), fault("unknown_invoice", /no line 7/));
  const opened = await dispute("3.00", "d", { line: 1, requestId: "a" });
  assert.equal((await desk.tenantBooks("acme", 9)).disputed, "3.00");
  const resolve = (amount: string) =>
    desk.resolveDispute({ dispute: opened.seq, amount, reason: "agreed" }, "test");
  await assert.rejects(resolve("3.01"), fault("too_much"));
  await assert.rejects(resolve("-1"), fault("too_much"));
  const [one, two] = await Promise.all([resolve("2.00"), resolve("2.00")]);
  assert.deepEqual(one, two);
  await assert.rejects(resolve("3.00"), fault("key_reused"));
  const books = await desk.tenantBooks("acme", 9);
  assert.deepEqual([books.credit, books.disputed], ["2.00", "0.00"]);
  assert.equal(books.entries.filter(({ kind }) => kind === "credit-grant").length, 1);
  await assert.rejects(
    desk.voidInvoice("FL-000001", "r", "test"),
    fault("already_done", /was credited/),
  );
});

test("several disputes of one invoice are credited with no more than it asked for; one lost is credited with nothing", async () => {
  await issue();
  const [first, second, third] = [
    await dispute("9", "1"),
    await dispute("9", "2"),
    await dispute("9", "3"),
  ];
  const resolve = (dispute: number, amount: string) =>
    desk.resolveDispute({ dispute, amount, reason: "r" }, "test");
  await resolve(first.seq, "8.00");
  await assert.rejects(
    resolve(second.seq, "1.01"),
    fault("too_much", /1.00 USD have not been credited/),
  );
  await resolve(second.seq, "0");
  await resolve(third.seq, "1.00");
  assert.equal((await desk.tenantBooks("acme", 9)).credit, "9.00");
  await assert.rejects(resolve(12_345, "1"), fault("unknown_entry"));
});

test("of an invoice no more is written off than it asks for, and what is void asks for nothing", async () => {
  await issue();
  const off = (amount: string, key: string) =>
    desk.writeOff({ invoice: "FL-000001", amount, reason: "bankrupt", key }, "test");
  await off("5.00", "1");
  await off("5.00", "1");
  await assert.rejects(off("4.01", "2"), fault("too_much", /4.00 USD are left/));
  assert.equal((await desk.invoices({ limit: 1 }))[0]?.writtenOff, "5.00");
  await assert.rejects(
    desk.voidInvoice("FL-000001", "r", "test"),
    fault("already_done", /written off/),
  );
});

test("about another tenant's invoice the answer is that there is none", async () => {
  await issue();
  await assert.rejects(
    dispute("1", "d", { tenant: "bolt" }),
    fault("unknown_invoice", /no invoice FL-000001 of bolt/),
  );
});

test("who never was gets no credit, adjustment or preview, and who has left does", async () => {
  const wish = { tenant: "acmee", amount: "1.00", reason: "r", key: "k" };
  const unknown = fault("unknown_tenant", /no tenant acmee/);
  await assert.rejects(desk.grantCredit(wish, "test"), unknown);
  await assert.rejects(desk.adjust(wish, "test"), unknown);
  await assert.rejects(desk.preview("acmee", "2026-11"), unknown);
  await sql.query(
    "insert into holdings values ('gone', 'tenant', 'starter', 1, '2026-11-01', '2026-11-02')",
  );
  assert.equal((await desk.grantCredit({ ...wish, tenant: "gone" }, "test")).amount, "1.00");
});
