import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { LookupAddress } from "node:dns";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import type { QuotaAlertBook } from "#shared/ledger/quota-alerts.ts";
import { sqlQuotaAlerts } from "#shared/ledger/quota-alerts.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import { alertEvent } from "#shared/model/quota-alert.ts";
import type { QuotaReached } from "#shared/model/quota-alert.ts";
import { attemptsMax, startAlertWebhooks } from "./alert-webhooks.ts";
import type { Posted } from "./post-webhook.ts";
import { postWebhook } from "./post-webhook.ts";
import { startAlertKeeper } from "./quota-alert-keeper.ts";
import { isPublicAddress, reach } from "./reachable-address.ts";
import { findSecret } from "./webhook-secret.ts";

let sql: Sql;
let book: QuotaAlertBook;
// Making a database takes long on a busy machine.
before(
  async () => {
    sql = await openPgliteSql();
    await migrate(sql, migrations);
    book = sqlQuotaAlerts(sql);
  },
  { timeout: 300_000 },
);
after(() => sql.close());

const reached: QuotaReached = {
  tenant: "acme",
  period: "day",
  metric: "tokens",
  mode: "hard",
  limit: 1000,
  window: "2026-11-28",
  level: 80,
  used: 812,
  endsAtEpochMs: Date.UTC(2026, 10, 29),
  reachedAtEpochMs: Date.UTC(2026, 10, 28, 9),
};
const startEpochMs = Date.UTC(2026, 10, 28, 10);

interface Sender {
  readonly calls: string[];
  epochMs: number;
  answers: Posted[];
  round(): Promise<void>;
}

/** `lose`: the process dies after the call was made, before it wrote down how it went. */
function sender(url: string, { lose = 0 } = {}): Sender {
  const self: Sender = {
    calls: [],
    epochMs: startEpochMs,
    answers: [],
    round: async () => {
      const sending = startAlertWebhooks({
        process: "m1",
        book: {
          ...book,
          settle: (delivery, outcome) =>
            lose-- > 0 ? Promise.reject(new Error("died")) : book.settle(delivery, outcome),
        },
        webhooksOf: (tenant) => (tenant === "acme" ? [{ url }] : []),
        mayBePrivate: false,
        onNote: () => undefined,
        epochMs: () => self.epochMs,
        post: async ({ event }) => {
          self.calls.push(event.id);
          return self.answers.shift() ?? { kind: "delivered" };
        },
      });
      await sending.close();
      await sending.deliver();
    },
  };
  return self;
}

const no: Posted = { kind: "failed", reason: "answered 503", isFinal: false };

test("an alert is kept once, whoever tells it and however often, and waits for the book while it is away", async () => {
  let isAway = true;
  const notes: string[] = [];
  const keeper = startAlertKeeper({
    process: "c1",
    book: { keep: (alert) => (isAway ? Promise.reject(new Error("away")) : book.keep(alert)) },
    onNote: ({ event }) => notes.push(event),
    epochMs: () => reached.reachedAtEpochMs,
  });
  const { reachedAtEpochMs: _, ...fields } = { ...reached, tenant: "kept" };
  const told = {
    kind: "note",
    event: "queue.quota-alert",
    fields,
    actor: "tenant-queue/kept",
    nowMs: 1,
  } as unknown as Parameters<typeof keeper.hear>[0];
  keeper.hear(told);
  keeper.hear(told);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(keeper.waiting(), 1);
  isAway = false;
  keeper.hear({ ...told, event: "queue.granted" });
  await keeper.close();
  assert.equal(keeper.waiting(), 0);
  assert.equal(await book.keep({ ...reached, tenant: "kept" }), false);
  assert.equal((await book.alertsOf("kept")).length, 1);
  assert.deepEqual(notes, ["quota.alert-failed", "quota.alert-kept"]);
});

test("a no is tried again later and later, over a restart, until a yes; then never again", async () => {
  await book.keep({ ...reached, window: "a" });
  const sending = sender("https://hooks.example/a", { lose: 1 });
  sending.answers = [no, no, no];
  // The first one dies with its call: another goes on once its claim is over.
  for (const afterMs of [0, 0, 60_001, 0, 10_001, 0, 20_001, 0, 3_600_000]) {
    sending.epochMs += afterMs;
    await sending.round();
  }
  assert.equal(sending.calls.length, 4);
  assert.equal(new Set(sending.calls).size, 1, "by one id");
  const [row] = await sql.query("select state, attempts from quota_webhooks where url like '%/a'");
  assert.deepEqual([row?.["state"], row?.["attempts"]], ["delivered", 4]);
});

