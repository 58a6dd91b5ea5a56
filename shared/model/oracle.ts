// The oracle of the simulated engine: the only legal output of a request, recomputable by anyone from public
// facts. A lost, repeated or reordered token, a wrong adapter or another tenant's text is visible from the
// text alone.
//
//   frame    = len(tenant) ":" tenant len(adapterDigest) ":" adapterDigest promptDigest
//   a        = fnv1a32(frame)                b = fmix32(a XOR fnv1a32(promptDigest))
//   h(n)     = fmix32(fmix32(a + n · 0x9E3779B1) XOR b)                        all modulo 2^32
//   word(n)  = first[h & 15] vowel[(h >> 4) & 3] last[(h >> 6) & 7] " "        four bytes, hence one token
//   length   = 16 + fmix32(fnv1a32("length:" promptDigest)) mod 241            16 … 256 tokens
//
// promptDigest is the lower-case hex SHA-256 of the prompt's UTF-8 bytes after the chat template.

import { fmix32, fnv1a32 } from "./hash-32.ts";
import type { AdapterDigest, TenantId } from "./ids.ts";
import type { Token } from "./tokenizer.ts";

const first = "bdfghjklmnprstvz";
const vowel = "aeio";
const last = "lmnrsvzd";
const space = 0x20;

/** What decides an output, besides how much of it was asked for. */
export interface OracleSubject {
  readonly tenant: TenantId;
  readonly adapterDigest: AdapterDigest;
  readonly promptDigest: string;
}

/** Precomputed for one request: two words of state. */
export interface Oracle {
  readonly a: number;
  readonly b: number;
}

export function oracleFor({ tenant, adapterDigest, promptDigest }: OracleSubject): Oracle {
  const frame = `${tenant.length}:${tenant}${adapterDigest.length}:${adapterDigest}${promptDigest}`;
  const a = fnv1a32(frame);
  return { a, b: fmix32(a ^ fnv1a32(promptDigest)) };
}

/** The token at position `index` of the output, from 0. */
export function oracleToken({ a, b }: Oracle, index: number): Token {
  const hash = fmix32(fmix32((a + Math.imul(index, 0x9e3779b1)) | 0) ^ b);
  const bytes =
    first.charCodeAt(hash & 15) |
    (vowel.charCodeAt((hash >>> 4) & 3) << 8) |
    (last.charCodeAt((hash >>> 6) & 7) << 16) |
    (space << 24);
  return bytes >>> 0;
}

export interface OutputLength {
  readonly outputTokensMax: number;
  /** The natural end is ignored before this many tokens. */
  readonly outputTokensMin: number;
  /** Never end naturally: produce exactly `outputTokensMax`. */
  readonly ignoreEos: boolean;
}

/** How many tokens a prompt naturally gets, and why the output then ends. */
export function oracleLength(
  promptDigest: string,
  { outputTokensMax, outputTokensMin, ignoreEos }: OutputLength,
): { readonly outputTokens: number; readonly finishReason: "stop" | "length" } {
  const natural = 16 + (fmix32(fnv1a32(`length:${promptDigest}`)) % 241);
  const wanted = ignoreEos ? outputTokensMax : Math.max(natural, outputTokensMin);
  return wanted < outputTokensMax
    ? { outputTokens: wanted, finishReason: "stop" }
    : {
        outputTokens: outputTokensMax,
        finishReason: ignoreEos || wanted > outputTokensMax ? "length" : "stop",
      };
}
