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
  await emptied(sql);
  await desk.applyPrices(prices, "test", false);
});

const apply = (text: string, isDryRun = false) => desk.applyPrices(text, "test", isDryRun);
const bookText = (more: string, from = "2026-12-01"): string =>
  `books: [{ id: b, currency: USD, effectiveFrom: ${from}, models: { "*": { input: "1", cachedInput: "1", output: "1" } }, ${more} }]`;

test("applying what stands changes nothing; a dry run changes nothing either, and says what it would", async () => {
  const again = await apply(prices);
  assert.deepEqual([again.booksAdded, again.booksStanding], [[], ["list-2026", "euro-2026"]]);
  const dry = await apply(bookText(""), true);
  assert.deepEqual([dry.isDryRun, dry.booksAdded], [true, ["b"]]);
  assert.equal((await desk.books()).length, 2);
  const applied = await apply(bookText(""));
  assert.deepEqual(applied.booksAdded, ["b"]);
  const [first] = await desk.books();
  assert.equal(first?.endsAtEpochMs, undefined);
  const list = (await desk.books()).find(({ id }) => id === "list-2026");
  assert.equal(list?.endsAtEpochMs, Date.parse("2026-12-01"));
  const rows = await sqlAudit(sql).rows({ limit: 1, action: "apply prices" });
  assert.deepEqual(rows[0]?.detail, { booksAdded: ["b"], accountsChanged: [] });
});

test("a book that was applied is never changed under its name", async () => {
  const changed = prices.replace('input: "0.15"', 'input: "0.16"');
  await assert.rejects(
    apply(changed),
    fault("bad_price_file", /books\[0\].*list-2026 was applied with other prices/s),
  );
});

test("what is wrong is told with its line and its field, all at once", async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      bookText('requestFee: "-0.01"'),
      /books\[0\]\.requestFee: expected a price of 0 or more.*negative/,
    ],
    [bookText('minimum: "1.0000000001"'), /books\[0\]\.minimum: expected a price/],
    [bookText("minimum: 1e3"), /books\[0\]\.minimum: expected a price/],
    [
      bookText("effectiveTo: 2026-12-01"),
      /books\[0\]\.effectiveTo: expected an end after effectiveFrom/,
    ],
    [bookText("effectiveTo: 2026-11-30"), /effectiveTo: expected an end after/],
    [bookText('tiers: { t: { multiplier: "-1" } }'), /tiers\.t\.multiplier: expected a price of 0/],
    [bookText("minimun: 5"), /minimun/],
    [bookText("").replace("USD", "USX"), /books\[0\]\.currency: expected a currency of ISO 4217/],
    [bookText("").replace('"*"', '"a:b"'), /books\[0\]\.models.*/],
    [bookText("", "tomorrow"), /effectiveFrom: expected a time/],
    [`${bookText("")}\nboks: []`, /boks/],
    ["books: [", /./],
  ];
  for (const [text, words] of cases)
    await assert.rejects(apply(text), fault("bad_price_file", words), text);
  const two = `${bookText('requestFee: "-1"').slice(0, -1)},\n { id: c }]`;
  await assert.rejects(
    apply(two),
    (error) =>
      fault("bad_price_file")(error) &&
      (error as { problems: { line: number }[] }).problems.some(({ line }) => line === 2),
  );
  assert.equal((await desk.books()).length, 2);
});

test("books that overlap in one scope are refused, within a file and with what stands", async () => {
  const ends = bookText("effectiveTo: 2027-02-01", "2027-01-01");
  await apply(ends);
  const into = ends
    .replace("id: b", "id: c")
    .replace("2027-01-01", "2027-01-15")
    .replace("2027-02-01", "2027-03-01");
  await assert.rejects(apply(into), fault("bad_price_file", /c overlaps book b/));
  const same = bookText("", "2026-01-01").replace("id: b", "id: c");
  await assert.rejects(
    apply(same),
    fault("bad_price_file", /begins at the same moment as book list-2026/),
  );
  const both = `books: [${ends.slice(8, -1).replace("id: b", "id: x").replaceAll("2027", "2028")}, ${ends.slice(8, -1).replace("id: b", "id: y").replaceAll("2027", "2028")}]`;
  await assert.rejects(
    apply(both),
    fault("bad_price_file", /y begins at the same moment as book x/),
  );
  const own = await apply(into.replace("currency: USD", "currency: USD, tenant: acme"));
  assert.deepEqual(own.booksAdded, ["c"]);
});

