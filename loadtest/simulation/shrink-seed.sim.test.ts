import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { atomsOf } from "./plan-atoms.ts";
import { noIndexDedupe } from "./planted/no-index-dedupe.ts";
import { loadCases, saveCase } from "./regress-case.ts";
import type { SmallCase } from "./shrink-seed.ts";
import { shrinkSeed } from "./shrink-seed.ts";
import type { SeedResult } from "./run-seed.ts";
import { planSeed, runSeed } from "./run-seed.ts";
import type { PlannedRequest } from "./workload.ts";

const checker = "delivered-text-is-the-oracles";

const runCase = ({ seed, plan, requests }: SmallCase, options: object): SeedResult =>
  runSeed({ ...options, seed, aim: () => plan, choose: () => requests });

/** Enough to take away; with all of them each trial takes twice as long. */
const everySixth = (requests: readonly PlannedRequest[]): readonly PlannedRequest[] =>
  requests.filter((_, index) => index % 6 === 0);

function shrunk(seed: number): SmallCase {
  const isSpent = (): boolean => false;
  const options = { ...noIndexDedupe, seed, choose: everySixth };
  const small = shrinkSeed(options, { checker, isSpent });
  assert.ok(small !== undefined, "the planted bug shows in this seed");
  return small;
}

test("a failing seed shrinks to a few faults and requests that still fail, and is kept as a file", () => {
  const seed = 3;
  const whole = planSeed({ seed });
  const small = shrunk(seed);
  assert.ok(atomsOf(whole.plan).length > 5, "there was something to take away");
  assert.ok(atomsOf(small.plan).length <= 2, JSON.stringify(small.plan));
  assert.ok(small.requests.length <= 2, `${small.requests.length} requests`);

  const folder = mkdtempSync(join(tmpdir(), "regress-"));
  try {
    saveCase(folder, small);
    const [kept] = loadCases(folder);
    assert.deepEqual(kept, small);
    assert.ok(kept !== undefined);
    const { violations } = runCase(kept, noIndexDedupe);
    assert.ok(
      violations.some(
        (violation) => violation.checker === checker && violation.what === small.what,
      ),
    );
    assert.deepEqual(runCase(kept, {}).violations, [], "it is the bug that fails");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what does not fail is not shrunk", () => {
  const requests = (): readonly [] => [];
  const isSpent = (): boolean => false;
  assert.equal(shrinkSeed({ seed: 3, choose: requests }, { checker, isSpent }), undefined);
});
