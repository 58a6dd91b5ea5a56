import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamEnd, StreamRecord } from "#loadtest/chaos/streams/stream-record.ts";
import { judgeBills } from "./judge-bills.ts";

const stream = (end: StreamEnd, received: number): StreamRecord =>
  ({ requestId: "r", text: "word".repeat(received), end }) as StreamRecord;
const bill = (outputTokens: number) => ({
  requestId: "r",
  outputTokens,
  isFinal: true,
  outcome: "stop",
});
const whole: StreamEnd = { kind: "whole" };
const cut: StreamEnd = { kind: "cut" };
const broken: StreamEnd = { kind: "broken", reason: "ECONNRESET", unresumed: "" };

const open = (outputTokens: number) => ({ ...bill(outputTokens), isFinal: false });

const cases = [
  ["whole and billed", stream(whole, 10), [bill(10)], 0],
  ["billed a token too few", stream(whole, 10), [bill(9)], 1],
  ["billed a token too many", stream(whole, 10), [bill(11)], 1],
  ["billed twice", stream(whole, 10), [bill(10), bill(10)], 1],
  ["not billed", stream(whole, 10), [], 1],
  ["billed and never closed", stream(whole, 10), [open(10)], 1],
  ["cut and billed a window more", stream(cut, 10), [bill(266)], 0],
  ["cut and billed more than that", stream(cut, 10), [bill(267)], 1],
  ["broken and billed less than it had", stream(broken, 10), [bill(9)], 1],
  ["broken and left open", stream(broken, 10), [open(10)], 1],
  ["broken before the first token", stream(broken, 0), [], 0],
] as const;

test("what is wrong is said in words", () => {
  assert.deepEqual(judgeBills([stream(whole, 10)], [bill(9), open(11)]).wrong_bills, [
    "r: 10 tokens received, whole; billed 9 (stop) and 11 (open)",
  ]);
});

for (const [name, read, bills, errors] of cases) {
  test(`a stream that was ${name}: ${errors === 0 ? "right" : "an error"}`, () => {
    assert.equal(judgeBills([read], bills).billing_errors, errors);
  });
}
