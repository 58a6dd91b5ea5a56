// What a session needs to go on with another's stream, besides what the worker needs to run it: written at the start,
// kept by the worker unread, read by the session that takes over.

import type { Call } from "./session-state.ts";
import type { PoolId } from "#shared/model/ids.ts";
import type { OutputAllowance } from "#shared/model/output-allowance.ts";

export interface ResumeTerms {
  readonly pool: PoolId;
  readonly model: string;
  readonly modelVersion: string;
  readonly stopStrings: readonly string[];
  readonly arrivedAtEpochMs: number;
  readonly preemptions: number;
  readonly continuations: number;
  readonly allowance?: OutputAllowance;
  readonly replyTerms?: string;
}

export function writeResumeTerms({ request, preemptions, continuations, allowance }: Call): string {
  const { pool, model, modelVersion, stopStrings, arrivedAtEpochMs, replyTerms } = request;
  const terms: ResumeTerms = {
    pool,
    model,
    modelVersion,
    stopStrings,
    arrivedAtEpochMs,
    preemptions,
    continuations,
    ...(allowance === undefined ? {} : { allowance }),
    ...(replyTerms === undefined ? {} : { replyTerms }),
  };
  return JSON.stringify(terms);
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

const isWhole = (terms: Partial<ResumeTerms>): terms is ResumeTerms =>
  typeof terms.pool === "string" &&
  typeof terms.model === "string" &&
  typeof terms.modelVersion === "string" &&
  typeof terms.arrivedAtEpochMs === "number" &&
  typeof terms.preemptions === "number" &&
  typeof terms.continuations === "number" &&
  Array.isArray(terms.stopStrings);
