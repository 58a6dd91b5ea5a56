import assert from "node:assert/strict";
import { test } from "node:test";
import { loadCases, regressFolder } from "./regress-case.ts";
import { runSeed } from "./run-seed.ts";

// Three of them a planted bug broke, and no other ever did: they show that a kept case still runs.
for (const { seed, checker, plan, requests } of loadCases(regressFolder)) {
  test(`what broke ${checker} in seed ${seed} breaks nothing any more`, () => {
    const { violations } = runSeed({ seed, aim: () => plan, choose: () => requests });
    assert.deepEqual(violations, []);
  });
}
