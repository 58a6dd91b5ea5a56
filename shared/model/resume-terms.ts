// What is needed to go on with a session's stream, or to bill it, besides what a worker needs to run it: written by the
// session at each start, kept by the worker, read when that session is gone.

import type { EarlierAttempts } from "./attempts.ts";
import type { EarlierWork } from "./earlier-work.ts";
import type { PoolId } from "./ids.ts";
import type { OutputAllowance } from "./output-allowance.ts";

export interface ResumeTerms extends EarlierAttempts {
  readonly pool: PoolId;
  readonly poolClass?: string;
  readonly tier?: string;
  readonly model: string;
  readonly modelVersion: string;
  /** A key that allows one of these may read it. Absent: the model alone. */
  readonly names?: readonly string[];
  /** Of the vocabulary of its output. Absent: `quad`. */
  readonly tokenizer?: string;
  readonly stopStrings: readonly string[];
  readonly arrivedAtEpochMs: number;
  readonly allowance?: OutputAllowance;
  readonly replyTerms?: string;
  /** Until its first place. */
  readonly queueMs?: number;
  /** Prompt tokens that its first attempt found cached. Absent: none has told. */
  readonly cachedTokens?: number;
  /** Absent: this attempt is the first that is known to have run. */
  readonly earlierWork?: EarlierWork;
}

/** Undefined: none that this version can read. */
export function readResumeTerms(text: string | undefined): ResumeTerms | undefined {
  if (text === undefined) return undefined;
  try {
    const terms = JSON.parse(text) as Partial<ResumeTerms>;
    return isWhole(terms) ? terms : undefined;
  } catch {
    return undefined;
  }
}

/** `models`: all that a key allows; absent, it allows everything. */
export function isReadableWith(
  models: readonly string[] | undefined,
  text: string | undefined,
): boolean {
  if (models === undefined) return true;
  const terms = readResumeTerms(text);
  return terms !== undefined && (terms.names ?? [terms.model]).some((one) => models.includes(one));
}

const isWhole = (terms: Partial<ResumeTerms>): terms is ResumeTerms =>
  typeof terms.pool === "string" &&
  typeof terms.model === "string" &&
  typeof terms.modelVersion === "string" &&
  typeof terms.arrivedAtEpochMs === "number" &&
  typeof terms.preemptions === "number" &&
  typeof terms.continuations === "number" &&
  (terms.names === undefined || Array.isArray(terms.names)) &&
  Array.isArray(terms.stopStrings);
