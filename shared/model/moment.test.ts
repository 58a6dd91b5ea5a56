import assert from "node:assert/strict";
import { test } from "node:test";
import { isDay, readMoment } from "./moment.ts";

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