test("after its last try a delivery is dead, and says why; what can never be is so at once", async () => {
  await book.keep({ ...reached, window: "b" });
  const sending = sender("https://hooks.example/b");
  sending.answers = Array.from({ length: attemptsMax }, () => no);
  for (let round = 0; round < attemptsMax + 3; round++) {
    await sending.round();
    sending.epochMs += 3_600_001;
  }
  assert.equal(sending.calls.length, attemptsMax);
  const stateOf = async (url: string): Promise<unknown> =>
    (await sql.query("select state, last_failure from quota_webhooks where url = $1", [url]))[0];
  const dead = { state: "dead", last_failure: "answered 503" };
  assert.deepEqual(await stateOf("https://hooks.example/b"), dead);
  await book.keep({ ...reached, window: "c" });
  const gone = sender("https://hooks.example/c");
  gone.answers = [{ kind: "failed", reason: "answered 410", isFinal: true }];
  for (let round = 0; round < 3; round++) await gone.round();
  assert.equal(gone.calls.length, 1);
});

test("only the public internet is reached, by whatever name, unless the operator allows more", async () => {
  const inner = [
    "127.0.0.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "fd00::1",
    "fe80::1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "hooks.example",
  ];
  for (const address of inner) assert.equal(isPublicAddress(address), false, address);
  for (const address of ["8.8.8.8", "2606:4700::1111"]) assert.ok(isPublicAddress(address));
  const names = async (...found: readonly string[]): Promise<string> => {
    const addresses: LookupAddress[] = found.map((address) => ({ address, family: 4 }));
    const answer = await reach(new URL("https://hooks.example/"), false, async () => addresses);
    return answer.kind;
  };
  assert.equal(await names("8.8.8.8"), "reachable");
  // One of several is enough: nobody says which one a client would take.
  assert.equal(await names("8.8.8.8", "10.0.0.1"), "unreachable");
  for (const url of [
    "http://8.8.8.8/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://2130706433/",
  ]) {
    assert.equal((await reach(new URL(url), false)).kind, "unreachable", url);
  }
  assert.equal((await reach(new URL("http://127.0.0.1/"), true)).kind, "reachable");
});

test("an event is sent signed to the address that was looked at; a redirect is a no, and no answer is read", async () => {
  const seen: { readonly signature: unknown; readonly body: string; readonly host: unknown }[] = [];
  let redirected = 0;
  const server = createServer((request, response) => {
    if (request.url === "/elsewhere") redirected++;
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      const { headers } = request;
      seen.push({ signature: headers["fairlead-signature"], body, host: headers["host"] });
      if (request.url === "/moved") response.writeHead(302, { location: "/elsewhere" }).end();
      // Without an end.
      else response.writeHead(200).write("x");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const event = alertEvent(reached);
  const call = {
    event,
    secret: "s",
    mayBePrivate: true,
    nowEpochMs: startEpochMs,
    resolve: async () => [{ address: "127.0.0.1", family: 4 }],
  };
  const posted = await postWebhook({ ...call, url: `http://hooks.example:${port}/` });
  assert.deepEqual(posted, { kind: "delivered" });
  const [first] = seen;
  assert.equal(first?.host, `hooks.example:${port}`);
  // As a receiver would compute it, from what it was sent.
  const [, time = "", digest = ""] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(first.signature)) ?? [];
  assert.equal(Number(time), startEpochMs / 1000);
  assert.equal(digest, createHmac("sha256", "s").update(`${time}.${first.body}`).digest("hex"));
  assert.deepEqual(JSON.parse(first.body), event);
  const moved = await postWebhook({ ...call, url: `http://hooks.example:${port}/moved` });
  assert.deepEqual(moved, { kind: "failed", reason: "answered 302", isFinal: false });
  assert.equal(redirected, 0);
  server.close();
  server.closeAllConnections();
});

test("a secret is found where the fleet says; one that is missing is not left out", async () => {
  assert.deepEqual(await findSecret(undefined), { kind: "found", value: undefined });
  assert.deepEqual(await findSecret("env:HOOK", { HOOK: "k" }), { kind: "found", value: "k" });
  for (const place of ["env:HOOK", "file:/nowhere/at/all"]) {
    assert.equal((await findSecret(place, {})).kind, "missing", place);
  }
});
