// Bands over every policy: an upper band goes first, a lower one keeps its floor, and what batch work may cost interactive
// work has a bound: of what runs and is promised, its floor and one request.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Offer } from "#shared/messages/to-router.ts";
import { costWeightsDefault } from "#shared/model/cost.ts";
import type { PolicyName } from "#shared/model/policy-name.ts";
import { policyNames } from "#shared/model/policy-name.ts";
import type { Player, Trick } from "./played-pool.ts";
import { PlayedPool } from "./played-pool.ts";
import { policyNamed } from "./policy-named.ts";
import { ScriptedPolicy } from "./scripted-policy.ts";

const sequencesMax = 8;
const stepsPerWindow = 200;
const { promptToken, outputToken } = costWeightsDefault;

const short: Trick = {
  promptTokens: 50,
  predicted: 20,
  outputTokens: 20,
  believedTokens: 0,
  cachedTokens: 0,
};
const long: Trick = { ...short, promptTokens: 400, predicted: 40, outputTokens: 40 };
const costOfOne = ({ promptTokens, outputTokens }: Trick): number =>
  promptTokens * promptToken + outputTokens * outputToken;

const interactive: Player = { weight: 1, band: 0, tricks: [short], backlog: 12 };
const batch: Player = { weight: 1, band: 5, tricks: [long], backlog: 12, bandFloorPercent: 10 };
const requestsPerMinute = 1_000_000;
// Here predictions are true, and so the oracle knows.
const outputTokensOf = (offer: Offer): number => offer.outputTokensPredicted;
const make = (name: PolicyName) => policyNamed(name, { requestsPerMinute, outputTokensOf });

/** Shares of what was served, once the first windows are over. */
function shares(pool: PlayedPool, steps: number): number[] {
  for (let step = 0; step < 2 * stepsPerWindow; step++) pool.step();
  const before = [...pool.served];
  for (let step = 0; step < steps; step++) pool.step();
  const gained = pool.served.map((served, player) => served - (before[player] ?? 0));
  const whole = gained.reduce((sum, each) => sum + each, 0);
  return gained.map((each) => each / whole);
}

for (const name of policyNames) {
  test(`${name}: a band that is starved from above gets its floor, and not much more`, () => {
    const [, low = 0] = shares(
      new PlayedPool(make(name), [interactive, batch], sequencesMax),
      2000,
    );
    assert.ok(low > 0.085 && low < 0.14, `${low} of 0.10`);
  });
}

test("a band without a floor waits for all above it", () => {
  const { bandFloorPercent: _, ...bare } = batch;
  const [, low] = shares(new PlayedPool(make("wfq"), [interactive, bare], sequencesMax), 1000);
  assert.equal(low, 0);
});

test("a lower band has all that is left when nothing waits above", () => {
  const rare = { ...interactive, backlog: 1, asks: (step: number) => step % 40 === 0 };
  const [, low = 0] = shares(new PlayedPool(make("wfq"), [rare, batch], sequencesMax), 1000);
  assert.ok(low > 0.9, `${low}`);
});

test("what batch work gets while interactive work waits is never more than its floor and one request", () => {
  const trick = fc
    .record({
      promptTokens: fc.integer({ min: 1, max: 800 }),
      outputTokens: fc.integer({ min: 1, max: 80 }),
    })
    .map((each): Trick => ({ ...short, ...each, predicted: each.outputTokens }));
  const tricks = fc.array(trick, { minLength: 1, maxLength: 4 });
  const floor = fc.integer({ min: 1, max: 40 });
  // One request at a time hides nothing: what the band has had counts, however often it asks anew.
  const backlog = fc.constantFrom(1, 2, 12);
  const pause = fc.integer({ min: 1, max: 300 });
  fc.assert(
    fc.property(
      tricks,
      tricks,
      floor,
      fc.tuple(backlog, pause),
      (high, low, percent, [many, every]) => {
        const players = [
          { ...interactive, tricks: high },
          {
            ...batch,
            tricks: low,
            bandFloorPercent: percent,
            backlog: many,
            asks: (step: number) => Math.floor(step / every) % 2 === 0,
          },
        ];
        const pool = new PlayedPool(make("wfq"), players, sequencesMax);
        const largest = Math.max(...[...high, ...low].map(costOfOne));
        const history: number[][] = [];
        for (let step = 0; step < 1500; step++) {
          pool.step();
          history.push([...pool.served]);
          const from = history[step - stepsPerWindow] ?? [0, 0];
          const [all, own] = [
            pool.served.reduce((sum, each, player) => sum + each - (from[player] ?? 0), 0),
            (pool.served[1] ?? 0) - (from[1] ?? 0),
          ];
          // What was promised above counts too: at most all sequences; and the floor counts by half
          // seconds, a twentieth of the window at each of its ends.
          const whole = (all + sequencesMax * largest) * (1 + 2 / 20);
          const most = (whole * percent) / 100 + 2 * largest;
          assert.ok(own <= most, `${own} within ${most} at ${step}`);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("interactive work is delayed by the batch requests that its floor allows, and by none that came earlier", () => {
  // Batch alone for a minute, then interactive work floods: batch keeps what it runs, and gets no place before its share is down.
  const late = { ...interactive, asks: (step: number) => step >= 1200 };
  const pool = new PlayedPool(make("wfq"), [late, batch], sequencesMax);
  for (let step = 0; step < 1200; step++) pool.step();
  const [, before = 0] = pool.places;
  // The longest that a batch sequence may still run: after that every sequence that ended went to interactive work.
  for (let step = 0; step < long.outputTokens + 1; step++) pool.step();
  assert.equal(pool.places[1], before);
  assert.equal(pool.runningOf(1), 0);
});

test("what runs of a band is protected from above while the band would be below its floor without it", () => {
  const script = new ScriptedPolicy(make("wfq"));
  const terms = { promptTokens: 100, predicted: 50 };
  script.enter("low", { ...terms, band: 1, bandFloorPercent: 20 });
  const held = script.takeFirst();
  assert.ok(held !== undefined);
  assert.equal(script.policy.isProtected(held.charge), false, "nothing else is served");
  script.enter("high", { ...terms, band: 0 });
  script.serve("high", 200_000);
  assert.equal(script.policy.isProtected(held.charge), true);
  script.policy.executed(held.account, held.charge, 180_000);
  assert.equal(script.policy.isProtected(held.charge), false, "it has had its share");
  script.policy.passTo(30_000);
  assert.equal(script.policy.isProtected(held.charge), false);
});

test("how far a tenant that runs is ahead of the least that waits in its band", () => {
  const script = new ScriptedPolicy(make("wfq"));
  script.enter("a", { promptTokens: 100, predicted: 50 });
  const place = script.takeFirst();
  assert.ok(place !== undefined);
  assert.equal(script.policy.leadOf(place.account), 0, "nobody waits");
  script.enter("b");
  script.enter("c", { band: 1 });
  script.policy.executed(place.account, place.charge, 60_000);
  assert.equal(script.policy.leadOf(place.account), 60_000);
  script.policy.executed(place.account, place.charge, 260_000);
  assert.equal(script.policy.leadOf(place.account), 260_000);
  assert.equal(new ScriptedPolicy(make("fcfs")).policy.leastWaiting(0), undefined);
});
