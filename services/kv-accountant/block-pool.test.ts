import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestId, TenantId, WorkerId } from "#shared/model/ids.ts";
import { TenantHoldings } from "./tenant-holdings.ts";
import type { BookingTerms, WorkerBlocks } from "./block-pool.ts";
import {
  book,
  bookAsReported,
  extend,
  giveBack,
  openWorker,
  raiseAsReported,
  resize,
} from "./block-pool.ts";

const holding = new TenantHoldings().of("acme" as TenantId);

const terms = (blocks: number): BookingTerms => ({
  requestId: "r1" as RequestId,
  attempt: 1,
  holding,
  blocks,
});

const worker = (): WorkerBlocks => openWorker("w1" as WorkerId, 1, 100);

const counts = (books: WorkerBlocks): number[] => [
  books.bookedBlocks,
  books.freeBlocks,
  books.totalBlocks,
  books.overcommittedBlocks,
];

test("what is booked comes off what is free, and more than is free is not booked at all", () => {
  const books = worker();
  const booking = book(books, terms(70));
  assert.ok(booking !== undefined);
  assert.deepEqual(counts(books), [70, 30, 100, 0]);
  assert.equal(book(books, terms(31)), undefined);
  assert.equal(extend(booking, 101), false);
  assert.deepEqual(counts(books), [70, 30, 100, 0]);
  assert.equal(extend(booking, 100), true);
  assert.equal(extend(booking, 80), true, "an extension never takes back");
  assert.deepEqual(counts(books), [100, 0, 100, 0]);
});

test("a booking returns exactly once", () => {
  const books = worker();
  const booking = book(books, terms(70));
  assert.ok(booking !== undefined);
  const { heldBlocks } = holding;
  giveBack(booking);
  assert.equal(holding.heldBlocks, heldBlocks - 70);
  assert.deepEqual(counts(books), [0, 100, 100, 0]);
  assert.throws(() => giveBack(booking), /exactly once/);
});

test("an engine may hold more than it has: nothing is free until that is made up for", () => {
  const books = worker();
  const first = book(books, terms(70));
  assert.ok(first !== undefined);
  const found = bookAsReported(books, terms(50));
  assert.deepEqual(counts(books), [120, 0, 100, 20]);
  raiseAsReported(found, 60);
  assert.deepEqual(counts(books), [130, 0, 100, 30]);
  giveBack(found);
  assert.deepEqual(counts(books), [70, 30, 100, 0]);
  resize(books, 50);
  assert.deepEqual(counts(books), [70, 0, 50, 20]);
  giveBack(first);
  assert.deepEqual(counts(books), [0, 50, 50, 0]);
});

test("blocks are whole and never negative", () => {
  assert.throws(() => book(worker(), terms(-1)), /whole/);
  assert.throws(() => book(worker(), terms(1.5)), /whole/);
  assert.throws(() => resize(worker(), Number.NaN), /whole/);
});
