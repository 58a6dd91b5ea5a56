import assert from "node:assert/strict";
import { after, test } from "node:test";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import { segmentsOf } from "./roll-up-segments.ts";
import type { SeriesQuery, UsageQueryError } from "./usage-series.ts";
import { checkSeries } from "./usage-series.ts";
import { usageSeriesCases } from "./usage-series.cases.ts";

const opened = openPgliteSql().then(async (sql) => {
  await migrate(sql, migrations);
  return sql;
});
after(async () => (await opened).close());

usageSeriesCases("PGlite", async () => ({ owner: await opened, writer: await opened }));

const minuteMs = 60_000;
const at = (text: string): number => Date.parse(`2026-${text}Z`);

test("a range is answered by days in its middle, hours and minutes at its edges", () => {
  const told = (from: string, to: string, longestMs?: number) =>
    segmentsOf(at(from), at(to), longestMs).map(({ level, fromEpochMs, toEpochMs }) => [
      level.table.slice("usage_".length),
      (toEpochMs - fromEpochMs) / minuteMs,
    ]);
  assert.deepEqual(told("03-01T21:30", "03-05T02:15"), [
    ["minutes", 30],
    ["minutes", 15],
    ["hours", 120],
    ["hours", 120],
    ["days", 3 * 1440],
  ]);
  assert.deepEqual(told("03-01T00:00", "03-02T00:00"), [["days", 1440]]);
  assert.deepEqual(told("03-01T10:05", "03-01T10:50"), [["minutes", 45]]);
  assert.deepEqual(told("03-01T10:00", "03-01T12:00"), [["hours", 120]]);
  assert.deepEqual(told("03-01T00:00", "03-02T00:00", 60 * minuteMs), [["hours", 1440]]);
  assert.deepEqual(told("03-01T00:00", "03-01T03:00", minuteMs), [["minutes", 180]]);
});

test("what a question says wrongly is named", () => {
  const right: SeriesQuery = { fromEpochMs: 0, toEpochMs: minuteMs, by: ["tenant"] };
  checkSeries(right);
  const wrong: readonly (readonly [Partial<Record<keyof SeriesQuery, unknown>>, string])[] = [
    [{ fromEpochMs: Number.NaN }, "not_a_time from"],
    [{ fromEpochMs: -minuteMs }, "not_a_time from"],
    [{ toEpochMs: 1e300 }, "not_a_time to"],
    [{ toEpochMs: 60_001 }, "not_whole_minutes to"],
    [{ fromEpochMs: minuteMs }, "empty_range to"],
    [{ fromEpochMs: 2 * minuteMs }, "empty_range to"],
    [{ by: ["tenant", "colour"] }, "unknown_group by"],
    [{ only: { worker: "w" } }, "unknown_group by"],
    [{ step: "week" }, "unknown_step step"],
    [{ step: "minute", toEpochMs: 10_001 * minuteMs }, "too_many_buckets step"],
    [{ top: { metric: "joy", rows: 1 } }, "unknown_metric metric"],
    [{ top: { metric: "requests", rows: 0 } }, "bad_top top"],
    [{ top: { metric: "requests", rows: 1001 } }, "bad_top top"],
    [{ top: { metric: "requests", rows: 5 }, step: "minute" }, "bad_top step"],
  ];
  for (const [part, expected] of wrong) {
    assert.throws(
      () => checkSeries({ ...right, ...part } as SeriesQuery),
      ({ code, field }: UsageQueryError) => {
        assert.equal(`${code} ${field}`, expected);
        return true;
      },
    );
  }
});
