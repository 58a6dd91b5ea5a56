import assert from "node:assert/strict";
import { test } from "node:test";
import type { Receipt } from "./client.ts";
import type { Billed } from "./judge.ts";
import { judge } from "./judge.ts";

const receipt = (part: Partial<Receipt>): Receipt => ({
  ask: { kind: "stream", tenant: "acme", prompt: "", outputTokens: 9, cutAfter: 1, key: "k" },
  requestId: "r1",
  received: 5,
  end: "whole",
  had: undefined,
  others: [],
  duplicates: 0,
  code: "",
  ...part,
});
const row = (part: Partial<Billed> = {}): Billed => ({
  tenant: "acme",
  requestId: "r1",
  outputTokens: 5,
  promptTokens: 3,
  attempts: 1,
  isFinal: true,
  ...part,
});

const cases: readonly (readonly [string, Partial<Receipt>, readonly Billed[], string])[] = [
  ["billed as received", {}, [row()], ""],
  ["one token too many", {}, [row({ outputTokens: 6 })], "mismatches"],
  ["one too few", {}, [row({ outputTokens: 4 })], "mismatches"],
  ["never settled", {}, [row({ isFinal: false })], "mismatches"],
  ["not in the ledger", {}, [], "missing"],
  ["cut, a window more", { end: "cut" }, [row({ outputTokens: 261 })], ""],
  ["cut, more than a window", { end: "cut" }, [row({ outputTokens: 262 })], "over_window"],
  ["cut, less than received", { end: "cut" }, [row({ outputTokens: 4 })], "mismatches"],
  ["read on, all of it to be had", { end: "cut", had: 9 }, [row({ outputTokens: 9 })], ""],
  [
    "read on, and more billed than that",
    { end: "cut", had: 8 },
    [row({ outputTokens: 9 })],
    "over_window",
  ],
  [
    "refused, and in the ledger with nothing",
    { end: "refused", received: 0 },
    [row({ outputTokens: 0, promptTokens: 0 })],
    "",
  ],
  [
    "refused, and its prompt billed",
    { end: "refused", received: 0 },
    [row({ outputTokens: 0 })],
    "mismatches",
  ],
  ["refused, and unknown", { end: "refused", received: 0 }, [], ""],
  ["failed before anything came", { end: "failed", received: 0 }, [], ""],
  [
    "billed under another id as well",
    { others: ["r2"] },
    [row(), row({ requestId: "r2" })],
    "double_billed",
  ],
];

for (const [name, part, rows, expected] of cases) {
  test(name, () => {
    const figures = judge([receipt(part)], rows);
    const wrong = (["mismatches", "over_window", "double_billed", "missing"] as const).filter(
      (figure) => figures[figure] > 0,
    );
    assert.deepEqual(wrong, expected === "" ? [] : [expected]);
    assert.equal(figures.wrong.length, expected === "" ? 0 : 1);
  });
}
