// The bound that each policy states, under tenants that try what they can: longest prompts and outputs, predictions far
// off either way, aborts at any moment, prefixes that are not cached, preemptions, going idle and coming back.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Offer } from "#shared/messages/to-router.ts";
import { costWeightsDefault } from "#shared/model/cost.ts";
import type { PolicyName } from "#shared/model/policy-name.ts";
import type { Player, Trick } from "./played-pool.ts";
import { PlayedPool } from "./played-pool.ts";
import { policyFiguresDefault, policyNamed } from "./policy-named.ts";
import { standingMax } from "./virtual-clock.ts";

const { promptToken, outputToken } = costWeightsDefault;
const sequencesMax = 4;
const promptMax = 400;
const outputMax = 60;

const trick: fc.Arbitrary<Trick> = fc
  .record({
    promptTokens: fc.integer({ min: 1, max: promptMax }),
    predicted: fc.integer({ min: 1, max: 2 * outputMax }),
    outputTokens: fc.integer({ min: 1, max: outputMax }),
    abortsAfter: fc.option(fc.nat(outputMax), { nil: undefined, freq: 4 }),
    preemptedAfter: fc.option(fc.integer({ min: 1, max: outputMax - 1 }), {
      nil: undefined,
      freq: 4,
    }),
    believed: fc.nat(100),
    cached: fc.nat(100),
  })
  .map(({ believed, cached, ...rest }) => ({
    ...rest,
    believedTokens: Math.floor(((rest.promptTokens - 1) * believed) / 100),
    cachedTokens: Math.floor(((rest.promptTokens - 1) * cached) / 100),
  }));

const player: fc.Arbitrary<Player> = fc.record({
  weight: fc.integer({ min: 1, max: 4 }),
  tricks: fc.array(trick, { minLength: 1, maxLength: 6 }),
  // As many can start in one step: fewer would not be a backlog.
  backlog: fc.integer({ min: sequencesMax + 1, max: 12 }),
});

/** On and off, in turns of so many steps. */
const guest: fc.Arbitrary<Player> = fc
  .tuple(player, fc.integer({ min: 5, max: 150 }))
  .map(([rest, steps]) => ({ ...rest, asks: (step) => Math.floor(step / steps) % 2 === 0 }));

interface Terms {
  /** Largest cost per weight of one request, at the larger of what was charged ahead and what ran. */
  readonly cost: number;
  /** U of the VTC paper: the larger of the longest prompt and all tokens that the pool can hold. */
  readonly held: number;
}

function termsOf(players: readonly Player[]): Terms {
  let cost = 0;
  let held = 0;
  for (const { tricks, weight } of players) {
    for (const { promptTokens, predicted, outputTokens, preemptedAfter = 0 } of tricks) {
      const prompt = promptTokens + preemptedAfter;
      const output = Math.max(predicted, outputTokens);
      cost = Math.max(cost, (prompt * promptToken + output * outputToken) / weight);
      const tokens = sequencesMax * (prompt + outputTokens);
      held = Math.max(held, (prompt * promptToken) / weight, (tokens * outputToken) / weight);
    }
  }
  return { cost, held };
}

const { quantum } = policyFiguresDefault;
const inService = sequencesMax + 1;

/** Largest difference of executed cost per weight, over any time in which two tenants are backlogged. */
const bounds: Readonly<Partial<Record<PolicyName, (terms: Terms) => number>>> = {
  vtc: ({ held }) => 2 * held,
  "vtc-oracle": ({ cost }) => 2 * inService * cost,
  drr: ({ cost }) => 2 * (quantum + sequencesMax * cost),
  dlpm: ({ held }) => 2 * (held + quantum),
  sfq: ({ cost }) => 2 * inService * cost,
  wfq: ({ cost }) => standingMax + 2 * inService * cost,
};

/** The first two players, between two steps: how far their service per weight came apart. */
function gapOf(name: PolicyName, players: readonly Player[], [from, to]: [number, number]): number {
  const lengths: { of?: PlayedPool } = {};
  // The oracle is told how long an answer is; of aborts and preemptions it knows nothing.
  const outputTokensOf = (offer: Offer): number => lengths.of?.outputTokensOf(offer) ?? 0;
  const pool = new PlayedPool(policyNamed(name, { outputTokensOf }), players, sequencesMax);
  lengths.of = pool;
  const [first, second] = players;
  assert.ok(first !== undefined && second !== undefined);
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let step = 0; step < to; step++) {
    pool.step();
    if (step < from) continue;
    const [a = 0, b = 0] = pool.served;
    const difference = a / first.weight - b / second.weight;
    least = Math.min(least, difference);
    most = Math.max(most, difference);
  }
  return most - least;
}

for (const [name, bound] of Object.entries(bounds) as [PolicyName, (terms: Terms) => number][]) {
  test(`${name}: whatever they try, backlogged tenants stay within the bound`, () => {
    fc.assert(
      fc.property(player, player, fc.array(guest, { maxLength: 2 }), (first, second, guests) => {
        const players = [first, second, ...guests];
        const gap = gapOf(name, players, [0, 600]);
        const most = bound(termsOf(players));
        assert.ok(gap <= most, `${gap} within ${most}`);
      }),
      { numRuns: 60 },
    );
  });

  test(`${name}: who was idle brings no credit`, () => {
    fc.assert(
      fc.property(player, player, fc.integer({ min: 50, max: 400 }), (first, second, from) => {
        const late = { ...second, asks: (step: number) => step === 0 || step >= from };
        const players = [first, late];
        const gap = gapOf(name, players, [from, from + 500]);
        const most = bound(termsOf(players));
        assert.ok(gap <= most, `${gap} within ${most}`);
      }),
      { numRuns: 60 },
    );
  });
}

const plain: Trick = {
  promptTokens: 100,
  predicted: 40,
  outputTokens: 40,
  believedTokens: 0,
  cachedTokens: 0,
};
const usual: Player = { weight: 1, tricks: [plain], backlog: 6 };

test("lcf: who was idle claims it all, which is what the lift of vtc is for", () => {
  const late = { ...usual, asks: (step: number) => step === 0 || step >= 2000 };
  const most = bounds.vtc?.(termsOf([usual, late])) ?? 0;
  assert.ok(gapOf("vtc", [usual, late], [2000, 4000]) <= most);
  assert.ok(gapOf("lcf", [usual, late], [2000, 4000]) > 3 * most);
  assert.ok(gapOf("lcf", [usual, usual], [0, 4000]) <= most, "without idle time it is fair");
});

test("fcfs: who asks more gets more, without bound", () => {
  const greedy = { ...usual, backlog: 24 };
  const [early, late] = [
    gapOf("fcfs", [greedy, usual], [0, 1000]),
    gapOf("fcfs", [greedy, usual], [0, 4000]),
  ];
  assert.ok(late > 3 * early, `${early}, then ${late}`);
});

test("how many requests a tenant has waiting, by however many keys, changes nothing", () => {
  for (const name of Object.keys(bounds) as PolicyName[]) {
    const many = { ...usual, backlog: 200 };
    const gap = gapOf(name, [many, usual], [0, 4000]);
    assert.ok(gap <= (bounds[name]?.(termsOf([usual])) ?? 0), `${name}: ${gap}`);
  }
});
