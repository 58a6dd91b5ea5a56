import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Model, TokenizerChoice } from "#shared/model/fleet.ts";
import { quadTokenizer } from "#shared/model/quad-tokenizer.ts";
import { loadTokenizer } from "./load-tokenizer.ts";
import {
  ggufBytes,
  spmEntries,
  tinyTokenizerConfig,
  tinyTokenizerJson,
} from "./tiny-tokenizers.cases.ts";
import { createTokenizerShelf } from "./tokenizer-shelf.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-tokenizer-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function nameOf(path: string): string {
  const loaded = loadTokenizer(path);
  assert.ok(loaded.kind === "loaded", loaded.kind === "unusable" ? loaded.why : "");
  return loaded.tokenizer.vocabulary.name;
}

function unusable(path: string, why: RegExp): void {
  const loaded = loadTokenizer(path);
  assert.ok(loaded.kind === "unusable", "it was loaded");
  assert.match(loaded.why, why);
  assert.ok(loaded.why.startsWith(path));
}

test("a GGUF is known by its first bytes, whatever it is called", () => {
  assert.match(nameOf(file("model.bin", ggufBytes(spmEntries()))), /^[0-9a-f]{64}$/);
});

test("a tokenizer.json is read with its neighbours, which are part of what it is", () => {
  const path = file("tokenizer.json", tinyTokenizerJson());
  const alone = nameOf(path);
  const neighbour = file("tokenizer_config.json", tinyTokenizerConfig);
  const withConfig = nameOf(path);
  assert.notEqual(withConfig, alone);
  const loaded = loadTokenizer(path);
  const prompt =
    loaded.kind === "loaded" ? loaded.tokenizer.chatPrompt([{ role: "user", text: "x" }]) : {};
  assert.ok(!("why" in prompt));
  writeFileSync(neighbour, '{"chat_template":');
  unusable(path, /tokenizer_config.json is not JSON/);
  rmSync(neighbour);
  assert.equal(nameOf(path), alone);
});

test("what cannot be used is named with its file and in words", () => {
  unusable(join(folder, "nowhere.gguf"), /cannot be read: no such file/);
  unusable(folder, /not a file/);
  unusable(file("empty.json", ""), /not JSON/);
  unusable(file("page.json", "<!doctype html>"), /not JSON/);
  unusable(file("other.json", '{"model": {}}'), /not what it should be at/);
  const json = tinyTokenizerJson();
  unusable(file("half.json", json.slice(0, json.length / 2)), /truncated/);
  const gguf = ggufBytes(spmEntries());
  unusable(file("half.gguf", gguf.subarray(0, gguf.length / 2)), /truncated/);
  const model = (JSON.parse(json) as { model: object }).model;
  const withModel = (change: object): string =>
    tinyTokenizerJson({ model: { ...model, ...change } });
  unusable(file("unigram.json", withModel({ type: "WordPiece" })), /only BPE/);
  unusable(
    file("words.json", tinyTokenizerJson({ pre_tokenizer: null, decoder: null })),
    /no tokens for single bytes/,
  );
  unusable(
    file("strange.json", tinyTokenizerJson({ normalizer: { type: "Strange" } })),
    /not supported/,
  );
});

const model = (tokenizer: TokenizerChoice): Pick<Model, "id" | "tokenizer"> => ({
  id: "m",
  tokenizer,
});

test("a process has the tokenizers that its models name, and those of the fleet before", () => {
  const path = file("model.gguf", ggufBytes(spmEntries()));
  const choice = { file: path, digest: nameOf(path) };
  const shelf = createTokenizerShelf();
  assert.deepEqual(shelf.know([model("quad"), model(choice)]), []);
  assert.equal(shelf.of("quad"), quadTokenizer);
  assert.equal(shelf.vocabularies(choice.digest), shelf.of(choice)?.vocabulary);
  assert.deepEqual(shelf.know([model("quad")]), []);
  assert.ok(shelf.of(choice) !== undefined, "requests that began with it go on");
  // A change that names the same keeps what is there.
  assert.deepEqual(shelf.know([model("quad")]), []);
  assert.ok(shelf.of(choice) !== undefined);
});

test("a file that is another than when the fleet was applied is not used", () => {
  const path = file("changed.gguf", ggufBytes(spmEntries()));
  const shelf = createTokenizerShelf();
  const problems = shelf.know([model({ file: path, digest: "0".repeat(64) })]);
  assert.match(problems.join(), /the tokenizer of model m: .*changed\.gguf: it is another/);
  assert.equal(shelf.vocabularies("0".repeat(64)), undefined);
});
