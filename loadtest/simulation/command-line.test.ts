import assert from "node:assert/strict";
import { test } from "node:test";
import { clockText } from "./clock-text.ts";
import { parseCommandLine } from "./command-line.ts";

const parse = (text: string): unknown => parseCommandLine(text.split(" ").filter(Boolean));

test("seeds, a first seed and a bound in time are read", () => {
  assert.deepEqual(parse("--seeds 100 --seed 8123 --seconds 10"), {
    kind: "simulate",
    seeds: 100,
    firstSeed: 8123,
    jobs: 1,
    isPlanted: false,
    isQuiet: false,
    shrinkSeconds: 60,
    secondsMax: 10,
    untilMs: undefined,
    tail: 4000,
  });
});

test("nothing asked is one seed", () => {
  assert.deepEqual(parse(""), {
    kind: "simulate",
    seeds: 1,
    firstSeed: 1,
    jobs: 1,
    isPlanted: false,
    isQuiet: false,
    shrinkSeconds: 60,
    secondsMax: undefined,
    untilMs: undefined,
    tail: 4000,
  });
});

test("a planted bug is looked for in thirty seeds unless it is said otherwise", () => {
  const asked = parseCommandLine(["--planted", "--json"]);
  assert.ok(asked.kind === "simulate" && asked.isPlanted && asked.isQuiet);
  assert.equal(asked.seeds, 30);
  const fewer = parseCommandLine(["--planted", "--seeds", "7"]);
  assert.equal(fewer.kind === "simulate" ? fewer.seeds : undefined, 7);
  const wide = parseCommandLine(["--planted", "--jobs", "4"]);
  assert.equal(wide.kind === "simulate" ? wide.jobs : undefined, 4);
});

test("a time is read in every form that a report prints", () => {
  for (const [text, ms] of [
    ["14.2", 14_200],
    ["01:14.5", 74_500],
    ["00:14:02", 842_000],
  ] as const) {
    const asked = parseCommandLine(["--seed", "1", "--until", text]);
    assert.equal(asked.kind === "simulate" ? asked.untilMs : undefined, ms);
  }
  assert.equal(clockText(74_500), "01:14.500");
});

test("what is not understood is said, and nothing runs", () => {
  for (const text of [
    "--seeds 0",
    "--seeds -3",
    "--seeds many",
    "--seeds 1e3",
    "--seed 1.5",
    "--seed 99999999999999999999",
    "--seconds 0",
    "--jobs 0",
    "--jobs all",
    "--shrink -1",
    "--shrink soon",
    "--until 10",
    "--seed 1 --until noon",
    "--seed 1 --until 10 --planted",
    "--seed 1 --until 10 --tail 0",
    "--unknown",
    "stray",
  ]) {
    assert.equal(parseCommandLine(text.split(" ")).kind, "mistake", text);
  }
  assert.deepEqual(parse("--help"), { kind: "help" });
});
