// Prompts of an exact token count in the quad tokenizer: four ASCII bytes a token. Blocks with equal ids are equal
// text, everything else differs from request to request, so that prefix hits are the trace's and no more.

import { fmix32 } from "#shared/model/hash-32.ts";
import type { PlannedRequest } from "./workload.ts";

const blockTokens = 512;

export function promptText(request: PlannedRequest, number: number): string {
  const pieces: string[] = [];
  for (let written = 0, block = 0; written < request.promptTokens; block++) {
    const shared = request.prefixBlocks?.[block];
    const identity = shared === undefined ? fmix32(number + 1) + block : fmix32(~shared);
    const tokens = Math.min(blockTokens, request.promptTokens - written);
    pieces.push(blockText(identity, tokens));
    written += tokens;
  }
  return pieces.join("");
}

function blockText(identity: number, tokens: number): string {
  const letters = "abcdefghijklmnop";
  let text = "";
  for (let token = 0; token < tokens; token++) {
    const bits = fmix32(identity + Math.imul(token, 0x9e3779b1));
    text += `${letters[bits & 15] ?? ""}${letters[(bits >>> 4) & 15] ?? ""}${letters[(bits >>> 8) & 15] ?? ""} `;
  }
  return text;
}
