import assert from "node:assert/strict";
import { test } from "node:test";
import { readCommandLine } from "./command-line.ts";
import { scenarios } from "./scenarios.ts";

test("a scenario runs with the usual figures, all means every one", () => {
  const one = readCommandLine(["drain", "--streams", "60"]);
  assert.ok(one.kind === "run");
  assert.deepEqual(
    [one.scenarios.map(({ name }) => name), one.streams, one.workers, one.isJson],
    [["drain"], 60, 4, false],
  );
  const all = readCommandLine(["all", "--json"]);
  assert.ok(all.kind === "run" && all.isJson);
  assert.deepEqual(all.scenarios, scenarios);
});

test("every scenario has a name of its own", () => {
  assert.equal(new Set(scenarios.map(({ name }) => name)).size, scenarios.length);
});

const mistakes = [
  [[], "expected a scenario, or all"],
  [["kill-everybody"], 'no scenario is called "kill-everybody"'],
  [["all", "drain"], 'no scenario is called "all"'],
  [["drain", "--streams", "0"], '--streams: expected a whole number from 1 to 2000, found "0"'],
  [["drain", "--every", "x"], '--every: expected a whole number from 1 to 600, found "x"'],
  [["drain", "--fast"], "Unknown option '--fast'"],
] as const;

for (const [words, why] of mistakes) {
  test(`${words.join(" ") || "nothing"} is a mistake`, () => {
    assert.deepEqual(readCommandLine(words), { kind: "mistake", why });
  });
}
