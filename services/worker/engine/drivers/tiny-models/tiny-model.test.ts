import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { neverStops, stopsByItself, tinyShape, writeLora, writeModel } from "./tiny-model.ts";
import { tinyVocabulary } from "./tiny-vocabulary.ts";

test("the same seed writes the same bytes, on every machine", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-gguf-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const digestOf = (name: string, write: (file: string) => void): string => {
    const file = join(folder, name);
    write(file);
    return createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 12);
  };
  // Recorded outputs rest on these: a digest that changes is another model.
  assert.equal(
    digestOf("tiny.gguf", (file) => writeModel(file, { shape: tinyShape, endBias: stopsByItself })),
    "33632dfc2629",
  );
  assert.equal(
    digestOf("tiny-noeos.gguf", (file) =>
      writeModel(file, { shape: tinyShape, endBias: neverStops }),
    ),
    "21de1f7e7d1f",
  );
  assert.equal(
    digestOf("lora1.gguf", (file) => writeLora(file, tinyShape, 101)),
    "acd0f9e391b5",
  );
});

test("the vocabulary has every byte and no token twice", () => {
  const { tokens, scores, types } = tinyVocabulary();
  assert.equal(tokens.length, 1038);
  assert.equal(new Set(tokens).size, tokens.length);
  assert.deepEqual([scores.length, types.length], [tokens.length, tokens.length]);
});
