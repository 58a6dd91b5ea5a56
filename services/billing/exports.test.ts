import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { becomeOwner } from "#shared/ledger/sql/become-owner.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import type { ExportFormat } from "#shared/model/billing-desk.ts";
import { billingScene, emptied, fault, prices } from "./billing-scene.cases.ts";
import type { CloudEvent } from "./cloud-events.ts";
import type { StripeMeterEvent } from "./stripe-events.ts";

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

const from = Date.parse("2026-11-01");
const to = Date.parse("2026-11-30");
const collect = () => desk.collect(from, to);

async function all(format: ExportFormat, limit: number, after = "") {
  const events: object[] = [];
  let cursor = after;
  for (let pages = 0; pages < 100; pages++) {
    const page = await desk.exported(format, cursor, limit);
    assert.ok(page.events.length <= limit + 1, `${page.events.length} events of at most ${limit}`);
    events.push(...page.events);
    ({ cursor } = page);
    if (!page.hasMore) return { events, cursor };
  }
  throw new Error("it does not end");
}
const ids = (events: readonly object[]): readonly string[] =>
  events.map((one) => (one as CloudEvent).id);
const meters = (events: readonly object[]) =>
  (events as StripeMeterEvent[]).map(({ event_name, identifier, payload }) => [
    event_name,
    identifier,
    payload.value,
  ]);

test("each settled request is one CloudEvent under its own id, in pages of any length", async () => {
  await scene.use(
    ...["r1", "r2", "r3", "r4", "r5"].map((request) => ({
      request,
      at: "2026-11-03T10:00:30Z",
      promptTokens: 7,
      cachedTokens: 2,
      outputTokens: 3,
    })),
    { request: "r6", at: "2026-11-03T10:01:00Z", promptTokens: 1 },
    { request: "open", at: "2026-11-03T10:01:00Z", promptTokens: 1, isOpen: true },
    { request: "r7", tenant: "bolt", at: "2026-11-03T10:00:30Z", promptTokens: 2 ** 53 },
  );
  assert.equal(await collect(), 3);
  const expected = ["acme/r1", "acme/r2", "acme/r3", "acme/r4", "acme/r5", "bolt/r7", "acme/r6"];
  for (const limit of [1, 2, 3, 5, 100])
    assert.deepEqual(ids((await all("cloudevents", limit)).events), expected, `${limit}`);
  const [first] = (await all("cloudevents", 100)).events as CloudEvent[];
  assert.deepEqual(
    [first?.specversion, first?.type, first?.source, first?.time, first?.subject],
    ["1.0", "fairlead.usage.request.v1", "/fairlead/usage", "2026-11-03T10:00:30.000Z", "acme"],
  );
  const big = (await all("cloudevents", 100)).events[5] as CloudEvent;
  assert.equal((big.data as { promptTokens: string }).promptTokens, "9007199254740992");
});

test("usage that comes late is a correction of its own, with the difference, and nothing told before changes", async () => {
  const at = "2026-11-03T10:00:30Z";
  await scene.use({ request: "a", at, promptTokens: 10, cachedTokens: 4, outputTokens: 5 });
  await collect();
  const first = await all("stripe", 10);
  const minute = Date.parse("2026-11-03T10:00:00Z") / 1000;
  assert.deepEqual(meters(first.events), [
    ["fairlead_input_tokens", `acme/${minute}/0/1`, "6"],
    ["fairlead_cached_input_tokens", `acme/${minute}/1/1`, "4"],
    ["fairlead_output_tokens", `acme/${minute}/2/1`, "5"],
  ]);
  assert.equal(await collect(), 0);
  await scene.use({ request: "b", at, promptTokens: 3, outputTokens: 1 });
  assert.equal(await collect(), 1);
  assert.deepEqual(meters((await all("stripe", 10, first.cursor)).events), [
    ["fairlead_input_tokens", `acme/${minute}/0/2`, "3"],
    ["fairlead_output_tokens", `acme/${minute}/2/2`, "1"],
  ]);
  assert.deepEqual(meters((await all("stripe", 10)).events).slice(0, 3), meters(first.events));
  const cloud = (await all("cloudevents", 10, first.cursor)).events as CloudEvent[];
  assert.deepEqual(ids(cloud), ["acme/a", "acme/b", `acme/minute/${minute}/2`]);
  assert.deepEqual(cloud[2]?.data, {
    tenant: "acme",
    revision: 2,
    requests: "1",
    inputTokens: "3",
    cachedTokens: "0",
    outputTokens: "1",
  });
});

test("all revisions of all minutes add up to the ledger, in whatever order accounts came and however often they were collected", async () => {
  for (let round = 0; round < 4; round++) {
    await scene.use(
      ...[3, 1, 2].map((n) => ({
        request: `r${round}${n}`,
        at: `2026-11-03T10:0${n}:30Z`,
        promptTokens: 10 * n,
        outputTokens: n,
      })),
      { request: "r01", at: "2026-11-03T10:01:30Z", promptTokens: 10, outputTokens: 1 },
    );
    await collect();
  }
  const sums = new Map<string, number>();
  for (const [name = "", , value] of meters((await all("stripe", 7)).events))
    sums.set(name, (sums.get(name) ?? 0) + Number(value));
  assert.deepEqual(Object.fromEntries(sums), {
    fairlead_input_tokens: 240,
    fairlead_output_tokens: 24,
  });
});

test("output after midnight is of the minute after it", async () => {
  const split = Date.parse("2026-11-04");
  await scene.use({
    request: "a",
    at: "2026-11-03T23:59:30Z",
    promptTokens: 1,
    outputTokens: 30,
    splitAtEpochMs: split,
    outputTokensBefore: 10,
  });
  await collect();
  assert.deepEqual(
    ((await all("stripe", 9)).events as StripeMeterEvent[]).map(({ timestamp, payload }) => [
      timestamp - split / 1000,
      payload.value,
    ]),
    [
      [-60, "1"],
      [-60, "10"],
      [0, "20"],
    ],
  );
});

test("a tenant without a customer at Stripe is named, and its usage is not told there", async () => {
  await scene.use({ request: "a", tenant: "bolt", at: "2026-11-03", promptTokens: 1 });
  await collect();
  const page = await desk.exported("stripe", "", 10);
  assert.deepEqual([page.events, page.hasMore, page.unmapped], [[], false, ["bolt"]]);
});

test("minutes that are not over long enough wait; a stretch of nothing, or of more than a month, is refused", async () => {
  scene.now = Date.parse("2026-11-03T10:02:00Z");
  await scene.use({ request: "a", at: "2026-11-03T10:00:30Z", promptTokens: 1 });
  assert.equal(await collect(), 0);
  scene.now += 60_000;
  assert.equal(await collect(), 1);
  await assert.rejects(desk.collect(from, from), fault("bad_period"));
  await assert.rejects(desk.collect(to, from), fault("bad_period"));
  await assert.rejects(desk.collect(0, to), fault("bad_period"));
  for (const cursor of ["x", "1:", "-1", "1:a b", "9".repeat(20)]) {
    await assert.rejects(desk.exported("stripe", cursor, 10), fault("bad_cursor"), cursor);
  }
});
