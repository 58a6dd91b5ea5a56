import assert from "node:assert/strict";
import { test } from "node:test";
import { prefixBytes, prefixKey } from "./prefix-key.ts";

const prompt = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill);

test("prompts that begin alike have one key, however they go on", () => {
  const short = prompt(prefixBytes, 1);
  const long = prompt(prefixBytes + 100, 1);
  assert.match(prefixKey("ns", short), /^[0-9a-f]{16}$/);
  assert.equal(prefixKey("ns", short), prefixKey("ns", long));
});

test("another byte or another namespace is another key", () => {
  const one = prompt(prefixBytes, 1);
  const other = one.with(prefixBytes - 1, 2);
  assert.notEqual(prefixKey("ns", one), prefixKey("ns", other));
  assert.notEqual(prefixKey("ns", one), prefixKey("nt", one));
});

test("a prompt too short to share has no key", () => {
  assert.equal(prefixKey("ns", prompt(prefixBytes - 1, 1)), "");
});
