import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { quadTokenizer } from "#shared/model/quad-tokenizer.ts";
import type { LoadedTokenizer } from "#shared/tokenizer/load-tokenizer.ts";
import { readFleetFile } from "./fleet-file.ts";
import { readOnce } from "./fleet-tokenizers.ts";

const example = readFileSync(new URL("../../deploy/fleet.example.yaml", import.meta.url), "utf8");

function problemsOf(tokenizer: string): readonly string[] {
  assert.ok(example.includes("tokenizer: quad"));
  const reading = readFleetFile(example.replace("tokenizer: quad", `tokenizer: ${tokenizer}`));
  return reading.kind === "fleet"
    ? []
    : reading.problems.map(({ path, problem }) => `${path}: ${problem}`);
}

test("a tokenizer is quad or a file, and a file that cannot be used is told with its reason", () => {
  const expected = 'expected "quad", or `file:` with the path of a GGUF or a tokenizer.json';
  assert.deepEqual(problemsOf("word"), [`models[0].tokenizer: ${expected}, found "word"`]);
  assert.equal(problemsOf("{ path: x }").length, 1);
  assert.match(
    problemsOf("{ file: /nowhere/model.gguf }").join("\n"),
    /models\[0\]\.tokenizer\.file: \/nowhere\/model\.gguf: it cannot be read: no such file/,
  );
});

test("a simulated engine speaks only quad", () => {
  assert.deepEqual(problemsOf("quad"), []);
  assert.match(
    problemsOf("{ file: package.json }").join("\n"),
    /workers\[0\]\.engine\.kind: a simulated engine speaks only quad/,
  );
});

test("a file that several models name is read once", () => {
  const read: string[] = [];
  const load = readOnce((file): LoadedTokenizer => {
    read.push(file);
    return { kind: "loaded", tokenizer: quadTokenizer };
  });
  assert.equal(load("a"), load("a"));
  load("b");
  assert.deepEqual(read, ["a", "b"]);
});
