import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "./seeded-random.ts";
import { SimulatedClock } from "./simulated-clock.ts";

/** All of one instant: half known before, half scheduled in it. */
function orderOf(planned: readonly string[]): readonly string[] {
  const clock = new SimulatedClock(new SeededRandom(11, "seed"));
  const order: string[] = [];
  for (const name of planned) clock.plan(10, name, () => order.push(name));
  clock.schedule(1, () => {
    for (let number = 0; number < 8; number++) {
      clock.schedule(10, () => order.push(`later ${number}`));
    }
  });
  clock.runUntil(10);
  return order;
}

test("what is planned and then left out leaves the order of everything else as it was", () => {
  const names = Array.from({ length: 8 }, (_, number) => `planned ${number}`);
  const all = orderOf(names);
  assert.equal(all.length, 16);
  for (const left of names) {
    const without = orderOf(names.filter((name) => name !== left));
    assert.deepEqual(
      without,
      all.filter((name) => name !== left),
    );
  }
});
