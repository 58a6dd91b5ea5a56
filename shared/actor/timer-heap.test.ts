import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TimerHeap } from "./timer-heap.ts";

interface Named {
  readonly atMs: number;
  readonly name: number;
}

test("live timers come out by deadline, equals in the order they were armed", () => {
  const operation = fc.record({
    atMs: fc.integer({ min: 0, max: 20 }),
    isCancel: fc.boolean(),
    which: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
      const heap = new TimerHeap<Named>();
      let live: Named[] = [];
      for (const [name, { atMs, isCancel, which }] of operations.entries()) {
        if (isCancel && live.length > 0) {
          const victim = live[which % live.length];
          if (victim === undefined) continue;
          assert.equal(heap.cancel(victim), true);
          assert.equal(heap.cancel(victim), false, "only once");
          live = live.filter((timer) => timer !== victim);
        } else {
          const timer = { atMs, name };
          heap.push(timer);
          live.push(timer);
        }
        assert.equal(heap.size, live.length);
      }
      const expected = live.toSorted((a, b) => a.atMs - b.atMs || a.name - b.name);
      assert.equal(heap.earliestMs(), expected[0]?.atMs ?? Infinity);
      const popped: Named[] = [];
      for (let due = heap.popDue(10); due !== undefined; due = heap.popDue(10)) popped.push(due);
      assert.deepEqual(
        popped,
        expected.filter(({ atMs }) => atMs <= 10),
      );
      for (let due = heap.popDue(99); due !== undefined; due = heap.popDue(99)) popped.push(due);
      assert.deepEqual(popped, expected);
    }),
  );
});

test("arming and cancelling for ever leaves little garbage", () => {
  const heap = new TimerHeap<Named>();
  for (let name = 0; name < 10; name++) heap.push({ atMs: 1e9, name });
  for (let name = 0; name < 10_000; name++) {
    const timer = { atMs: 1e6 - name, name };
    heap.push(timer);
    heap.cancel(timer);
    assert.ok(heap.slots <= 10 + 66, `${heap.slots} slots`);
  }
  assert.equal(heap.size, 10);
});
