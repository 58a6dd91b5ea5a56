import assert from "node:assert/strict";
import { test } from "node:test";
import { isDay, readMoment, readMomentOrAgo } from "./moment.ts";

test("a moment is read in UTC unless it names a zone", () => {
  assert.equal(readMoment("2026-11-30"), Date.UTC(2026, 10, 30));
  assert.equal(readMoment("2026-11-30T12:00"), Date.UTC(2026, 10, 30, 12));
  assert.equal(readMoment("2026-11-30T12:00:00 02:00"), Date.UTC(2026, 10, 30, 10));
  assert.equal(readMoment("1796074380000"), 1_796_074_380_000);
});

test("a day that there is not is no moment, and never another day", () => {
  for (const text of ["2026-02-29", "2026-02-30", "2026-04-31T12:00:00Z", "2026-13-01", "x", ""]) {
    assert.ok(Number.isNaN(readMoment(text)), text);
    assert.equal(isDay(text), false, text);
  }
  assert.equal(readMoment("2028-02-29"), Date.UTC(2028, 1, 29));
});

test("so long ago is a whole minute, with a minus sign or without", () => {
  const nowEpochMs = Date.UTC(2026, 10, 30, 12, 34, 56, 789);
  assert.equal(readMomentOrAgo("90m", nowEpochMs), Date.UTC(2026, 10, 30, 11, 4));
  assert.equal(readMomentOrAgo("-24h", nowEpochMs), Date.UTC(2026, 10, 29, 12, 34));
  assert.equal(readMomentOrAgo("7d", nowEpochMs), Date.UTC(2026, 10, 23, 12, 34));
  assert.equal(readMomentOrAgo("2026-11-30", nowEpochMs), Date.UTC(2026, 10, 30));
  for (const text of ["9999999d", "24", "1.5h", "24h ", "--24h", "h", "1y"]) {
    assert.ok(Number.isNaN(readMomentOrAgo(text, nowEpochMs)), text);
  }
});
