import assert from "node:assert/strict";
import { test } from "node:test";
import type { ArmCounts, RolloutCounts } from "#shared/model/arm-counts.ts";
import { bucketOf, noCounts, noRolloutCounts } from "#shared/model/arm-counts.ts";
import type { RolloutStage } from "#shared/model/rollout.ts";
import { SeededRandom } from "#shared/sim/seeded-random.ts";
import { noErrorEvidence } from "./evidence.ts";
import type { Verdict } from "./judge-arms.ts";
import { judgeArms, requestsToProve } from "./judge-arms.ts";

// Thousands of rollouts by chance: how often a version as good as the old one is taken back, and how many requests a bad one gets.

const stage: RolloutStage = {
  kind: "canary",
  share: 1_000,
  shadowShare: 0,
  dwellMs: 0,
  samplesMin: 1,
};
const tolerances = { ttft: 1.3, tpot: 1.3, errorRate: 0.005, errorMargin: 0.02 };

interface Version {
  readonly errors: number;
  /** Median. */
  readonly ttftMs: number;
}

interface Writable {
  requests: number;
  completed: number;
  errors: number;
  ttftComputed: number[];
}

const start = (): Writable => ({
  requests: 0,
  completed: 0,
  errors: 0,
  ttftComputed: Array.from({ length: 165 }, () => 0),
});

const uniform = (random: SeededRandom): number => (random.next32() + 1) / (2 ** 32 + 1);

/** Log-normal, as times to first token of mixed prompts are: one in ten takes 2.4 times the median. */
const spread = (random: SeededRandom): number =>
  Math.exp(
    0.7 * Math.sqrt(-2 * Math.log(uniform(random))) * Math.cos(2 * Math.PI * uniform(random)),
  );

function ask(arm: Writable, { errors, ttftMs }: Version, random: SeededRandom): void {
  arm.requests++;
  if (uniform(random) < errors) {
    arm.errors++;
    return;
  }
  arm.completed++;
  const bucket = bucketOf(ttftMs * spread(random));
  arm.ttftComputed[bucket] = (arm.ttftComputed[bucket] ?? 0) + 1;
}

const countsOf = (arm: Writable): ArmCounts => ({ ...noCounts, ...arm });

interface Ended {
  readonly verdict: Verdict;
  readonly exposed: number;
}

/** One stage of so many requests, looked at after every ten of the new version. */
function played(seed: number, versions: readonly [Version, Version], requests: number): Ended {
  const random = new SeededRandom(seed, "judge-arms");
  const [first, second] = [start(), start()];
  for (let request = 0; request < requests; request++) {
    const isNew = uniform(random) < stage.share / 10_000;
    ask(isNew ? second : first, versions[isNew ? 1 : 0], random);
    if (!isNew || second.requests % 10 !== 0) continue;
    const now: RolloutCounts = { ...noRolloutCounts, v1: countsOf(first), v2: countsOf(second) };
    const verdict = judgeArms({
      stage,
      now,
      before: noRolloutCounts,
      all: now,
      carried: noErrorEvidence,
      tolerances,
    });
    if (verdict.kind === "harm") return { verdict, exposed: second.requests };
  }
  return { verdict: { kind: "fine" }, exposed: second.requests };
}

function many(rounds: number, versions: readonly [Version, Version], requests: number) {
  const ended = Array.from({ length: rounds }, (_, seed) => played(seed, versions, requests));
  const harmed = ended.filter(({ verdict }) => verdict.kind === "harm");
  const exposed = harmed.map((one) => one.exposed).toSorted((a, b) => a - b);
  return { found: harmed.length / rounds, p90: exposed[Math.floor(exposed.length * 0.9)] ?? 0 };
}

const plain: Version = { errors: 0.002, ttftMs: 80 };

test("a version that is as good is hardly ever taken back, however often one looks", () => {
  const { found } = many(150, [plain, plain], 5_000);
  assert.ok(found <= 0.02, `${found * 100} % false alarms`);
});

test("a version that errs as often as an old one that errs much is not taken back", () => {
  const erring = { ...plain, errors: 0.05 };
  const { found } = many(100, [erring, erring], 5_000);
  assert.ok(found <= 0.02, `${found * 100} % false alarms`);
});

test("three errors in a hundred are found within some hundreds of requests", () => {
  const { found, p90 } = many(100, [plain, { ...plain, errors: 0.03 }], 8_000);
  assert.ok(found >= 0.99, `${found * 100} % found`);
  assert.ok(p90 <= 400, `nine in ten within ${p90}`);
});

test("twice the time to first token is found within some hundreds of requests, however much prompts differ", () => {
  const { found, p90 } = many(100, [plain, { ...plain, ttftMs: 160 }], 10_000);
  assert.ok(found >= 0.99, `${found * 100} % found`);
  assert.ok(p90 <= 400, `nine in ten within ${p90}`);
});

test("one that is a tenth slower is let through: that is tolerated", () => {
  const { found } = many(50, [plain, { ...plain, ttftMs: 88 }], 5_000);
  assert.ok(found <= 0.02, `${found * 100} % taken back`);
});

test("a stage is left only once three in a hundred are unlikely", () => {
  const all = (errors: number, of: number): RolloutCounts => ({
    ...noRolloutCounts,
    v1: { ...noCounts, completed: 5_000 },
    v2: { ...noCounts, completed: of - errors, errors },
  });
  const missing = (errors: number, of: number): number => {
    const counts = all(errors, of);
    const comparison = { stage, now: counts, before: noRolloutCounts, all: counts };
    return requestsToProve({ ...comparison, carried: noErrorEvidence, tolerances });
  };
  assert.equal(missing(0, 0), 116);
  assert.equal(missing(0, 116), 0);
  assert.equal(missing(1, 116), 79);
  assert.equal(missing(6, 200), 327);
});
