import assert from "node:assert/strict";
import { test } from "node:test";
import { finalEntry, request } from "#shared/ledger/ledger.cases.ts";
import type { UsageRecord } from "#shared/model/usage.ts";
import { countEnded, countOpened, startAdmissionBook } from "./admission-book.ts";

const minute = 1_700_000_040_000;

const recordOf = (name: string, part: Partial<UsageRecord> = {}): UsageRecord =>
  finalEntry({ requestId: request(name), arrivedAtEpochMs: minute + 5, ...part }).record;

test("a request is counted once, in the minute of its arrival, however often it is told of", () => {
  const book = startAdmissionBook();
  for (const name of ["r1", "r1", "r2", "r3"]) countOpened(book, recordOf(name));
  // An account that was written later says a later moment: the count stays where it was.
  countEnded(book, recordOf("r1", { outcome: "stop", arrivedAtEpochMs: minute + 70_000 }));
  countEnded(book, recordOf("r2", { outcome: "cancelled" }));
  countEnded(book, recordOf("r3", { outcome: "queue_full" }));
  countEnded(book, recordOf("r3", { outcome: "stop" }));
  // Who reads a reply again here was admitted elsewhere.
  countEnded(book, recordOf("another", { outcome: "stop" }));
  const counted = { tenant: "acme", minuteEpochMs: minute, opened: 3 };
  assert.deepEqual(
    [...book.minutes.values()],
    [{ ...counted, served: 1, cancelled: 1, failed: 1 }],
  );
  assert.equal(book.open.size, 0);
});

test("what is open is known by name, until it ends", () => {
  const book = startAdmissionBook();
  countOpened(book, recordOf("r1"));
  countOpened(book, recordOf("r2"));
  countEnded(book, recordOf("r1"));
  assert.deepEqual(
    [...book.open.values()].map(({ requestId }) => requestId),
    ["r2"],
  );
});
