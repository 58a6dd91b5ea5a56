import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { BillingDesk } from "#shared/model/billing-desk.ts";
import { BillingError } from "#shared/model/billing-desk.ts";
import { startAdminApi } from "#services/console/admin-api.ts";
import { runCommandLine } from "#services/console/command-line.ts";
import { scriptedPlatform } from "#services/console/scripted/scripted-platform.ts";

// The commands about money and the admin API, before a desk that says what the test has it say.

const asked: unknown[][] = [];
let answer: unknown;
const desk = new Proxy({} as BillingDesk, {
  get:
    (_, name) =>
    (...words: unknown[]) => {
      asked.push([name, ...words]);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
});
const platform = scriptedPlatform();
const api = await startAdminApi(
  { ports: { ...platform.ports, billing: desk } },
  { host: "127.0.0.1", port: 0 },
);
after(async () => {
  await api.close();
  platform.store.close();
});

async function fairlead(line: string): Promise<{ code: number; out: string }> {
  const lines: string[] = [];
  asked.length = 0;
  const code = await runCommandLine(line.split(" "), {
    environment: { FAIRLEAD_ADMIN_PORT: String(api.port) },
    print: (text) => lines.push(text),
    complain: (text) => lines.push(text),
    readFile: () => Promise.resolve("books: []"),
    openFile: () => Promise.reject(new Error("not here")),
  });
  return { code, out: lines.join("\n") };
}

test("each command asks the desk what it says", async () => {
  answer = { seq: 4, kind: "credit-grant", tenant: "acme", amount: "5.00", currency: "USD" };
  const { code, out } = await fairlead(
    "credit grant acme --amount 5.00 --reason sorry --key k --expires 2027-01-01 --invoice FL-1",
  );
  assert.deepEqual([code, out], [0, "entry 4: credit-grant of 5.00 USD for acme"]);
  const wish = {
    amount: "5.00",
    reason: "sorry",
    key: "k",
    invoice: "FL-1",
    tenant: "acme",
    expiresAtEpochMs: Date.parse("2027-01-01"),
  };
  assert.deepEqual(asked, [["grantCredit", wish, "admin-api"]]);
  await fairlead("credit adjust acme --amount=-5.00 --reason sorry");
  const [[verb, adjusted] = []] = asked as [string, { amount: string; key: string }][];
  assert.deepEqual([verb, adjusted?.amount], ["adjust", "-5.00"]);
  assert.match(adjusted?.key ?? "", /^[0-9a-f-]{36}$/);
  await fairlead(
    "dispute open acme --invoice FL-1 --line 2 --request r --amount 1 --reason no --key k",
  );
  assert.deepEqual(asked, [
    [
      "openDispute",
      {
        amount: "1",
        reason: "no",
        key: "k",
        invoice: "FL-1",
        line: 2,
        requestId: "r",
        tenant: "acme",
      },
      "admin-api",
    ],
  ]);
  const unnumbered = await fairlead("dispute resolve abc --amount 0 --reason checked");
  assert.notEqual(unnumbered.code, 0);
  assert.match(unnumbered.out, /Expected the number of an entry/);
  await fairlead("dispute resolve 4 --amount 0 --reason checked");
  assert.deepEqual(asked, [
    ["resolveDispute", { dispute: 4, amount: "0", reason: "checked" }, "admin-api"],
  ]);
  await fairlead("invoice void FL-1 --reason wrong");
  assert.deepEqual(asked, [["voidInvoice", "FL-1", "wrong", "admin-api"]]);
});

test("prices are applied from a file, and every problem is told with its line", async () => {
  answer = {
    isDryRun: true,
    booksAdded: ["b"],
    booksStanding: [],
    accountsChanged: [],
    notes: ["look"],
  };
  const { out } = await fairlead("prices apply FILE --dry-run");
  assert.equal(out, "nothing was changed; applied, it would be:\nbooks added: b\nnote: look");
  assert.deepEqual(asked, [["applyPrices", "books: []", "admin-api", true]]);
  const problems = [{ line: 3, path: "books[0].minimum", problem: "expected a price" }];
  answer = new BillingError(
    "bad_price_file",
    "The price file has 1 problem; nothing was changed.",
    problems,
  );
  assert.deepEqual(await fairlead("prices apply FILE"), {
    code: 1,
    out: "fairlead: The price file has 1 problem; nothing was changed.\nFILE:3: books[0].minimum: expected a price",
  });
});

test("what the desk refuses is an error with its own code and words", async () => {
  answer = new BillingError("accounts_open", "2 requests are open");
  assert.deepEqual(await fairlead("invoice issue acme --period 2026-11"), {
    code: 1,
    out: "fairlead: 2 requests are open",
  });
  assert.deepEqual(asked, [
    ["issue", { tenant: "acme", period: "2026-11", isForced: false }, "admin-api"],
  ]);
  const { out } = await fairlead("invoice issue acme --period 2026-11 --json");
  assert.equal(JSON.parse(out).error.code, "accounts_open");
});

test("an export is told a page at a time, an event a line, its cursor apart", async () => {
  answer = { events: [{ a: 1 }, { a: 2 }], cursor: "9", hasMore: false, unmapped: ["bolt"] };
  const { out } = await fairlead(
    "export --format stripe --from 2026-11-01 --to 2026-11-02 --after 7",
  );
  assert.match(out, /^\{"a":1\}\n\{"a":2\}\nnote: left out, .*: bolt\ncursor 9$/);
  assert.deepEqual(asked, [
    ["collect", Date.parse("2026-11-01"), Date.parse("2026-11-02")],
    ["exported", "stripe", "7", 500],
  ]);
});

test("a wrong command line is told", async () => {
  for (const [line, expected] of [
    ["invoice issue --period 2026-11", /--all in place of a tenant/],
    ["invoice issue acme --all --period 2026-11", /--all in place of a tenant/],
    ["invoice issue acme", /--period: expected one/],
    ["invoice burn acme", /expected one of issue, preview, show/],
    ["invoice show FL-1 --format pdf", /--format: expected text, json, csv or html/],
    ["invoice show FL-1 --period 2026-11", /show has no option --period/],
    ["invoice list acme", /list takes nothing more/],
    ["credit grant acme --reason r", /--amount: expected one/],
    ["credit grant acme --amount 1 --reason r --expires soon", /--expires: expected a time/],
    ["dispute open acme --amount 1 --reason r --line 0", /--line: expected a whole number/],
    [
      "export --format xml --from 2026-11-01 --to 2026-11-02",
      /--format: expected cloudevents or stripe/,
    ],
    ["export --format stripe --to 2026-11-02", /--from: expected a time/],
    ["prices toString", /expected one of apply, list, show/],
    ["prices apply", /needs to be told of what/],
  ] as const) {
    const { code, out } = await fairlead(line);
    assert.equal(code, 2, `${line}: ${out}`);
    assert.match(out, expected, line);
  }
});
