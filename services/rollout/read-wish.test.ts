import assert from "node:assert/strict";
import { test } from "node:test";
import { readWish } from "./read-wish.ts";

const read = (name: unknown, to: unknown): unknown => {
  const reading = readWish({ name, to });
  if (reading.kind === "refused") return reading.why;
  const { model, name: adapter, toName, toModel } = reading.wish;
  return [model, adapter, toName, toModel];
};

test("a model's own name moves to a model, an adapter's to an adapter of its model", () => {
  assert.deepEqual(read("m:tone", "m:tone-v2"), ["m", "tone", "tone-v2", undefined]);
  assert.deepEqual(read("m", "n"), ["m", "", "", "n"]);
  assert.equal(read("m:tone", "n:tone"), "n:tone has another base model than m:tone.");
  const mixed = /a model's own name moves to a model, an adapter's to an adapter/;
  assert.match(String(read("m", "n:tone")), mixed);
  assert.match(String(read("m:tone", "n")), mixed);
});

test("what is no name is said to be none", () => {
  for (const bad of ["", "m:", ":tone", "a b", "m:a:b", 5]) {
    assert.equal(read(bad, "n"), "name: expected MODEL or MODEL:NAME.", String(bad));
  }
});
