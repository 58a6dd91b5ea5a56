import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RequestId } from "#shared/model/ids.ts";
import type { Waiting } from "./waiting-list.ts";
import {
  comesBefore,
  emptyWaitingList,
  firstWaiting,
  insertWaiting,
  removeWaiting,
  takeFirstWaiting,
} from "./waiting-list.ts";

const entry = (position: number, rank = 2): Waiting => ({
  requestId: `r${position}` as RequestId,
  position,
  rank,
});

function drain(entries: readonly Waiting[], removed: readonly RequestId[]): number[] {
  const list = emptyWaitingList();
  for (const each of entries) insertWaiting(list, each);
  for (const requestId of removed) removeWaiting(list, requestId);
  const order: number[] = [];
  for (let next = takeFirstWaiting(list); next !== undefined; next = takeFirstWaiting(list)) {
    order.push(next.position);
  }
  assert.equal(list.indexOf.size, 0);
  return order;
}

test("requests leave in order of admission, retries before them", () => {
  assert.deepEqual(
    drain([entry(2), entry(1), entry(4, 1), entry(3), entry(5, 0)], []),
    [5, 4, 1, 2, 3],
  );
});

test("a removed request does not leave again, and removing it twice is harmless", () => {
  const list = emptyWaitingList();
  insertWaiting(list, entry(1));
  assert.equal(removeWaiting(list, entry(1).requestId), true);
  assert.equal(removeWaiting(list, entry(1).requestId), false);
  assert.equal(firstWaiting(list), undefined);
});

test("a request waits once", () => {
  const list = emptyWaitingList();
  insertWaiting(list, entry(1));
  assert.throws(() => insertWaiting(list, entry(1)), /waits once/);
});

test("any order of inserts and removals gives the order of a sorted list", () => {
  const shuffled = fc.uniqueArray(fc.record({ position: fc.nat(500), rank: fc.nat(2) }), {
    selector: ({ position }) => position,
    maxLength: 80,
    size: "max",
  });
  fc.assert(
    fc.property(shuffled, fc.array(fc.nat(500), { maxLength: 40 }), (chosen, away) => {
      const entries = chosen.map(({ position, rank }) => entry(position, rank));
      const kept = entries
        .filter(({ position }) => !away.includes(position))
        .sort((a, b) => (comesBefore(a, b) ? -1 : 1));
      assert.deepEqual(
        drain(
          entries,
          away.map((position) => entry(position).requestId),
        ),
        kept.map(({ position }) => position),
      );
    }),
    { numRuns: 300 },
  );
});
