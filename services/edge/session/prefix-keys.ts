// Names for how a prompt begins, inside its namespace, at each rung of the ladder: requests that have a key in common
// can share KV blocks on one worker. A hint for locality and nothing else, so a quick hash does.

import { fmix32, fnv1a32 } from "#shared/model/hash-32.ts";
import type { PrefixKeys } from "#shared/model/prefix-ladder.ts";
import { prefixRungTokens } from "#shared/model/prefix-ladder.ts";
import { bytesPerToken } from "#shared/model/tokenizer.ts";

/** Two lanes over the namespace and the prompt's words so far. */
export function prefixKeys(namespace: string, promptBytes: Uint8Array): PrefixKeys {
  let high = fnv1a32(`${namespace.length}:${namespace}`);
  let low = fnv1a32(`${namespace.length}:${namespace}`, 0x9747b28c);
  const keys: number[] = [];
  let at = 0;
  for (const rung of prefixRungTokens) {
    const end = rung * bytesPerToken;
    if (promptBytes.length < end) break;
    if (at === 0) keys.push(nameOf(high, low));
    for (; at < end; at += bytesPerToken) {
      const word = wordAt(promptBytes, at);
      high = Math.imul(high ^ word, 0x85ebca6b);
      high = (high << 13) | (high >>> 19);
      low = Math.imul(low ^ word, 0xc2b2ae35);
      low = ((low << 17) | (low >>> 15)) + 0x52dce729;
    }
    keys.push(keyOf(high, low));
  }
  return keys;
}

/** 53 bits, exact as a number. */
const nameOf = (high: number, low: number): number =>
  (high >>> 0) * 0x20_0000 + (fmix32(low) & 0x1f_ffff);

/** 31 bits: a small integer everywhere. Of a pool's prefixes one in a hundred thousand has a neighbour's key. */
const keyOf = (high: number, low: number): number => fmix32(high ^ fmix32(low)) >>> 1;

function wordAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  const third = bytes[at + 2] ?? 0;
  const fourth = bytes[at + 3] ?? 0;
  return first | (second << 8) | (third << 16) | (fourth << 24);
}
