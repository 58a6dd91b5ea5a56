// The output tokens of one sequence that its session has not acknowledged. Law: indices are per request and have no
// gap; what is acknowledged is gone, what is not can be sent again.

import type { Token } from "#shared/model/tokenizer.ts";

/** Unacknowledged tokens at which the engine pauses the sequence, and at which it goes on. */
export const unackedMax = 256;
export const unackedResume = 128;

export interface TokenRing {
  /** Index of `tokens[0]`. */
  firstIndex: number;
  readonly tokens: Token[];
}

export const startRing = (firstIndex: number): TokenRing => ({ firstIndex, tokens: [] });

/** The index that the next token will have. */
export const nextIndex = (ring: TokenRing): number => ring.firstIndex + ring.tokens.length;

export function pushTokens(ring: TokenRing, tokens: readonly Token[]): void {
  for (const token of tokens) ring.tokens.push(token);
}

/** The session has everything below `index`. Late and repeated ones change nothing. */
export function acknowledge(ring: TokenRing, index: number): void {
  const count = Math.min(index - ring.firstIndex, ring.tokens.length);
  if (count <= 0) return;
  ring.tokens.splice(0, count);
  ring.firstIndex += count;
}

/** What is kept from `index` on, and where it begins: later than asked if that is acknowledged already. */
export function tokensFrom(
  ring: TokenRing,
  index: number,
): { readonly firstIndex: number; readonly tokens: readonly Token[] } {
  const firstIndex = Math.min(Math.max(index, ring.firstIndex), nextIndex(ring));
  return { firstIndex, tokens: ring.tokens.slice(firstIndex - ring.firstIndex) };
}
