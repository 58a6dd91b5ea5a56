import assert from "node:assert/strict";
import { test } from "node:test";
import { prefixRungTokens } from "#shared/model/prefix-ladder.ts";
import { prefixKeys } from "./prefix-keys.ts";

const prompt = (tokens: number, fill: number): Uint8Array => new Uint8Array(tokens * 4).fill(fill);
const [first = 0, second = 0] = prefixRungTokens;

test("prompts that begin alike have the keys of what they share, however they go on", () => {
  const short = prefixKeys("ns", prompt(first, 1));
  const long = prefixKeys("ns", prompt(second, 1));
  assert.equal(short.length, 2);
  assert.deepEqual(long.slice(0, 2), short);
  assert.equal(long.length, 3);
});

test("a difference changes the keys from the rung that covers it, and none before", () => {
  const one = prompt(second, 1);
  const [space, shortest, longer] = prefixKeys("ns", one);
  const other = prefixKeys("ns", one.with(first * 4, 2));
  assert.deepEqual(other.slice(0, 2), [space, shortest]);
  assert.notEqual(other[2], longer);
});

test("another namespace has no key in common, nor the same name", () => {
  const mine = new Set(prefixKeys("ns", prompt(70_000, 1)));
  for (const key of prefixKeys("nt", prompt(70_000, 1))) assert.ok(!mine.has(key));
});

test("keys are exact numbers, one per rung and one for the namespace, however long the prompt", () => {
  const keys = prefixKeys("ns", prompt(200_000, 7));
  assert.equal(keys.length, prefixRungTokens.length + 1);
  assert.equal(new Set(keys).size, keys.length);
  assert.ok(keys.every((key) => Number.isSafeInteger(key) && key >= 0));
});

test("a prompt too short to share has no keys", () => {
  assert.deepEqual(prefixKeys("ns", prompt(first - 1, 1)), []);
});
