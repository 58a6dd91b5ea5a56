// A prompt's bytes from its blocks' ids: equal ids give equal bytes, in every run, and nothing of it is kept.

import { fmix32 } from "#shared/model/hash-32.ts";
import { bytesPerToken } from "#shared/model/tokenizer.ts";

/**
 * Every length is a quarter of the trace's, so that a replica's KV holds four times as many conversations as it would:
 * at full length eight replicas could find 16 % of what is asked, against 37 % in a cache without bounds.
 */
export const lengthDivisor = 4;
const traceBlockTokens = 512;
/** Prompt tokens of one of the trace's blocks. */
export const blockTokens: number = traceBlockTokens / lengthDivisor;

export function blockBytes(prefixBlocks: readonly number[], promptTokens: number): Uint8Array {
  const words = new Uint32Array(promptTokens);
  for (const [block, id] of prefixBlocks.entries()) {
    const first = block * blockTokens;
    const end = Math.min(first + blockTokens, promptTokens);
    let word = fmix32(id + 1);
    for (let at = first; at < end; at++) {
      word = (Math.imul(word, 0x0019_660d) + 0x3c6e_f35f) >>> 0;
      words[at] = word;
    }
  }
  return new Uint8Array(words.buffer, 0, promptTokens * bytesPerToken);
}
