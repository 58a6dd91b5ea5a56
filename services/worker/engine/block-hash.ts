// Names for whole KV blocks: a chain hash over the namespace and every token up to the block's end, so that equal
// names mean equal prefixes. Not cryptographic: a collision can only be made inside one's own namespace, because
// the pool compares the namespace itself at every hit.

import { fnv1a32 } from "#shared/model/hash-32.ts";
import type { Token } from "#shared/model/tokenizer.ts";

/** A 53-bit name: 32 bits of one lane, 21 of the other. */
export type BlockName = number;

/** The chain so far, and the tokens of the block that is not full yet. */
export interface BlockChain {
  high: number;
  low: number;
  filled: number;
  readonly blockTokens: number;
  /** Names of the full blocks, in order. */
  readonly names: BlockName[];
}

export function startChain(namespace: string, blockTokens: number): BlockChain {
  return {
    high: fnv1a32(namespace),
    low: fnv1a32(namespace, 0x9747b28c),
    filled: 0,
    blockTokens,
    names: [],
  };
}

export function appendToken(chain: BlockChain, token: Token): void {
  const high = Math.imul(chain.high ^ token, 0x85ebca6b);
  chain.high = (high << 13) | (high >>> 19);
  const low = Math.imul(chain.low ^ token, 0xc2b2ae35);
  chain.low = ((low << 17) | (low >>> 15)) + 0x52dce729;
  chain.filled++;
  if (chain.filled < chain.blockTokens) return;
  chain.filled = 0;
  chain.names.push((chain.high >>> 0) * 0x20_0000 + ((chain.low ^ (chain.low >>> 11)) & 0x1f_ffff));
}

/** The prompt's tokens, four bytes each, little-endian, the last padded with zeros. */
export function appendPrompt(chain: BlockChain, promptBytes: Uint8Array): void {
  const whole = promptBytes.length - (promptBytes.length % 4);
  for (let at = 0; at < whole; at += 4) appendToken(chain, wordAt(promptBytes, at));
  if (whole < promptBytes.length) appendToken(chain, wordAt(promptBytes, whole));
}

// Past the end an undefined byte shifts as zero would.
function wordAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  const third = bytes[at + 2] ?? 0;
  const fourth = bytes[at + 3] ?? 0;
  return first | (second << 8) | (third << 16) | (fourth << 24);
}
