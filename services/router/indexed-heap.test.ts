import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { HeapOrder } from "./indexed-heap.ts";
import { IndexedHeap } from "./indexed-heap.ts";

interface Item {
  readonly name: number;
  key: number;
  place: number;
}

const order: HeapOrder<Item> = {
  keyOf: (item) => item.key,
  isBefore: (a, b) => a.name < b.name,
  placeOf: (item) => item.place,
  setPlace: (item, place) => {
    item.place = place;
  },
};

const sorted = (items: Iterable<Item>): number[] =>
  [...items].toSorted((a, b) => a.key - b.key || a.name - b.name).map(({ name }) => name);

/** Adds, moves and removes by turns, beside a plain set of what must be in it. */
function shuffle(turns: readonly (readonly [number, number])[]): [IndexedHeap<Item>, Set<Item>] {
  const heap = new IndexedHeap(order);
  const items = Array.from({ length: 40 }, (_, name) => ({ name, key: 0, place: -1 }));
  const held = new Set<Item>();
  for (const [name, key] of turns) {
    const item = items[name] as Item;
    if (!heap.has(item)) {
      item.key = key;
      heap.add(item);
      held.add(item);
    } else if (key % 3 === 0) {
      heap.remove(item);
      held.delete(item);
    } else {
      item.key = key;
      heap.update(item);
    }
    for (const [place, here] of heap.items().entries()) assert.equal(here.place, place);
  }
  return [heap, held];
}

const turns = fc.array(fc.tuple(fc.integer({ min: 0, max: 39 }), fc.integer({ min: 0, max: 20 })), {
  maxLength: 300,
});

test("items come out in order, whatever was added, moved and removed before", () => {
  fc.assert(
    fc.property(turns, (asked) => {
      const [heap, held] = shuffle(asked);
      const expected = sorted(held);
      const popped: number[] = [];
      for (let least = heap.least(); least !== undefined; least = heap.least()) {
        popped.push(least.name);
        heap.remove(least);
        assert.equal(heap.has(least), false);
      }
      assert.deepEqual(popped, expected);
    }),
  );
});

test("the k least are visited in order, without being taken out", () => {
  fc.assert(
    fc.property(turns, fc.integer({ min: 0, max: 12 }), (asked, limit) => {
      const [heap, held] = shuffle(asked);
      const visited: number[] = [];
      heap.leastFirst(limit, ({ name }) => visited.push(name) > 0);
      assert.deepEqual(visited, sorted(held).slice(0, limit));
      assert.equal(heap.size, held.size);
    }),
  );
});

test("a visit ends when it is told to", () => {
  const [heap] = shuffle([
    [1, 1],
    [2, 2],
    [3, 4],
  ]);
  const visited: number[] = [];
  heap.leastFirst(3, ({ name }) => visited.push(name) < 2);
  assert.deepEqual(visited, [1, 2]);
});
