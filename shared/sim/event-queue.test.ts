import assert from "node:assert/strict";
import { test } from "node:test";
import { EventQueue } from "./event-queue.ts";
import { SeededRandom } from "./seeded-random.ts";

test("events come out by time, then tie-break, then insertion", () => {
  const random = new SeededRandom(1, "heap");
  const queue = new EventQueue();
  const happened: number[] = [];
  const pushed = Array.from({ length: 2000 }, (_, number) => {
    const event = { atMs: random.below(50), tieBreak: random.below(3), number };
    queue.push(event.atMs, event.tieBreak, { act: () => happened.push(number) });
    return event;
  });
  const expected = pushed.toSorted(
    (a, b) => a.atMs - b.atMs || a.tieBreak - b.tieBreak || a.number - b.number,
  );
  for (const { atMs } of expected) {
    assert.equal(queue.earliestMs(), atMs);
    queue.pop()?.act();
  }
  assert.deepEqual(
    happened,
    expected.map(({ number }) => number),
  );
  assert.equal(queue.earliestMs(), Infinity);
  assert.equal(queue.size, 0);
  assert.equal(queue.pop(), undefined);
});

test("events that come while others leave keep the order", () => {
  const random = new SeededRandom(2, "heap");
  const queue = new EventQueue();
  let nowMs = 0;
  let last = 0;
  const push = (): void => {
    const atMs = nowMs + random.below(20);
    queue.push(atMs, 0xffffffff - random.below(2), { act: () => (last = atMs) });
  };
  for (let count = 0; count < 700; count++) push();
  for (let count = 0; count < 20_000; count++) {
    nowMs = queue.earliestMs();
    queue.pop()?.act();
    assert.equal(last, nowMs);
    push();
    assert.ok(queue.earliestMs() >= nowMs);
  }
  assert.equal(queue.size, 700);
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
