import assert from "node:assert/strict";
import { test } from "node:test";
import { legalOutput } from "#loadtest/chaos/streams/legal-output.ts";
import { compareText } from "./compare-text.ts";

const legal = legalOutput({ tenant: "acme", prompt: "a prompt", outputTokens: 40 });
const tokens = (from: number, to: number): string => legal.slice(from * 4, to * 4);

const cases = [
  ["all of it", legal, [0, 0, 0, 40]],
  ["a beginning", tokens(0, 7), [0, 0, 0, 7]],
  ["nothing", "", [0, 0, 0, 0]],
  ["two left out", tokens(0, 10) + tokens(12, 40), [2, 0, 0, 38]],
  ["three twice", tokens(0, 10) + tokens(7, 40), [0, 3, 0, 40]],
  ["from the beginning again", tokens(0, 10) + legal, [0, 10, 0, 40]],
  ["a foreign one between", `${tokens(0, 10)}xyz ${tokens(10, 40)}`, [0, 0, 1, 40]],
  [
    "another's text",
    legalOutput({ tenant: "bolt", prompt: "a prompt", outputTokens: 5 }),
    [0, 0, 5, 0],
  ],
  ["half a token", `${tokens(0, 5)}xy`, [0, 0, 1, 5]],
] as const;

for (const [name, text, expected] of cases) {
  test(`of a text with ${name}`, () => {
    const { lost, duplicated, foreign, delivered } = compareText(text, legal);
    assert.deepEqual([lost, duplicated, foreign, delivered], expected);
  });
}
