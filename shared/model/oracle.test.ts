import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { AdapterDigest, TenantId } from "./ids.ts";
import { oracleFor, oracleLength, oracleToken } from "./oracle.ts";
import { quadVocabulary } from "./quad-tokenizer.ts";
import { detokenize, startDetokenizer } from "./tokenizer.ts";

const prompt = "<|user|>\nHello\n<|assistant|>\n";
const promptDigest = createHash("sha256").update(prompt).digest("hex");

function words(tenant: string, adapterDigest: string, count: number): string {
  const oracle = oracleFor({
    tenant: tenant as TenantId,
    adapterDigest: adapterDigest as AdapterDigest,
    promptDigest,
  });
  const tokens = Array.from({ length: count }, (_, index) => oracleToken(oracle, index));
  return detokenize(startDetokenizer(quadVocabulary), tokens);
}

// Computed from the formula in oracle.ts by an independent program in another language.
test("an outsider who follows the formula gets the same text", () => {
  assert.equal(words("acme", "", 12), "moz bol bar haz nas gal kad tiz nev fad vel pon ");
  assert.equal(words("bolt", "ab12", 12), "jav mos kov dis diz lid bir dil den rom zid van ");
});

test("tenant, adapter and position each change the text", () => {
  const texts = new Set([words("acme", "", 8), words("bolt", "", 8), words("acme", "ab12", 8)]);
  assert.equal(texts.size, 3);
});

test("a length frame keeps tenant and adapter apart", () => {
  assert.notEqual(words("org-1", "2345", 8), words("org-12345", "", 8));
});

test("the prompt decides the length, max_tokens cuts it", () => {
  const open = { outputTokensMax: 1000, outputTokensMin: 0, ignoreEos: false };
  assert.deepEqual(oracleLength(promptDigest, open), { outputTokens: 81, finishReason: "stop" });
  assert.deepEqual(oracleLength(promptDigest, { ...open, outputTokensMax: 5 }), {
    outputTokens: 5,
    finishReason: "length",
  });
  assert.deepEqual(oracleLength(promptDigest, { ...open, outputTokensMin: 500 }), {
    outputTokens: 500,
    finishReason: "stop",
  });
  assert.deepEqual(oracleLength(promptDigest, { ...open, ignoreEos: true }), {
    outputTokens: 1000,
    finishReason: "length",
  });
});
