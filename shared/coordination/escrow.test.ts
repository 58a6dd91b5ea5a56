import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExchangeEscrow } from "#shared/messages/to-coordination.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { EscrowRecord } from "./escrow.ts";
import { exchange } from "./escrow.ts";

const question = (fields: Partial<ExchangeEscrow>): ExchangeEscrow => ({
  kind: "exchange-escrow",
  tenant: "acme" as TenantId,
  shard: 17,
  shardEpoch: 5,
  seq: 1,
  want: 0,
  back: 0,
  day: "",
  month: "",
  dailyTokens: 1000,
  monthlyTokens: 5000,
  isSoft: false,
  ...fields,
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

test("no more is granted than either window has, and what comes back can be taken again", () => {
  const first = exchanged(undefined, { want: 700 }, "2026-11-28T10:00:00Z");
  assert.deepEqual([first.granted, first.dayTokens, first.monthTokens], [700, 700, 700]);
  const second = exchanged(first, { seq: 2, want: 700 }, "2026-11-28T10:00:01Z");
  assert.deepEqual([second.granted, second.dayTokens], [300, 1000]);
  const windows = { day: "2026-11-28", month: "2026-11" };
  const third = exchanged(
    second,
    { seq: 3, want: 50, back: 200, ...windows },
    "2026-11-28T11:00:00Z",
  );
  assert.deepEqual([third.granted, third.dayTokens, third.monthTokens], [50, 850, 850]);
});

test("the same question takes once, and an older one nothing, however late they come", () => {
  const first = exchanged(undefined, { want: 700 }, "2026-11-28T10:00:00Z");
  assert.equal(exchanged(first, { want: 700 }, "2026-11-28T10:00:01Z"), first);
  const second = exchanged(first, { seq: 2, want: 10 }, "2026-11-28T10:00:02Z");
  assert.equal(exchange(second, question({ want: 700 }), 0), undefined);
  const next = exchanged(second, { shardEpoch: 6, want: 10 }, "2026-11-28T10:00:03Z");
  assert.equal(next.dayTokens, 720, "the next owner counts anew");
});

test("a clock that steps back opens no window again; one that goes on opens each once", () => {
  const evening = exchanged(undefined, { want: 1000 }, "2026-11-30T23:59:59Z");
  const morning = exchanged(evening, { seq: 2, want: 600 }, "2026-12-01T00:00:00Z");
  assert.deepEqual(
    [morning.granted, morning.day, morning.month, morning.monthTokens],
    [600, "2026-12-01", "2026-12", 600],
  );
  const stepped = exchanged(morning, { seq: 3, want: 600 }, "2026-11-30T23:00:00Z");
  assert.deepEqual([stepped.granted, stepped.day, stepped.month], [400, "2026-12-01", "2026-12"]);
});

test("what comes back too late for its day still counts for its month", () => {
  const evening = exchanged(undefined, { want: 1000 }, "2026-11-28T23:00:00Z");
  const back = { back: 400, day: "2026-11-28", month: "2026-11" };
  const morning = exchanged(evening, { seq: 2, want: 100, ...back }, "2026-11-29T00:00:00Z");
  assert.deepEqual([morning.dayTokens, morning.monthTokens], [100, 700]);
  const december = exchanged(morning, { seq: 3, want: 100, ...back }, "2026-12-01T00:00:00Z");
  assert.deepEqual([december.dayTokens, december.monthTokens], [100, 100]);
});

test("months end when the calendar says, leap years included, and so do days", () => {
  const endsOf = (at: string): readonly (number | undefined)[] => {
    const answer = exchange(undefined, question({ want: 1 }), Date.parse(at))?.answer;
    return [answer?.dayEndsInMs, answer?.monthEndsInMs];
  };
  const hourMs = 3_600_000;
  assert.deepEqual(endsOf("2028-02-28T23:00:00Z"), [hourMs, 25 * hourMs]);
  assert.deepEqual(endsOf("2027-02-28T23:00:00Z"), [hourMs, hourMs]);
  assert.deepEqual(endsOf("2026-12-31T23:00:00Z"), [hourMs, hourMs]);
});

test("a soft quota counts and refuses nothing", () => {
  const first = exchanged(undefined, { want: 7000, isSoft: true }, "2026-11-28T10:00:00Z");
  assert.deepEqual([first.granted, first.dayTokens], [7000, 7000]);
});
