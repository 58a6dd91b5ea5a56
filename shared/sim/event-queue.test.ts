import assert from "node:assert/strict";
import { test } from "node:test";
import { EventQueue } from "./event-queue.ts";
import { SeededRandom } from "./seeded-random.ts";

const nothing = (): void => {};

test("events come out by time, then tie-break, then insertion", () => {
  const random = new SeededRandom(1, "heap");
  const queue = new EventQueue();
  const pushed = Array.from({ length: 2000 }, (_, number) => {
    const event = { atMs: random.below(50), tieBreak: random.below(3), number };
    queue.push(event.atMs, event.tieBreak, nothing);
    return event;
  });
  const expected = pushed.toSorted(
    (a, b) => a.atMs - b.atMs || a.tieBreak - b.tieBreak || a.number - b.number,
  );
  const popped = expected.map(() => queue.pop());
  assert.deepEqual(
    popped.map((event) => event?.number),
    expected.map(({ number }) => number),
  );
  assert.equal(queue.size, 0);
  assert.equal(queue.pop(), undefined);
});

test("one purpose's draws do not shift another's", () => {
  const alone = new SeededRandom(42, "seed").derive("faults");
  const root = new SeededRandom(42, "seed");
  root.derive("workload").next32();
  root.next32();
  const beside = root.derive("faults");
  assert.deepEqual(
    [alone.next32(), alone.next32(), alone.below(100)],
    [beside.next32(), beside.next32(), beside.below(100)],
  );
});

test("draws are spread evenly", () => {
  const random = new SeededRandom(3, "even");
  const counts = Array.from({ length: 10 }, () => 0);
  for (let draw = 0; draw < 100_000; draw++) {
    const face = random.below(10);
    counts[face] = (counts[face] ?? 0) + 1;
  }
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 400, counts.join(" "));
});
