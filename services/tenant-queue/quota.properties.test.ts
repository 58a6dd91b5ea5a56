// Laws of hard quotas under random schedules of owners that come and go without a word, answers that are lost, late or
// doubled, sessions that vanish and perhaps return, streams that run over the end of windows, and clocks that step: never
// more than a quota is used in a window, a crash between exchanges forfeits no more than the slice that was free, one of an
// edge nothing in the end, and what a stream used before midnight and after is in the accounts as on its bill.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Quota } from "#shared/model/quota.ts";
import { QuotaHouse } from "./quota-house.cases.ts";
import { pass } from "./scripted-queue.ts";
import { sliceOf } from "./quota-slice.ts";

const dayMs = 86_400_000;
const dailyTokens = 2000;
const hard = { mode: "hard" } as const;
const oneQuota: readonly Quota[] = [
  { ...hard, period: "day", metric: "tokens", limit: dailyTokens },
];
const several: readonly Quota[] = [
  ...oneQuota,
  { ...hard, period: "hour", metric: "output-tokens", limit: 1500 },
  { ...hard, period: "day", metric: "requests", limit: 30 },
  { ...hard, period: "week", metric: "prompt-tokens", limit: 1800 },
  { ...hard, period: "month", metric: "tokens", limit: 3000 },
  { mode: "soft", period: "month", metric: "requests", limit: 10 },
];
const atNoon = Date.UTC(2026, 10, 28, 12);
/** A Sunday that begins no month, and the last of one. */
const beforeMidnight = [Date.UTC(2026, 10, 29, 23, 59, 57), Date.UTC(2026, 10, 30, 23, 59, 57)];

type Step =
  | { readonly act: "submit"; readonly prompt: number; readonly max: number }
  | { readonly act: "answer"; readonly pick: number; readonly isLost: boolean }
  | { readonly act: "finish"; readonly pick: number; readonly share: number }
  | { readonly act: "deliver"; readonly pick: number; readonly share: number }
  | { readonly act: "vanish"; readonly pick: number; readonly share: number }
  | { readonly act: "say-last"; readonly pick: number; readonly share: number }
  | { readonly act: "tell-end"; readonly pick: number }
  | { readonly act: "come-back"; readonly pick: number }
  | { readonly act: "crash" }
  | { readonly act: "step-clock"; readonly byMs: number }
  | { readonly act: "wait"; readonly ms: number };

const withShare = <Act extends string>(
  ...acts: readonly Act[]
): fc.Arbitrary<{ act: Act; pick: number; share: number }> =>
  fc.record({ act: fc.constantFrom(...acts), pick: fc.nat(20), share: fc.nat(100) });

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant("submit" as const),
      prompt: fc.integer({ min: 1, max: 200 }),
      max: fc.integer({ min: 1, max: 900 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constant("answer" as const),
      pick: fc.oneof(fc.constant(0), fc.nat(50)),
      isLost: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: withShare("finish") },
  { weight: 6, arbitrary: withShare("deliver") },
  { weight: 3, arbitrary: withShare("vanish", "vanish", "say-last") },
  {
    weight: 5,
    arbitrary: fc.record({ act: fc.constantFrom("tell-end", "come-back"), pick: fc.nat(20) }),
  },
  { weight: 1, arbitrary: fc.constant({ act: "crash" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant("step-clock" as const),
      byMs: fc.constantFrom(-dayMs, -3_600_000, 3_600_000, dayMs),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant("wait" as const),
      ms: fc.constantFrom(300, 1000, 4500, 35_000),
    }),
  },
);

const without = (...acts: readonly Step["act"][]): fc.Arbitrary<Step> =>
  steps.filter(({ act }) => !acts.includes(act));

function take(house: QuotaHouse, step: Step): void {
  switch (step.act) {
    case "submit":
      return house.submit(step.prompt, step.max);
    case "answer":
      return house.answer(step.pick, step.isLost);
    case "finish":
      return house.finish(step.pick, step.share);
    case "deliver":
      return house.deliver(step.pick, step.share);
    case "crash":
      return house.crash();
    case "step-clock":
      house.epochMs += step.byMs;
      return;
    case "vanish":
      return house.vanish(step.pick, step.share);
    case "say-last":
      return house.sayLast(step.pick, step.share);
    case "tell-end":
      return house.tellEnd(step.pick);
    case "come-back":
      return house.comeBack(step.pick);
    case "wait":
      return house.wait(step.ms);
    default:
      return step satisfies never;
  }
}

/** In peace: everything is answered, and every session has its last word. */
function settle(house: QuotaHouse): void {
  for (let round = 0; round < 20 && house.live.size > 0; round++) {
    house.finish(0, 50);
    house.answerAll();
  }
  while (house.live.size > 0) house.finish(0, 0);
  for (let round = 0; round < 20; round++) {
    house.answerAll();
    house.hear(pass(house.script, 1000));
  }
}

