import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { becomeOwner } from "#shared/ledger/sql/become-owner.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import type { BillingScene } from "./billing-scene.cases.ts";
import { billingScene, emptied } from "./billing-scene.cases.ts";

// Random usage, prices, tiers, lateness and credits over three months, and a reckoning of its own beside them.

const sql = await openPgliteSql();
await becomeOwner(sql);
await migrate(sql, migrations);
after(() => sql.close());

const periods = ["2026-09", "2026-10", "2026-11"] as const;
const startOf = (month: number): number => Date.UTC(2026, 8 + month, 1);

interface Drawn {
  readonly month: number;
  /** Of the month, in thousandths. */
  readonly at: number;
  readonly isEnterprise: boolean;
  readonly prompt: number;
  readonly cached: number;
  readonly output: number;
  /** After its period was invoiced. */
  readonly isLate: boolean;
}

const tokens = fc.oneof(
  fc.integer({ min: 0, max: 60_000 }),
  fc.integer({ min: 0, max: 2 ** 53 - 1 }),
);
const request: fc.Arbitrary<Drawn> = fc.record({
  month: fc.integer({ min: 0, max: 2 }),
  at: fc.integer({ min: 0, max: 999 }),
  isEnterprise: fc.boolean(),
  prompt: tokens,
  cached: fc.integer({ min: 0, max: 100_000 }),
  output: tokens,
  isLate: fc.boolean(),
});

/** In millionths of a dollar for a million tokens; the last book begins at so many thousandths of November. */
const prices = fc.record({
  first: fc.integer({ min: 0, max: 9_000_000 }),
  second: fc.integer({ min: 0, max: 9_000_000 }),
  changeAt: fc.integer({ min: 0, max: 999 }),
  percent: fc.integer({ min: 0, max: 150 }),
});

const millionths = (value: number): string =>
  `${Math.floor(value / 1e6)}.${String(value % 1e6).padStart(6, "0")}`;
const momentOf = (month: number, thousandths: number): number =>
  startOf(month) +
  Math.floor(((startOf(month + 1) - startOf(month)) * thousandths) / 1000 / 1000) * 1000;

type Prices = typeof prices extends fc.Arbitrary<infer Value> ? Value : never;

async function begin(
  scene: BillingScene,
  { first, second, changeAt, percent }: Prices,
): Promise<void> {
  const rates = (value: number): string => {
    const price = millionths(value);
    const tier = `tiers: { enterprise: { multiplier: "${millionths(percent * 10_000)}" } }`;
    return `models: { "*": { input: "${price}", cachedInput: "${price}", output: "${price}" } }, ${tier}`;
  };
  const changes = new Date(momentOf(1, changeAt)).toISOString().replace(".000", "");
  await scene.desk.applyPrices(
    `issuers: [{ id: FL, name: x }]
accounts: [{ tenant: "*", currency: USD }, { tenant: acme, currency: USD, issuer: FL }]
books:
  - { id: one, currency: USD, effectiveFrom: 2026-01-01, ${rates(first)} }
  - { id: two, currency: USD, effectiveFrom: "${changes}", ${rates(second)} }`,
    "test",
    false,
  );
}

/** Cents, in its own way: every kind of token of every tier, book and month is one product, rounded half to even. */
function centsOwed(
  requests: readonly Drawn[],
  { first, second, changeAt, percent }: Prices,
): bigint {
  const groups = new Map<string, bigint>();
  for (const one of requests) {
    const isSecond = momentOf(one.month, one.at) >= momentOf(1, changeAt);
    const price = BigInt(isSecond ? second : first) * BigInt(one.isEnterprise ? percent : 100);
    const cached = Math.min(one.cached, one.prompt);
    for (const [kind, count] of [
      ["i", one.prompt - cached],
      ["c", cached],
      ["o", one.output],
    ] as const) {
      const key = `${one.month} ${isSecond} ${one.isEnterprise} ${kind}`;
      groups.set(key, (groups.get(key) ?? 0n) + BigInt(count) * price);
    }
  }
  // tokens × millionths × percent ÷ 10^6 ÷ 10^6 ÷ 100 dollars, × 100 cents.
  const per = 10n ** 12n;
  return [...groups.values()].reduce((sum, exact) => {
    const whole = exact / per;
    const rest = (exact % per) * 2n;
    return sum + whole + (rest > per || (rest === per && whole % 2n === 1n) ? 1n : 0n);
  }, 0n);
}

const cents = (text: string): bigint => BigInt(text.replace(".", ""));

test("over consecutive periods the invoices add up to what was used, less the credits, to the cent; and to the same bytes", async () => {
  const scene = billingScene(sql);
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { maxLength: 10 }),
      prices,
      fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 4 }),
      async (requests, drawn, grants) => {
        await emptied(sql);
        await begin(scene, drawn);
        for (const [index, amount] of grants.entries()) {
          const text = `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, "0")}`;
          await scene.desk.grantCredit(
            { tenant: "acme", amount: text, reason: "r", key: `${index}` },
            "test",
          );
        }
        let subtotals = 0n;
        let credited = 0n;
        const use = (isMeant: (one: Drawn) => boolean): Promise<void> =>
          scene.use(
            ...requests.flatMap((one, index) =>
              isMeant(one)
                ? [
                    {
                      request: `r${index}`,
                      at: momentOf(one.month, one.at),
                      tier: one.isEnterprise ? "enterprise" : "starter",
                      promptTokens: one.prompt,
                      cachedTokens: one.cached,
                      outputTokens: one.output,
                    },
                  ]
                : [],
            ),
          );
        for (const [month, period] of [...periods, "2026-12"].entries()) {
          await use((one) => one.month === month && !one.isLate);
          scene.now = startOf(month + 1) + 1;
          const wish = { tenant: "acme", period, isForced: false };
          const asked = await Promise.allSettled(
            [1, 2, 3].map(() => scene.desk.issue(wish, "test")),
          );
          const [first, ...others] = asked.map((one) =>
            JSON.stringify(one.status === "fulfilled" ? one.value.document : one.reason.code),
          );
          for (const one of others) assert.equal(one, first);
          const issued = asked.flatMap((one) =>
            one.status === "fulfilled" ? [one.value.document] : [],
          );
          const [document] = issued;
          if (document !== undefined) {
            const lines = document.lines.reduce((sum, { amount }) => sum + cents(amount), 0n);
            const paid = document.credits.reduce((sum, { amount }) => sum + cents(amount), 0n);
            assert.equal(lines, cents(document.subtotal));
            assert.equal(cents(document.total), lines - paid);
            subtotals += lines;
            credited += paid;
          }
          await use((one) => one.month === month && one.isLate);
        }
        const owed = centsOwed(requests, drawn);
        assert.equal(subtotals, owed);
        const granted = BigInt(grants.reduce((sum, amount) => sum + amount, 0));
        assert.equal(credited, granted < owed ? granted : owed);
      },
    ),
    { numRuns: 8 },
  );
});
