// A rate window and what edges remember of it, over a change of its owner, on three clocks that agree about nothing,
// with messages under way. Checked against an exact list: no minute, wherever it begins, sees more than the limit; and
// the new owner is no stricter than the steps and the messages under way explain.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  recentAdmissions,
  recordAdmission,
  startAdmissionRing,
} from "#services/edge/session/admission-ring.ts";
import type { SlidingWindow } from "./sliding-window.ts";
import { charge, emptyWindow, restore, untilRequestFits } from "./sliding-window.ts";

const requestsPerMinute = 12;

interface Schedule {
  /** Between one who asks and the next. */
  readonly waitsMs: readonly number[];
  /** How many ask before the owner changes. */
  readonly before: number;
  /** From the owner's word to the edge's note; from the edge's report to the next owner. */
  readonly underWayMs: readonly [noted: number, told: number];
  /** Of the first owner, the edge and the second owner. */
  readonly clocksMs: readonly [number, number, number];
}

/** When each was admitted, in the world's time. */
function replay({ waitsMs, before, underWayMs, clocksMs }: Schedule): readonly number[] {
  const [notedMs, toldMs] = underWayMs;
  const [firstClock, edgeClock, secondClock] = clocksMs;
  const ring = startAdmissionRing();
  const admittedMs: number[] = [];
  let nowMs = 0;
  const ask = (window: SlidingWindow, clockMs: number): void => {
    if (untilRequestFits(window, requestsPerMinute, nowMs + clockMs) !== 0) return;
    charge(window, 10, nowMs + clockMs);
    recordAdmission(ring, 10, nowMs + notedMs + edgeClock);
    admittedMs.push(nowMs);
  };
  const first = emptyWindow();
  for (const waitMs of waitsMs.slice(0, before)) {
    nowMs += waitMs;
    ask(first, firstClock);
  }
  nowMs += notedMs;
  const told = recentAdmissions(ring, nowMs + edgeClock);
  nowMs += toldMs;
  const second = emptyWindow();
  for (const admission of told) restore(second, admission, nowMs + secondClock);
  for (const waitMs of waitsMs.slice(before)) {
    nowMs += waitMs;
    ask(second, secondClock);
  }
  return admittedMs;
}

const underWay = fc.double({ min: 0, max: 400, noNaN: true });
const clock = fc.double({ min: -1e6, max: 1e9, noNaN: true });
const clocksMs = fc.tuple(clock, clock, clock);
const underWayMs = fc.tuple(underWay, underWay);

test("a rebuilt window lets no minute see more than the limit", () => {
  const wait = fc.oneof(
    fc.double({ min: 0, max: 4000, noNaN: true }),
    fc.constantFrom(0, 1, 249, 250, 59_999, 60_000, 60_001, 60_250),
  );
  const schedule = fc.record({
    waitsMs: fc.array(wait, { minLength: 20, maxLength: 120, size: "max" }),
    before: fc.nat(60),
    underWayMs,
    clocksMs,
  });
  fc.assert(
    fc.property(schedule, (each) => {
      const admittedMs = replay(each);
      admittedMs.forEach((atMs, index) => {
        const beyond = admittedMs[index + requestsPerMinute];
        assert.ok(beyond === undefined || beyond - atMs >= 60_000, `${beyond} after ${atMs}`);
      });
    }),
    { numRuns: 500 },
  );
});

/** A minute and two steps of 250 ms; the edge tells whole milliseconds, and both it and the owner round towards the present. */
const atMostMs = 60_000 + 2 * 250 + 2;

test("it keeps nobody waiting for more than two steps and what was under way", () => {
  fc.assert(
    fc.property(underWayMs, clocksMs, fc.nat(50_000), (late, clocks, pauseMs) => {
      const burst = Array.from({ length: requestsPerMinute }, () => 0);
      const again = Math.max(0, atMostMs + late[0] + late[1] - pauseMs);
      const waitsMs = [...burst, pauseMs, again];
      const schedule = { waitsMs, before: burst.length + 1, underWayMs: late, clocksMs: clocks };
      assert.equal(replay(schedule).length, requestsPerMinute + 1);
    }),
  );
});
