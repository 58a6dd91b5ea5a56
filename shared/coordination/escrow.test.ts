import assert from "node:assert/strict";
import { test } from "node:test";
import type { EscrowReturn, EscrowWant, ExchangeEscrow } from "#shared/messages/to-coordination.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { QuotaMetric, QuotaPeriod } from "#shared/model/quota.ts";
import { quotaPeriods } from "#shared/model/quota.ts";
import type { EscrowRecord } from "./escrow.ts";
import { exchange } from "./escrow.ts";
import { readEscrow, writeEscrow } from "./escrow-record.ts";

const question = (fields: Partial<ExchangeEscrow>): ExchangeEscrow => ({
  kind: "exchange-escrow",
  tenant: "acme" as TenantId,
  shard: 17,
  shardEpoch: 5,
  seq: 1,
  returns: [],
  wants: [],
  ...fields,
});

const want = (
  period: QuotaPeriod,
  amount: number,
  { limit, metric = "tokens" }: { limit?: number; metric?: QuotaMetric } = {},
): EscrowWant => ({ period, metric, amount, ...(limit === undefined ? {} : { limit }) });

/** Of tokens, from a day and a month. */
const bothOf = (amount: number): Pick<ExchangeEscrow, "wants"> => ({
  wants: [want("day", amount, { limit: 1000 }), want("month", amount, { limit: 5000 })],
});

const back = (period: QuotaPeriod, window: string, amount: number): EscrowReturn => ({
  period,
  window,
  metric: "tokens",
  amount,
});

function exchanged(
  standing: EscrowRecord | undefined,
  fields: Partial<ExchangeEscrow>,
  at: string,
): EscrowRecord {
  const outcome = exchange(standing, question(fields), Date.parse(at));
  assert.ok(outcome);
  return outcome.record;
}

const granted = (record: EscrowRecord, period: QuotaPeriod): number =>
  record.granted[period]?.tokens ?? 0;
const taken = ({ periods }: EscrowRecord, period: QuotaPeriod): number =>
  periods[period].taken.tokens;

test("no more is granted than each window has, and what comes back can be taken again", () => {
  const first = exchanged(undefined, bothOf(700), "2026-11-28T10:00:00Z");
  assert.deepEqual([granted(first, "day"), granted(first, "month")], [700, 700]);
  const second = exchanged(first, { seq: 2, ...bothOf(700) }, "2026-11-28T10:00:01Z");
  assert.deepEqual([granted(second, "day"), granted(second, "month")], [300, 700]);
  const third = exchanged(
    second,
    { seq: 3, ...bothOf(50), returns: [back("day", "2026-11-28", 200)] },
    "2026-11-28T11:00:00Z",
  );
  assert.deepEqual([granted(third, "day"), taken(third, "day")], [50, 850]);
  assert.equal(taken(third, "month"), 1450);
});

test("the same question takes once, and an older one nothing, however late they come", () => {
  const first = exchanged(undefined, bothOf(700), "2026-11-28T10:00:00Z");
  assert.equal(exchanged(first, bothOf(700), "2026-11-28T10:00:01Z"), first);
  const second = exchanged(first, { seq: 2, ...bothOf(10) }, "2026-11-28T10:00:02Z");
  assert.equal(exchange(second, question(bothOf(700)), 0), undefined);
  const next = exchanged(second, { shardEpoch: 6, ...bothOf(10) }, "2026-11-28T10:00:03Z");
  assert.equal(taken(next, "day"), 720, "the next owner counts anew");
});

test("a clock that steps back opens no window again; one that goes on opens each once", () => {
  const evening = exchanged(undefined, bothOf(1000), "2026-11-30T23:59:59Z");
  const morning = exchanged(evening, { seq: 2, ...bothOf(600) }, "2026-12-01T00:00:00Z");
  const windows = ({ periods }: EscrowRecord): readonly string[] =>
    quotaPeriods.map((period) => periods[period].window);
  assert.deepEqual(windows(morning), ["2026-12-01T00", "2026-12-01", "2026-11-30", "2026-12"]);
  assert.deepEqual([granted(morning, "day"), taken(morning, "month")], [600, 600]);
  for (const at of ["2026-11-30T23:00:00Z", "2026-11-30T22:59:59Z"]) {
    const stepped = exchanged(morning, { seq: 3, ...bothOf(600) }, at);
    assert.deepEqual(windows(stepped), windows(morning));
    assert.equal(granted(stepped, "day"), 400);
  }
});

