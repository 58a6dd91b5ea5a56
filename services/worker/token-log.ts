// All output tokens of one request as its attempt knows them, the forced prefix first. Law: indices are per request and
// have no gap. Nothing is dropped while it is kept, so that a client who lost its stream can read on from anywhere; what
// is acknowledged only counts no more against the reader.

import type { Token } from "#shared/model/tokenizer.ts";

/** Unacknowledged tokens at which the engine pauses the sequence, and at which it goes on. */
export const unackedMax = 256;
export const unackedResume = 128;

export interface TokenLog {
  /** From index 0. */
  readonly tokens: Token[];
  /** Its session has everything below. */
  ackedIndex: number;
  /** The same of all the sessions it ever had: a client has received at least so much. */
  readIndex: number;
}

export const startLog = (forcedPrefix: readonly Token[]): TokenLog => ({
  tokens: [...forcedPrefix],
  ackedIndex: forcedPrefix.length,
  readIndex: forcedPrefix.length,
});

/** The index that the next token will have. */
export const nextIndex = (log: TokenLog): number => log.tokens.length;

export const unackedTokens = (log: TokenLog): number => log.tokens.length - log.ackedIndex;

export function pushTokens(log: TokenLog, tokens: readonly Token[]): void {
  for (const token of tokens) log.tokens.push(token);
}

/** The session has everything below `index`. Late and repeated ones change nothing. */
export function acknowledge(log: TokenLog, index: number): void {
  log.ackedIndex = Math.max(log.ackedIndex, Math.min(index, log.tokens.length));
  log.readIndex = Math.max(log.readIndex, log.ackedIndex);
}

/** Another reader's session has nothing yet, though its client has something already. */
export function rewind(log: TokenLog, hasIndex: number): void {
  log.readIndex = Math.max(log.readIndex, Math.min(hasIndex, log.tokens.length));
  log.ackedIndex = 0;
}

/** Another session goes on with the attempt: it has everything below `index`, and no more. */
export function handTo(log: TokenLog, index: number): void {
  log.ackedIndex = Math.min(log.ackedIndex, index);
}

/** What follows `index`, and where it begins: later than asked if that is acknowledged already. */
export function tokensFrom(
  log: TokenLog,
  index: number,
): { readonly firstIndex: number; readonly tokens: readonly Token[] } {
  const firstIndex = Math.min(Math.max(index, log.ackedIndex), nextIndex(log));
  return { firstIndex, tokens: log.tokens.slice(firstIndex) };
}
