// What a worker can witness of a request that nobody else is left to bill. Law: what its client received is billed, and at
// most one unacknowledged window more, which could be had by reading on.

import { addWork, readEarlierWork } from "#shared/model/earlier-work.ts";
import type { UsageRecord } from "#shared/model/usage.ts";
import {
  flushOutputText,
  isStopped,
  readTokens,
  startOutputText,
} from "#shared/model/output-text.ts";
import { quadVocabulary } from "#shared/model/quad-tokenizer.ts";
import { readResumeTerms } from "#shared/model/resume-terms.ts";
import type { ResumeTerms } from "#shared/model/resume-terms.ts";
import type { Vocabularies } from "#shared/model/tokenizer.ts";
import type { EndedSequence, Sequence } from "./sequence.ts";
import { nextIndex, unackedMax } from "./token-log.ts";
import type { WorkerState } from "./worker-state.ts";

type Known = Sequence | EndedSequence;

export interface Witnessed {
  /** As it is billed, if nobody else does. */
  readonly record: UsageRecord;
  /** Of its output tokens: those that its client was surely given. What is said before it is certain who bills must not be more, for it stays. */
  readonly receivedTokens: number;
}

/** Nobody got it to its end, and nobody came back for it. */
const edgeLost = "edge_lost";

/** Undefined: its session left no terms that this version can read. */
export function witnessed(
  { worker, placement, engineUp, vocabularies }: WorkerState,
  known: Known,
): Witnessed | undefined {
  const { tenant, requestId, attempt, started } = known;
  const terms = readResumeTerms(started.resumeTerms);
  if (terms === undefined) return undefined;
  const totals = "end" in known ? known.end.totals : known.totals;
  const { promptTokens, adapterDigest } = started;
  const work = addWork(totals, readEarlierWork(terms.earlierWork));
  const computedTokens = totals.prefillTokens + totals.cachedTokens;
  const record: UsageRecord = {
    tenant,
    requestId,
    model: terms.model,
    modelVersion: terms.modelVersion,
    adapterDigest,
    pool: terms.pool,
    poolClass: terms.poolClass ?? "",
    tier: terms.tier ?? "",
    worker,
    workerType: engineUp?.workerType ?? "",
    zone: placement.zone,
    arrivedAtEpochMs: terms.arrivedAtEpochMs,
    // Output proves that all of the prompt was computed.
    promptTokens: nextIndex(known.log) > 0 ? promptTokens : Math.min(promptTokens, computedTokens),
    cachedTokens: Math.min(promptTokens, terms.cachedTokens ?? totals.cachedTokens),
    outputTokens: billedTokens(known, terms, vocabularies),
    // When its client was given what, only a session knows; what that has told stands.
    splitAtEpochMs: 0,
    outputTokensBefore: 0,
    queueMs: terms.queueMs ?? 0,
    ...work,
    attempts: attempt,
    outcome: outcomeOf(known),
  };
  return { record, receivedTokens: receivedTokens(known, terms, vocabularies) };
}

/** Its session's own account, if that was told; else what its client can have received or could have come back for. */
function billedTokens(
  { lastWord, log }: Known,
  { stopStrings, tokenizer = quadVocabulary.name }: ResumeTerms,
  vocabularies: Vocabularies,
): number {
  if (lastWord !== undefined) return lastWord.billedTokens;
  const tokens = log.tokens.slice(0, log.readIndex + unackedMax);
  if (stopStrings.length === 0) return tokens.length;
  const vocabulary = vocabularies(tokenizer);
  // A stop string may stand in what cannot be read here: billed is what was surely received.
  if (vocabulary === undefined) return Math.min(log.readIndex, tokens.length);
  const output = startOutputText(stopStrings, vocabulary);
  readTokens(output, tokens);
  // Behind a stop string nothing was shown, and nothing can be.
  if (!isStopped(output)) flushOutputText(output);
  return output.shownTokens;
}

/** Acknowledged while it ran; and shown, for behind a stop string nothing was, nor what may begin one. */
function receivedTokens(
  known: Known,
  { stopStrings, tokenizer = quadVocabulary.name }: ResumeTerms,
  vocabularies: Vocabularies,
): number {
  const { lastWord, log } = known;
  if (lastWord !== undefined) return lastWord.billedTokens;
  const readIndex = "end" in known ? known.readAtEnd : log.readIndex;
  const vocabulary = vocabularies(tokenizer);
  if (stopStrings.length === 0 || vocabulary === undefined) return readIndex;
  const output = startOutputText(stopStrings, vocabulary);
  readTokens(output, log.tokens.slice(0, readIndex));
  return output.shownTokens;
}

function outcomeOf(known: Known): string {
  if (known.lastWord !== undefined) return known.lastWord.outcome;
  if (known.isAbandoned || !("end" in known)) return edgeLost;
  const { reason } = known.end;
  return reason === "cancelled" || known.isDelivered ? reason : edgeLost;
}