test("what comes back too late for its window counts in the one that is over, and in the longer one that stands", () => {
  const evening = exchanged(undefined, bothOf(1000), "2026-11-28T23:00:00Z");
  const returns = [back("day", "2026-11-28", 400), back("month", "2026-11", 400)];
  const morning = exchanged(evening, { seq: 2, ...bothOf(100), returns }, "2026-11-29T00:00:00Z");
  assert.deepEqual([taken(morning, "day"), taken(morning, "month")], [100, 700]);
  assert.equal(morning.periods.day.earlier?.taken.tokens, 600);
  const december = exchanged(morning, { seq: 3, ...bothOf(100), returns }, "2026-12-01T00:00:00Z");
  assert.deepEqual([taken(december, "day"), taken(december, "month")], [100, 100]);
  assert.equal(december.periods.month.earlier?.taken.tokens, 300);
});

test("windows end when the calendar says, leap years included; a week on Sunday night", () => {
  const endsOf = (at: string): readonly (number | undefined)[] => {
    const answer = exchange(undefined, question({}), Date.parse(at))?.answer;
    return answer?.windows.map(({ endsInMs }) => endsInMs / 3_600_000) ?? [];
  };
  assert.deepEqual(endsOf("2028-02-28T23:00:00Z"), [1, 1, 145, 25]);
  assert.deepEqual(endsOf("2027-02-28T23:00:00Z"), [1, 1, 1, 1]);
  assert.deepEqual(endsOf("2026-12-31T23:30:00Z"), [0.5, 0.5, 72.5, 0.5]);
});

test("without a limit whatever is wanted is granted, and what was used without asking is counted beyond any limit", () => {
  const first = exchanged(undefined, { wants: [want("day", 7000)] }, "2026-11-28T10:00:00Z");
  assert.equal(granted(first, "day"), 7000);
  const used = { seq: 2, ...bothOf(10), returns: [back("day", "2026-11-28", -500)] };
  const second = exchanged(first, used, "2026-11-28T10:00:01Z");
  assert.deepEqual([granted(second, "day"), taken(second, "day")], [0, 7500]);
});

test("each metric is counted for itself, and stands while no quota limits it", () => {
  const requests = { limit: 3, metric: "requests" } as const;
  const first = exchanged(
    undefined,
    { wants: [want("hour", 5, requests)] },
    "2026-11-28T10:00:00Z",
  );
  const gone = exchanged(first, { seq: 2, ...bothOf(5) }, "2026-11-28T10:20:00Z");
  const again = exchanged(
    gone,
    { seq: 3, wants: [want("hour", 5, { ...requests, limit: 4 })] },
    "2026-11-28T10:40:00Z",
  );
  assert.equal(first.granted.hour?.requests, 3);
  assert.equal(again.granted.hour?.requests, 1);
});

test("a record of the form before is read with what it says was taken", () => {
  const old = { day: "2026-11-28", month: "2026-11", dayTokens: 900, monthTokens: 4000 };
  const text = JSON.stringify({ ...old, shardEpoch: 4, seq: 7, granted: 10 });
  const standing = readEscrow(text);
  assert.ok(standing !== undefined && standing !== "damaged");
  const next = exchanged(standing, bothOf(700), "2026-11-28T10:00:00Z");
  assert.deepEqual([granted(next, "day"), granted(next, "month")], [100, 700]);
  assert.deepEqual(readEscrow(writeEscrow(next)), next);
  for (const damaged of ["", "{", "{}", '{"version":3,"periods":{}}']) {
    assert.equal(readEscrow(damaged), "damaged", damaged);
  }
});
