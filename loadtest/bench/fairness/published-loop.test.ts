import assert from "node:assert/strict";
import { test } from "node:test";
import { figuresUnder } from "./gate.ts";
import { overload2 } from "./suites.ts";

test("the published loop gives the gaps that were derived for the published phases", () => {
  const requests = overload2.published();
  assert.equal(requests.length, 540 + 1080);
  const figures = figuresUnder("vtc", requests, overload2);
  assert.equal(figures.maxGap, 9476);
  assert.equal(Math.round(figures.tokensPerS), 898);
  assert.equal(figuresUnder("vtc-oracle", requests, overload2).maxGap, 4910);
});
