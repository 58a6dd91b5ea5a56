// A prompt as real engines take it. It travels as bytes: each token's id in four, little-endian.

import type { Run } from "#shared/messages/to-engine.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import { bytesPerToken, tokenCount } from "#shared/model/tokenizer.ts";

/** Undefined: no prompt that its sender can have meant. */
export function promptIds({ promptBytes, promptTokens }: Run): Token[] | undefined {
  const { byteLength, byteOffset, buffer } = promptBytes;
  const isWhole = byteLength > 0 && byteLength % bytesPerToken === 0;
  if (!isWhole || tokenCount(promptBytes) !== promptTokens) return undefined;
  const view = new DataView(buffer, byteOffset, byteLength);
  return Array.from({ length: promptTokens }, (_, index) =>
    view.getUint32(index * bytesPerToken, true),
  );
}

/** Whether its terms make sense, whatever the engine. */
export const isSane = ({ outputTokensMax, forcedPrefix }: Run): boolean =>
  Number.isSafeInteger(outputTokensMax) &&
  outputTokensMax >= 1 &&
  forcedPrefix.length <= outputTokensMax;
