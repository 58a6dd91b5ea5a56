import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BandFloors } from "./band-floors.ts";

test("a band is below its floor while it has had less than its share of what ran in the last ten seconds", () => {
  const floors = new BandFloors();
  floors.setFloor(1, 20);
  floors.beganToWait(1, 0);
  assert.equal(floors.isBelow(1, 0), false, "nothing ran: nobody is behind");
  floors.executed(0, 790, 100);
  floors.executed(1, 200, 200);
  assert.equal(floors.isBelow(1, 300), false);
  floors.executed(0, 20, 400);
  assert.equal(floors.isBelow(1, 500), true);
  assert.equal(floors.isBelow(0, 500), false, "none was promised to it");
});

test("what is older than ten seconds counts no more, for it and against it", () => {
  const floors = new BandFloors();
  floors.setFloor(1, 50);
  floors.beganToWait(1, 0);
  floors.executed(1, 1000, 0);
  floors.executed(0, 900, 9000);
  assert.equal(floors.isBelow(1, 9400), false);
  assert.equal(floors.isBelow(1, 10_000), true);
  floors.executed(1, 10, 18_900);
  assert.equal(floors.isBelow(1, 19_000), false);
  assert.equal(floors.isBelow(1, 60_000), false);
});

test("what is promised counts as if it had run, and can be thought away", () => {
  const floors = new BandFloors();
  floors.setFloor(1, 10);
  floors.executed(0, 1000, 0);
  floors.promised(1, 300);
  assert.equal(floors.isBelow(1, 0), false);
  assert.equal(floors.isBelow(1, 0, 300), true);
  floors.promised(1, -300);
  assert.equal(floors.isBelow(1, 0), true);
});

test("a band that asks for nothing saves nothing up", () => {
  const floors = new BandFloors();
  floors.setFloor(1, 50);
  for (let nowMs = 0; nowMs < 20_000; nowMs += 500) floors.executed(0, 1000, nowMs);
  floors.beganToWait(1, 20_000);
  assert.equal(floors.isBelow(1, 20_000), false);
  floors.executed(0, 1000, 20_100);
  assert.equal(floors.isBelow(1, 20_100), true);
});

test("asking anew does not hide what it has had", () => {
  const floors = new BandFloors();
  floors.setFloor(1, 10);
  floors.executed(1, 500, 0);
  floors.beganToWait(1, 1000);
  floors.executed(0, 1000, 1000);
  assert.equal(floors.isBelow(1, 1000), false);
});

test("the share is that of the last ten seconds, whenever and however much runs", () => {
  const run = fc.record({
    band: fc.nat(2),
    cost: fc.integer({ min: 1, max: 10_000 }),
    afterMs: fc.integer({ min: 0, max: 3000 }),
  });
  fc.assert(
    fc.property(
      fc.array(run, { maxLength: 60 }),
      fc.integer({ min: 1, max: 99 }),
      (runs, floor) => {
        const floors = new BandFloors();
        floors.setFloor(1, floor);
        const ran: { band: number; cost: number; halfSecond: number }[] = [];
        let nowMs = 0;
        for (const { band, cost, afterMs } of runs) {
          nowMs += afterMs;
          floors.executed(band, cost, nowMs);
          const now = Math.floor(nowMs / 500);
          ran.push({ band, cost, halfSecond: now });
          const recent = ran.filter(({ halfSecond }) => halfSecond > now - 20);
          const sum = (items: typeof ran) => items.reduce((total, each) => total + each.cost, 0);
          const own = sum(recent.filter((each) => each.band === 1));
          assert.equal(floors.isBelow(1, nowMs), own * 100 < floor * sum(recent));
        }
      },
    ),
  );
});
