import assert from "node:assert/strict";
import { test } from "node:test";
import type { LoadPlan } from "./read-flags.ts";
import { readFlags, UsageError } from "./read-flags.ts";

function planOf(words: string, environment: Readonly<Record<string, string>> = {}): LoadPlan {
  const plan = readFlags(words.split(" "), environment);
  assert.notEqual(plan, "help");
  return plan as LoadPlan;
}

test("the platform is where FAIRLEAD_HTTP_PORT says, unless a URL is given", () => {
  assert.equal(planOf("--workload code").urls[0]?.origin, "http://127.0.0.1:8080");
  const environment = { FAIRLEAD_HTTP_PORT: "9090" };
  assert.equal(planOf("--workload code", environment).urls[0]?.origin, "http://127.0.0.1:9090");
  const given = planOf("--workload code --url http://there:1", environment);
  assert.equal(given.urls[0]?.origin, "http://there:1");
  const several = planOf("--workload code --url http://one:1,http://two:2");
  assert.deepEqual(
    several.urls.map(({ origin }) => origin),
    ["http://one:1", "http://two:2"],
  );
});

test("generators send for a minute and traces for five, unless a duration is given", () => {
  assert.equal(planOf("--workload code").durationMs, 60_000);
  assert.equal(planOf("--trace f.csv").durationMs, 300_000);
  assert.equal(planOf("--trace f.csv --duration 2.5").durationMs, 2500);
});

const wrong: readonly (readonly [words: string, expected: RegExp])[] = [
  ["--seed 1", /either --workload or --trace/],
  ["--workload code --trace f.csv", /either --workload or --trace/],
  ["--workload nonsense", /--workload: one of conversation, code, arena, not "nonsense"/],
  ["--workload code --time-scale 2", /--time-scale is for --trace/],
  ["--trace f.csv --rate 2", /--rate is for --workload/],
  ["--workload code --rate -5", /--rate: "-5" is not a number above 0/],
  ["--workload code --duration -1", /--duration: "-1" is not a number above 0/],
  ["--workload code --open-max 1.5", /--open-max: "1.5" is not a whole number above 0/],
  ["--workload code --url ftp://x", /--url: "ftp:\/\/x" is not where a platform listens/],
  ["--workload code --url nonsense", /--url: "nonsense" is not where a platform listens/],
  ["--workload code --tenants a", /--tenants: "a" is not name=key/],
  ["--workload code --loud", /--loud/],
];

for (const [words, expected] of wrong) {
  test(`refused: ${words}`, () => {
    assert.throws(
      () => readFlags(words.split(" "), {}),
      (error) => error instanceof UsageError && expected.test(error.message),
    );
  });
}

test("a port that is not one is named", () => {
  assert.throws(
    () => readFlags(["--workload", "code"], { FAIRLEAD_HTTP_PORT: "many" }),
    /FAIRLEAD_HTTP_PORT: /,
  );
});
