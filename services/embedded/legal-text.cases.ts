// What the oracle says a prompt must be answered with: the independent side of every end-to-end check.

import { createHash } from "node:crypto";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import { oracleFor, oracleLength, oracleToken } from "#shared/model/oracle.ts";
import { quadVocabulary } from "#shared/model/quad-tokenizer.ts";
import { detokenize, startDetokenizer } from "#shared/model/tokenizer.ts";

export interface LegalQuestion {
  readonly tenant: string;
  readonly adapterDigest?: string;
  /** After the chat template. */
  readonly prompt: string;
  readonly outputTokensMax: number;
  readonly ignoreEos?: boolean;
}

export function legalText({
  tenant,
  adapterDigest = "",
  prompt,
  outputTokensMax,
  ignoreEos = false,
}: LegalQuestion): string {
  const promptDigest = createHash("sha256").update(prompt).digest("hex");
  const oracle = oracleFor({
    tenant: tenant as TenantId,
    adapterDigest: adapterDigest as AdapterDigest,
    promptDigest,
  });
  const { outputTokens } = oracleLength(promptDigest, {
    outputTokensMax,
    outputTokensMin: 0,
    ignoreEos,
  });
  const tokens = Array.from({ length: outputTokens }, (_, index) => oracleToken(oracle, index));
  return detokenize(startDetokenizer(quadVocabulary), tokens);
}

/** One user message in the documented chat template. */
export const chatPrompt = (content: string): string => `<|user|>\n${content}\n<|assistant|>\n`;
