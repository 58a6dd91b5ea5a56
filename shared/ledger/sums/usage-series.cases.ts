// What sums of usage must be in every database: what a sum over the records would be, at every moment, whatever came how often
// in which order, and however much of it has been rolled up.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import { finalEntry, openEntry, request, tenant } from "#shared/ledger/ledger.cases.ts";
import { rebuildRollUps, rollUpFaults } from "./rebuild-roll-ups.ts";
import { rollUp } from "./roll-up.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import { sqlLedger } from "#shared/ledger/sql-ledger.ts";
import { sqlUsageSeries } from "./sql-usage-series.ts";
import type { SeriesQuery, SeriesRow, UsageGroup } from "./usage-series.ts";
import { usageGroups, usageMetrics, usageSteps } from "./usage-series.ts";
import { ScratchLedger } from "./usage-scratch.cases.ts";

/** The end of a month, so that every bucket's edge is near. */
export const midnight: number = Date.UTC(2026, 1, 1);
const hourMs = 3_600_000;
const days = { fromEpochMs: midnight - 24 * hourMs, toEpochMs: midnight + 24 * hourMs };

export interface UsagePlaces {
  /** Owns the tables, and reads. */
  readonly owner: Sql;
  /** Records and rolls up. */
  readonly writer: Sql;
}

/** No binary fraction is lost when it is told in thousandths. */
const eighths = fc.integer({ min: 0, max: 40_000 }).map((count) => count / 8);
const tokens = fc.integer({ min: 0, max: 500 });

const entries: fc.Arbitrary<UsageEntry> = fc
  .record({
    requestId: fc.integer({ min: 0, max: 11 }).map((count) => request(`r${count}`)),
    tenant: fc.constantFrom("acme", "bolt").map(tenant),
    model: fc.constantFrom("m1", "m2"),
    adapterDigest: fc.constantFrom("", "ab").map((digest) => digest as AdapterDigest),
    poolClass: fc.constantFrom("interactive", "batch"),
    tier: fc.constantFrom("free", "pro"),
    outcome: fc.constantFrom("stop", "length", "cancelled", "queue_full"),
    arrivedAtEpochMs: fc
      .integer({ min: -5 * hourMs, max: 3 * hourMs })
      .map((afterMs) => midnight + afterMs),
    promptTokens: tokens,
    cachedTokens: tokens,
    outputTokensBefore: tokens,
    outputTokens: tokens,
    queueMs: eighths,
    prefillMs: eighths,
    decodeMs: eighths,
    kvBlockMs: eighths,
    gpuUs: eighths,
    preemptions: fc.integer({ min: 0, max: 3 }),
    attempts: fc.integer({ min: 0, max: 3 }),
    isSplit: fc.boolean(),
    isFinal: fc.boolean(),
  })
  .map(({ isSplit, isFinal, ...part }) => {
    const record = {
      ...part,
      splitAtEpochMs: isSplit ? midnight : 0,
      outputTokensBefore: isSplit ? part.outputTokensBefore : 0,
      outputTokens: part.outputTokens + (isSplit ? part.outputTokensBefore : 0),
    };
    return isFinal ? finalEntry(record) : openEntry({ ...record, outcome: "" });
  });

type Deed =
  | { readonly kind: "record"; readonly entries: readonly UsageEntry[] }
  | { readonly kind: "roll"; readonly deltas: number }
  | { readonly kind: "settle" };

const deeds: fc.Arbitrary<readonly Deed[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .array(entries, { minLength: 1, maxLength: 12 })
        .map((some): Deed => ({ kind: "record", entries: some })),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom(1, 7, 1000).map((deltas): Deed => ({ kind: "roll", deltas })),
    },
    { weight: 1, arbitrary: fc.constant<Deed>({ kind: "settle" }) },
  ),
  { minLength: 3, maxLength: 14 },
);

const minute = fc
  .integer({ min: -6 * 60, max: 4 * 60 })
  .map((minutes) => midnight + minutes * 60_000);

const queries: fc.Arbitrary<SeriesQuery> = fc
  .record({
    ends: fc.tuple(minute, minute),
    by: fc.subarray<UsageGroup>([...usageGroups]),
    step: fc.option(fc.constantFrom(...usageSteps), { nil: undefined }),
    only: fc.constantFrom<SeriesQuery["only"]>(
      undefined,
      { tenant: "acme" },
      { model: "m1", class: "batch" },
    ),
  })
  .map(({ ends: [a, b], by, step, only }) => ({
    fromEpochMs: Math.min(a, b),
    toEpochMs: Math.max(a, b) + 60_000,
    by,
    ...(step === undefined ? {} : { step }),
    ...(only === undefined ? {} : { only }),
  }));

