// The outputs of sequences that are over, for half a minute: their last words are said until the session has them, and a
// client that lost its stream can read it again. Law: bounded in number and in tokens; the oldest goes first.

import { AgedMap } from "#shared/actor/aged-map.ts";
import type { EndedSequence, Sequence } from "./sequence.ts";
import { withoutPrompt } from "./sequence.ts";
import { nextIndex } from "./token-log.ts";

export const endedKeptMs = 30_000;
const endedMax = 2048;
/** Eight bytes each. */
const endedTokensMax = 4_194_304;

export interface EndedSequences {
  /** By `attemptKey`. */
  readonly byAttempt: AgedMap<string, EndedSequence>;
  /** All that may not be delivered, by `attemptKey`: at each beat a few are looked at, not the hundreds that are kept. */
  readonly unheard: Set<string>;
  tokens: number;
}

export const noEndedSequences = (): EndedSequences => ({
  byAttempt: new AgedMap(),
  unheard: new Set(),
  tokens: 0,
});

/** Returns those that it takes the place of. */
export function keepEnded(
  ended: EndedSequences,
  sequence: Sequence,
  { end, edgeEpoch, nowMs }: Pick<EndedSequence, "end" | "edgeEpoch"> & { readonly nowMs: number },
): readonly EndedSequence[] {
  const { requestId, attempt, tenant, session, isTakenOver, isDiscarded, log } = sequence;
  const { lastWord, isAbandoned } = sequence;
  ended.byAttempt.set(sequence.key, {
    requestId,
    attempt,
    tenant,
    session,
    isTakenOver,
    isDiscarded,
    isDelivered: false,
    lastWord,
    isAbandoned,
    edgeEpoch,
    isBillClaimed: false,
    started: withoutPrompt(sequence.started),
    log,
    readAtEnd: log.readIndex,
    end,
    endedAtMs: nowMs,
  });
  ended.tokens += nextIndex(log);
  ended.unheard.add(sequence.key);
  const displaced: EndedSequence[] = [];
  while (ended.byAttempt.size > endedMax || ended.tokens > endedTokensMax) {
    const dropped = forgetOldest(ended);
    if (dropped === undefined) break;
    displaced.push(dropped);
  }
  return displaced;
}

/** Takes out those whose time is over. */
export function* forgetEnded(ended: EndedSequences, nowMs: number): Generator<EndedSequence> {
  for (;;) {
    const [, oldest] = ended.byAttempt.oldest() ?? [];
    if (oldest === undefined || nowMs - oldest.endedAtMs < endedKeptMs) return;
    forgetOldest(ended);
    yield oldest;
  }
}

function forgetOldest(ended: EndedSequences): EndedSequence | undefined {
  const [key, oldest] = ended.byAttempt.oldest() ?? [];
  if (key === undefined || oldest === undefined) return undefined;
  ended.byAttempt.delete(key);
  ended.tokens -= nextIndex(oldest.log);
  return oldest;
}

export function clearEnded(ended: EndedSequences): void {
  ended.byAttempt.clear();
  ended.unheard.clear();
  ended.tokens = 0;
}

/** Its session, a new one perhaps, is told of its end again until it has all of it. */
export function tellAgain(ended: EndedSequences, key: string, sequence: EndedSequence): void {
  sequence.isDelivered = false;
  ended.unheard.add(key);
}

/** Those whose session may not have heard the end. */
export function* undelivered({ byAttempt, unheard }: EndedSequences): Generator<EndedSequence> {
  for (const key of unheard) {
    const sequence = byAttempt.get(key);
    if (sequence === undefined || sequence.isDelivered) unheard.delete(key);
    else yield sequence;
  }
}
