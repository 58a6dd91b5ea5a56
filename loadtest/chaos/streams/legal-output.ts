// What a stream of a chaos run must be answered with: its length is asked for, so that every stream lasts.

import { createHash } from "node:crypto";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import { oracleFor, oracleToken } from "#shared/model/oracle.ts";
import { quadVocabulary } from "#shared/model/quad-tokenizer.ts";
import { detokenize, startDetokenizer } from "#shared/model/tokenizer.ts";

export interface LegalOutput {
  readonly tenant: string;
  readonly prompt: string;
  readonly outputTokens: number;
}

/** The oracle's words, four bytes each: one a token. */
export function legalOutput({ tenant, prompt, outputTokens }: LegalOutput): string {
  const oracle = oracleFor({
    tenant: tenant as TenantId,
    adapterDigest: "" as AdapterDigest,
    promptDigest: createHash("sha256").update(prompt).digest("hex"),
  });
  const tokens = Array.from({ length: outputTokens }, (_, index) => oracleToken(oracle, index));
  return detokenize(startDetokenizer(quadVocabulary), tokens);
}

/** Letters of a token in the oracle's text. */
export const tokenLetters = 4;
