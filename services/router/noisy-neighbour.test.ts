import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TenantId } from "#shared/model/ids.ts";
import { FirstTokenTime, QuickestTenth, RunningMedian, slownessOf } from "./noisy-estimate.ts";
import { NoisyNeighbour } from "./noisy-neighbour.ts";
import type { TenantAccount } from "./tenant-account.ts";
import { openAccount } from "./tenant-account.ts";

interface Busy {
  readonly placements: number;
  readonly waiting?: number;
  readonly weight?: number;
}

const busy = (name: string, { placements, waiting = 0, weight = 1 }: Busy): TenantAccount =>
  Object.assign(openAccount(name as TenantId, 0, weight), {
    placements,
    waiting: { size: waiting },
  });

/** So many requests of 1,000 prompt tokens, each prefilled in 20 ms. */
function hear(
  neighbours: NoisyNeighbour,
  tenant: string,
  waitedMs: number,
  times: number = 30,
): void {
  for (let time = 0; time < times; time++) {
    const request = { tenant: tenant as TenantId, waitedMs, prefillMs: 20, computedTokens: 1000 };
    neighbours.firstToken(request, 0);
  }
}

const flood = busy("flood", { placements: 12, waiting: 9 });
const victims = [busy("acme", { placements: 2 }), busy("bolt", { placements: 1 })];

function looks(neighbours: NoisyNeighbour, accounts: readonly TenantAccount[], nowMs: number = 0) {
  return [1, 2, 3, 4].map(() => neighbours.look(accounts, nowMs)?.noisy.tenant);
}

test("who is far over its share while others inside theirs wait is noisy, after three looks in a row", () => {
  const neighbours = new NoisyNeighbour();
  hear(neighbours, "acme", 0);
  neighbours.look([flood, ...victims], 0);
  hear(neighbours, "acme", 100);
  assert.deepEqual(looks(neighbours, [flood, ...victims]), [
    undefined,
    undefined,
    "flood",
    undefined,
  ]);
});

const isQuiet = (neighbours: NoisyNeighbour, accounts: readonly TenantAccount[], nowMs?: number) =>
  assert.ok(looks(neighbours, accounts, nowMs).every((one) => one === undefined));

test("nobody is noisy where nobody suffers, nor where who suffers is over its own share", () => {
  const neighbours = new NoisyNeighbour();
  hear(neighbours, "acme", 0);
  neighbours.look([flood, ...victims], 0);
  hear(neighbours, "flood", 5000);
  isQuiet(neighbours, [flood, ...victims]);
});

test("nobody is noisy who holds no more than its weight is worth, few places, or asks for no more", () => {
  const neighbours = new NoisyNeighbour();
  hear(neighbours, "acme", 0);
  neighbours.look([flood, ...victims], 0);
  hear(neighbours, "acme", 100);
  isQuiet(neighbours, [busy("flood", { placements: 12, waiting: 9, weight: 10 }), ...victims]);
  isQuiet(neighbours, [
    busy("flood", { placements: 3, waiting: 9 }),
    busy("acme", { placements: 0 }),
  ]);
  isQuiet(neighbours, [busy("flood", { placements: 12 }), ...victims]);
});

test("what was measured long ago accuses nobody", () => {
  const neighbours = new NoisyNeighbour();
  hear(neighbours, "acme", 0);
  neighbours.look([flood, ...victims], 0);
  hear(neighbours, "acme", 100);
  isQuiet(neighbours, [flood, ...victims], 20_000);
});

test("a pool that is slow for everybody in calm has another normal", () => {
  const neighbours = new NoisyNeighbour();
  hear(neighbours, "acme", 80, 60);
  neighbours.look([flood, ...victims], 0);
  hear(neighbours, "acme", 100, 60);
  isQuiet(neighbours, [flood, ...victims]);
});

test("a long prompt is not slow because it is long", () => {
  const time = new FirstTokenTime();
  for (let round = 0; round < 50; round++) {
    time.add(500, 10_000);
    time.add(8000, 160_000);
  }
  assert.equal(slownessOf(160_000, time.expectedUs(8000)), 1000);
  assert.equal(slownessOf(10_000, time.expectedUs(500)), 1000);
});

test("the quickest tenth is low among what it was told, and a pool that got slower is believed in time", () => {
  const tenth = new QuickestTenth();
  for (let round = 0; round < 400; round++) tenth.add(1000 + ((round * 37) % 100) * 10);
  assert.ok(tenth.us >= 1000 && tenth.us < 1300, `${tenth.us}`);
  for (let round = 0; round < 400; round++) tenth.add(5000);
  assert.ok(tenth.us > 4000, `${tenth.us}`);
});

test("a running median is an integer within what it was told, finds the middle, and no outlier moves it far", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1 }), (values) => {
      const median = new RunningMedian(1000);
      for (const value of values) median.add(value);
      assert.ok(Number.isSafeInteger(median.value));
      assert.ok(median.value >= Math.min(1000, ...values));
      assert.ok(median.value <= Math.max(1000, ...values));
    }),
  );
  const median = new RunningMedian(1000);
  for (let round = 0; round < 200; round++) median.add(2000 + ((round * 7) % 11) * 100);
  assert.ok(median.value > 2000 && median.value < 3000);
  const before = median.value;
  median.add(1_000_000);
  assert.ok(median.value <= before * 1.13);
});