const takenToday = (house: QuotaHouse): number => house.record?.periods.day.taken.tokens ?? 0;
const total = (amounts: Iterable<number>): number =>
  [...amounts].reduce((sum, amount) => sum + amount, 0);

interface Ran {
  most: number;
  renewals: number;
}

function neverOverspends(step: fc.Arbitrary<Step>, starts: readonly number[]): Ran {
  const ran = { most: 0, renewals: 0 };
  const skews = fc.constantFrom(0, -400, 400, 3000);
  const schedules = fc.array(step, { maxLength: 120, size: "max" });
  fc.assert(
    fc.property(schedules, fc.constantFrom(...starts), skews, (schedule, start, skewMs) => {
      const house = new QuotaHouse(several, start);
      house.skewMs = skewMs;
      for (const each of schedule) {
        take(house, each);
        assert.deepEqual(house.overspent(), [], `after ${each.act}`);
        ran.most = Math.max(ran.most, ...house.spent().values());
      }
      ran.renewals += house.renewals;
    }),
    { numRuns: 300 },
  );
  return ran;
}

test("whatever crashes, is lost, doubled or late, no window sees more than its quota", () => {
  const { most } = neverOverspends(steps, [atNoon, ...beforeMidnight]);
  assert.ok(most > dailyTokens / 2, "the schedules do use the quotas");
});

test("nor do streams that go on into the next windows, whoever's clock is ahead", () => {
  const shortly = steps.filter((step) => step.act !== "wait" || step.ms <= 1000);
  const { renewals } = neverOverspends(shortly, beforeMidnight);
  assert.ok(renewals > 8, `streams do cross windows: ${renewals}`);
});

test("a crash between exchanges forfeits at most the free slice: all else is given back by sessions that end", () => {
  const slice = sliceOf(oneQuota, "day", "tokens");
  const calm = without("step-clock", "vanish");
  fc.assert(
    fc.property(fc.array(calm, { maxLength: 80, size: "max" }), (schedule) => {
      const house = new QuotaHouse(oneQuota, atNoon);
      let crashes = 0;
      for (const step of schedule) {
        if (step.act === "crash") {
          // In its last second everything was answered.
          for (let round = 0; round < 20; round++) house.answerAll();
          crashes += 1;
        }
        take(house, step.act === "answer" ? { ...step, isLost: false } : step);
      }
      settle(house);
      const used = total(house.usedIn.values());
      const taken = takenToday(house);
      assert.ok(
        taken - used <= crashes * slice,
        `${taken} taken, ${used} used, ${crashes} crashes`,
      );
      assert.ok(taken >= used, "what was used was taken");
    }),
    { numRuns: 200 },
  );
});

test("a dead edge forfeits nothing once the deadlines of its requests are over and their workers have said what ran", () => {
  const calm = without("step-clock", "crash");
  let vanished = 0;
  fc.assert(
    fc.property(fc.array(calm, { maxLength: 80, size: "max" }), (schedule) => {
      const house = new QuotaHouse(oneQuota, atNoon);
      for (const step of schedule) {
        take(house, step.act === "answer" ? { ...step, isLost: false } : step);
      }
      while (house.live.size > 0) house.finish(0, 50);
      for (let pick = 0; pick < house.vanished.size; pick++) house.tellEnd(pick);
      for (let round = 0; round < 20; round++) {
        house.answerAll();
        house.wait(1000);
      }
      const used = total(house.spent().values());
      assert.equal(takenToday(house), used, `${house.vanished.size} vanished`);
      vanished += house.vanished.size;
    }),
    { numRuns: 200 },
  );
  assert.ok(vanished > 1, `the schedules do lose sessions: ${vanished}`);
});

test("what streams used before midnight and after is in the accounts of both days, to the token, as on their bills", () => {
  const calm = without("step-clock", "crash", "vanish");
  let crossed = 0;
  const start = fc.constantFrom(...beforeMidnight);
  fc.assert(
    fc.property(fc.array(calm, { maxLength: 80, size: "max" }), start, (schedule, at) => {
      const house = new QuotaHouse(several, at);
      for (const step of schedule) {
        if (house.epochMs > at + 60_000) break;
        take(house, step.act === "answer" ? { ...step, isLost: false } : step);
        // Nobody is in doubt about the time where nothing is on its way: what is funded is funded when it arrives.
        for (let round = 0; round < 4; round++) house.answerAll();
      }
      settle(house);
      const { window, taken, earlier } = house.record?.periods.day ?? { window: "" };
      const billed = (day: string = ""): number => house.billedOn.get(day) ?? 0;
      assert.equal(taken?.tokens ?? 0, billed(window), `on ${window}`);
      if (earlier === undefined) return;
      assert.equal(earlier.taken.tokens, billed(earlier.window), `on ${earlier.window}`);
      crossed += Math.min(1, house.renewals);
    }),
    { numRuns: 300 },
  );
  assert.ok(crossed > 8, `streams do cross midnight: ${crossed}`);
});