test("a book for a tenant in another currency than its own is refused, and so is a new currency for who has an old one", async () => {
  const wrong = bookText("tenant: euro");
  await assert.rejects(
    apply(wrong),
    fault("bad_price_file", /currency_mismatch: it is in USD, and euro is billed in EUR/),
  );
  await scene.use({ request: "a", at: "2026-11-03" });
  await desk.grantCredit({ tenant: "acme", amount: "1", reason: "r", key: "k" }, "test");
  const changed = "accounts: [{ tenant: acme, currency: EUR }]";
  await assert.rejects(
    apply(changed),
    fault("bad_price_file", /currency_mismatch: acme has .* in USD, not in EUR/),
  );
  await scene.use({ request: "n", tenant: "nobody", at: "2026-11-03" });
  await desk.grantCredit({ tenant: "nobody", amount: "1", reason: "r", key: "k" }, "test");
  await assert.rejects(
    apply('accounts: [{ tenant: "*", currency: EUR }]'),
    fault("bad_price_file", /nobody has/),
  );
});

test("no book takes effect in what was invoiced", async () => {
  await scene.use({ request: "a", at: "2026-11-03", promptTokens: 20_000_000 });
  await desk.issue({ tenant: "acme", period: "2026-11", isForced: false }, "test");
  await assert.rejects(
    apply(bookText("", "2026-11-30T23:59:59Z")),
    fault("bad_price_file", /b would take effect in 2026-11 or before/),
  );
  assert.deepEqual((await apply(bookText(""))).booksAdded, ["b"]);
});

test("names that the fleet does not have, and an end without a next price, are noted", async () => {
  const { notes } = await apply(
    bookText('effectiveTo: 2027-01-01, tiers: { gold: { multiplier: "0.5" } }').replace(
      '"*"',
      "m9",
    ),
  );
  assert.match(notes.join("\n"), /prices model m9, which the fleet does not have/);
  assert.match(notes.join("\n"), /prices tier gold/);
  const accounts = await desk.applyPrices(
    "accounts: [{ tenant: nobody, currency: CHF }]",
    "test",
    true,
  );
  assert.match(accounts.notes.join("\n"), /an account for nobody, which the fleet does not have/);
  assert.match(accounts.notes.join("\n"), /nobody is billed in CHF, and no book has prices in it/);
  assert.match(notes.join("\n"), /after book b ends \(2027-01-01/);
});

test("an account needs an issuer; with several it must name one", async () => {
  await apply("issuers: [{ id: XY, name: Another }]");
  await assert.rejects(
    apply("accounts: [{ tenant: new, currency: USD }]"),
    fault("bad_price_file", /expected the id of an issuer \(FL, XY\)/),
  );
  assert.deepEqual(
    (await apply("accounts: [{ tenant: new, currency: USD, issuer: XY }]")).accountsChanged,
    ["new"],
  );
});

test("a file full of anchors, of junk or of nothing is told, and stops nobody", async () => {
  const bomb = `a: &a [${"x,".repeat(20)}]\nb: &b [${"*a,".repeat(20)}]\nc: &c [${"*b,".repeat(20)}]\nbooks: [${"*c,".repeat(20)}]`;
  for (const text of [bomb, "\u0000\u0001", "[1]", "books: 7"])
    await assert.rejects(apply(text), fault("bad_price_file"));
  assert.deepEqual((await apply("")).booksAdded, []);
});

test("a day that there is not is no beginning of a book: the 30th of February is not the 2nd of March", async () => {
  for (const day of ["2027-02-30", "2027-02-29T00:00:00Z", "2027-04-31", "2027-13-01"]) {
    await assert.rejects(apply(bookText("", day)), fault("bad_price_file", /expected a time/), day);
  }
  assert.deepEqual((await apply(bookText("", "2028-02-29"))).booksAdded, ["b"]);
});
