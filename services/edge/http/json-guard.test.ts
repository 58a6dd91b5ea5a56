import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "./json-guard.ts";

const bounds = { jsonDepthMax: 3, jsonValuesMax: 10 };

function check(text: string | Buffer): unknown {
  const parsed = parseJson(Buffer.from(text), bounds);
  return parsed.kind === "parsed" ? parsed.value : parsed.refusal.message;
}

test("valid JSON within its bounds is parsed", () => {
  assert.deepEqual(check('{"a":[{"b":"ü"}]}'), { a: [{ b: "ü" }] });
});

test("nesting is counted before parsing, and not inside strings", () => {
  assert.equal(check("[[[[]]]]"), "The body nests deeper than 3.");
  assert.equal(check('"[[[[[[["'), "[[[[[[[");
  assert.equal(check(String.raw`"\"[[[[[[["`), '"[[[[[[[');
  assert.match(String(check("[".repeat(1_000_000))), /nests deeper/);
});

test("values are counted before parsing", () => {
  assert.equal(check(`[${"1,".repeat(20)}1]`), "The body holds more than 10 values.");
  assert.deepEqual(check('[",,,,,,,,,,,,,,"]'), [",,,,,,,,,,,,,,"]);
});

test("invalid UTF-8 and invalid JSON are refused without quoting the body", () => {
  assert.equal(check(Buffer.from([0x22, 0xff, 0x22])), "The body is not valid UTF-8.");
  for (const text of ["", "{", '{"a":1,}', "NaN", '"secret', "\uFEFF{}"]) {
    assert.equal(check(text), "The body is not valid JSON.");
  }
});
