import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { PriceBook } from "./price-book.ts";
import { endOf, overlapOf, spansOf } from "./price-book.ts";

const book = (id: string, from: number, to?: number, tenant = ""): PriceBook => ({
  id,
  currency: "EUR",
  tenant,
  fromEpochMs: from,
  toEpochMs: to,
  rates: { models: {} },
});

const asked = { currency: "EUR", tenant: "acme", fromEpochMs: 0, toEpochMs: 100 };
const spans = (...books: readonly PriceBook[]): readonly string[] =>
  spansOf({ ...asked, books }).map(
    ({ fromEpochMs, toEpochMs, book }) => `${fromEpochMs}-${toEpochMs} ${book?.id ?? "none"}`,
  );

test("an open book gives way to the next of its scope, and a tenant's own goes before the one for all", () => {
  assert.deepEqual(spans(book("a", -50), book("b", 30)), ["0-30 a", "30-100 b"]);
  assert.deepEqual(spans(book("a", 10, 20)), ["0-10 none", "10-20 a", "20-100 none"]);
  assert.deepEqual(spans(book("all", 0), book("own", 40, 60, "acme")), [
    "0-40 all",
    "40-60 own",
    "60-100 all",
  ]);
  assert.deepEqual(spans(book("all", 0), book("other", 40, 60, "bolt")), ["0-100 all"]);
  assert.deepEqual(spans({ ...book("dollars", 0), currency: "USD" }), ["0-100 none"]);
});

test("two books of one scope overlap when both would hold, or begin together; of different scopes never", () => {
  assert.match(overlapOf(book("a", 0, 50), book("b", 49)) ?? "", /overlaps book b/);
  assert.match(overlapOf(book("b", 49), book("a", 0, 50)) ?? "", /overlaps book a/);
  assert.match(overlapOf(book("a", 5), book("b", 5)) ?? "", /begins at the same moment as book b/);
  assert.equal(overlapOf(book("a", 0, 50), book("b", 50)), undefined);
  assert.equal(overlapOf(book("a", 0), book("b", 50)), undefined);
  assert.equal(overlapOf(book("a", 0, 50), book("b", 0, 50, "acme")), undefined);
});

test("spans cover the whole stretch without gaps, and in each the book that holds is the one that holds at every moment of it", () => {
  const moments = fc.integer({ min: -20, max: 120 });
  const shelf = fc.uniqueArray(fc.tuple(moments, fc.boolean()), {
    selector: ([from, isOwn]) => `${from}${isOwn}`,
    maxLength: 8,
  });
  fc.assert(
    fc.property(shelf, fc.integer({ min: 0, max: 99 }), (drawn, at) => {
      const books = drawn.map(([from, isOwn], index) =>
        book(`b${index}`, from, undefined, isOwn ? "acme" : ""),
      );
      const found = spansOf({ ...asked, books });
      assert.deepEqual([found[0]?.fromEpochMs, found.at(-1)?.toEpochMs], [0, 100]);
      for (const [index, span] of found.slice(1).entries())
        assert.equal(span.fromEpochMs, found[index]?.toEpochMs);
      const span = found.find(({ fromEpochMs, toEpochMs }) => fromEpochMs <= at && at < toEpochMs);
      const holding = books.filter((one) => one.fromEpochMs <= at && at < endOf(one, books));
      const expected = holding.find(({ tenant }) => tenant !== "") ?? holding[0];
      assert.equal(span?.book?.id, expected?.id);
    }),
  );
});