const moments = fc
  .integer({ min: -5 * hourMs, max: 4 * hourMs })
  .map((afterMs) => midnight + afterMs);

const keyed = (
  rows: readonly SeriesRow[],
  by: readonly UsageGroup[],
): ReadonlyMap<string, unknown> =>
  new Map(
    rows.map(({ startsAtEpochMs, group, figures }) => [
      JSON.stringify([startsAtEpochMs, ...by.map((name) => group[name])]),
      figures,
    ]),
  );

const onlyMetrics = (figures: object): unknown =>
  Object.fromEntries(
    usageMetrics.map((metric) => [metric, (figures as Record<string, number>)[metric]]),
  );

/** Compares one answer with the sum from scratch. */
export async function assertSeries(
  sql: Sql,
  scratch: ScratchLedger,
  query: SeriesQuery,
): Promise<void> {
  const found = keyed(await sqlUsageSeries(sql).series(query), query.by);
  const expected = scratch.series(query);
  assert.deepEqual([...found.keys()].toSorted(), [...expected.keys()].toSorted());
  for (const [key, figures] of expected) {
    assert.deepEqual(found.get(key), onlyMetrics(figures), key);
  }
}

export function usageSeriesCases(name: string, opened: () => Promise<UsagePlaces>): void {
  const law = (sentence: string, check: (places: UsagePlaces) => Promise<void>): void => {
    test(`${name}: ${sentence}`, async () => {
      const places = await opened();
      await places.owner.query("delete from usage");
      await check(places);
    });
  };

  law(
    "sums are those from scratch, whatever came in which order and however much was rolled up",
    async ({ owner, writer }) => {
      const asked = fc.array(queries, { minLength: 3, maxLength: 3 });
      const ranges = fc.tuple(moments, moments);
      await fc.assert(
        fc.asyncProperty(deeds, asked, ranges, async (done, wanted, [since, until]) => {
          await owner.query("delete from usage");
          const scratch = new ScratchLedger();
          for (const deed of done) await doIt(writer, scratch, deed);
          for (const query of wanted) await assertSeries(owner, scratch, query);
          await assertTotals(owner, scratch, [0, Infinity]);
          await assertTotals(owner, scratch, [since, Infinity]);
          await assertTotals(owner, scratch, [since, until]);
          assert.deepEqual(await rollUpFaults(owner, days), []);
        }),
        { numRuns: 15 },
      );
    },
  );

  law(
    "a bucket that is not the sum of its rows is found, and made anew",
    async ({ owner, writer }) => {
      const scratch = new ScratchLedger();
      const split = { splitAtEpochMs: midnight, outputTokensBefore: 4, outputTokens: 10 };
      const arrivedAtEpochMs = midnight - 90_000;
      const some = [
        finalEntry({ requestId: request("r1"), arrivedAtEpochMs, ...split }),
        finalEntry({ requestId: request("r2"), arrivedAtEpochMs: midnight + 5, outputTokens: 7 }),
      ];
      await doIt(writer, scratch, { kind: "record", entries: some });
      await rollUp(writer, 1000);
      await owner.query(
        "update usage_hours set output_tokens = output_tokens + 3 where output_tokens = 4",
      );
      await owner.query("delete from usage_days where starts_at_epoch_ms = $1::float8", [midnight]);
      await owner.query(
        "update usage_tenant_hours set output_tokens = output_tokens + 1 where requests = 1",
      );
      await owner.query("update usage_fleet_minutes set output_tokens = 0 where requests = 1");
      const found = await rollUpFaults(owner, days);
      assert.deepEqual(
        found.map(({ table, surplus }) => [table, surplus["output_tokens"]]),
        [
          ["usage_hours", 3],
          ["usage_days", -13],
          // Compared with the wide ones, which are wrong themselves.
          ["usage_tenant_hours", -2],
          ["usage_tenant_hours", 1],
          ["usage_tenant_days", 13],
          ["usage_fleet_minutes", -4],
          ["usage_fleet_minutes", -13],
          ["usage_fleet_hours", -3],
          ["usage_fleet_days", 13],
        ],
      );
      await rebuildRollUps(owner, { ...days, fromEpochMs: midnight });
      assert.equal((await rollUpFaults(owner, days)).length, 4);
      await rebuildRollUps(owner, days);
      assert.deepEqual(await rollUpFaults(owner, days), []);
      await assertSeries(owner, scratch, { ...days, by: ["tenant"], step: "day" });
      for (const range of [
        { ...days, toEpochMs: midnight + 1 },
        { ...days, fromEpochMs: 0 },
      ]) {
        await assert.rejects(rollUpFaults(owner, range), /1 to 31 whole days/);
        await assert.rejects(rebuildRollUps(owner, range), /1 to 31 whole days/);
      }
    },
  );

  law("rows that are gone are gone from the sums, and usage is not truncated", async (places) => {
    const { owner, writer } = places;
    const scratch = new ScratchLedger();
    const arrivedAtEpochMs = midnight + 1;
    const some = ["acme", "bolt"].map((name) =>
      finalEntry({ tenant: tenant(name), arrivedAtEpochMs }),
    );
    await doIt(writer, scratch, { kind: "record", entries: some });
    await rollUp(writer, 1000);
    await owner.query("delete from usage where tenant = 'bolt'");
    scratch.forget("bolt");
    await assertSeries(owner, scratch, { ...days, by: ["tenant"] });
    await assert.rejects(owner.query("truncate usage"), /usage is not truncated/);
  });

  law(
    "the most of something comes first, and a question that has no answer is told why",
    async (places) => {
      const { owner, writer } = places;
      const some = [3, 9, 5].map((outputTokens, index) =>
        finalEntry({
          tenant: tenant(`t${index}`),
          outputTokens,
          arrivedAtEpochMs: midnight + index,
        }),
      );
      await sqlLedger(writer).record(some);
      const usage = sqlUsageSeries(owner);
      const top = { metric: "outputTokens", rows: 2 } as const;
      const rows = await usage.series({ ...days, by: ["tenant"], top });
      assert.deepEqual(
        rows.map(({ group, figures }) => [group.tenant, figures.outputTokens]),
        [
          ["t1", 9],
          ["t2", 5],
        ],
      );
      assert.deepEqual(
        await usage.series({ ...days, by: [], only: { tenant: "'; drop table usage; --" } }),
        [],
      );
    },
  );

  law(
    "records are listed page by page, none twice and none left out",
    async ({ owner, writer }) => {
      const ledger = sqlLedger(owner);
      const all = [...Array(25)].map((_, index) =>
        finalEntry({
          tenant: tenant(index % 2 === 0 ? "acme" : "bolt"),
          requestId: request(`r${index}`),
          arrivedAtEpochMs: midnight + (index >> 2),
        }),
      );
      await sqlLedger(writer).record(all);
      for (const filter of [{}, { tenant: tenant("acme") }, { untilEpochMs: midnight + 4 }]) {
        const whole = await ledger.usageOf({ ...filter, limit: 1000 });
        const paged: UsageEntry[] = [];
        for (;;) {
          const last = paged.at(-1)?.record;
          const page = await ledger.usageOf({
            ...filter,
            limit: 4,
            ...(last === undefined ? {} : { after: last }),
          });
          if (page.length === 0) break;
          paged.push(...page);
        }
        assert.deepEqual(paged, whole);
        assert.ok(whole.length > 8);
      }
    },
  );
}

async function assertTotals(
  sql: Sql,
  scratch: ScratchLedger,
  [since, until]: readonly [number, number],
): Promise<void> {
  for (const whose of [undefined, tenant("bolt")]) {
    const found = await sqlLedger(sql).totals({
      ...(whose === undefined ? {} : { tenant: whose }),
      ...(since === 0 ? {} : { sinceEpochMs: since }),
      ...(Number.isFinite(until) ? { untilEpochMs: until } : {}),
    });
    const expected: Partial<Record<string, number>> = { ...scratch.totals(whose, since, until) };
    for (const [metric, value] of Object.entries(found)) {
      assert.equal(value, expected[metric], metric);
    }
  }
}

async function doIt(writer: Sql, scratch: ScratchLedger, deed: Deed): Promise<void> {
  switch (deed.kind) {
    case "record":
      await sqlLedger(writer).record(deed.entries);
      // The ledger merges what one batch says of a request before it looks at what stands.
      scratch.record(deed.entries);
      return;
    case "roll":
      await rollUp(writer, deed.deltas);
      return;
    case "settle":
      await sqlLedger(writer).settleAbandoned(Infinity);
      scratch.settleAll();
  }
}
