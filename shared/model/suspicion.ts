// What engine crashes have cast on a request: how many it was in flight at, and how far it was then. After two in
// company it runs alone; a third is its end. Who passes, alone, the token at which engines died is innocent.

import type { Sampling } from "./sampling.ts";

export interface Suspicion {
  /** Engine crashes that it was in flight at. */
  readonly crashes: number;
  /** Furthest output token that was due when an engine crashed: with that one out, alone, it is acquitted. */
  readonly outputIndex: number;
  /** Where it last was in flight at one: it goes elsewhere next, for the worker may be the cause. Empty: not known. */
  readonly worker: string;
}

/** What a worker saw of one crash. */
export interface SeenCrash {
  /** It was tried alone, after those in company, and nothing else was in flight: the request did it. */
  readonly isAlone: boolean;
  /** The output token that was due. */
  readonly outputIndex: number;
  readonly worker: string;
}

const crashesInCompanyMax = 2;

export const runsAlone = (suspicion: Suspicion | undefined): boolean =>
  (suspicion?.crashes ?? 0) >= crashesInCompanyMax;

export const afterCrash = (before: Suspicion | undefined, seen: SeenCrash): Suspicion => ({
  crashes: (before?.crashes ?? 0) + 1,
  outputIndex: Math.max(before?.outputIndex ?? 0, seen.outputIndex),
  worker: seen.worker,
});

/** Of two who know of some of the same crashes. */
export function graver(
  one: Suspicion | undefined,
  other: Suspicion | undefined,
): Suspicion | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return {
    crashes: Math.max(one.crashes, other.crashes),
    outputIndex: Math.max(one.outputIndex, other.outputIndex),
    worker: one.crashes >= other.crashes ? one.worker : other.worker,
  };
}

/** As it stands in the store, over every id under which the request came. */
export interface SuspicionStanding extends Suspicion {
  /** It is refused at once. */
  readonly isGuilty: boolean;
}

export const suspicionOf = ({ crashes, outputIndex, worker }: SuspicionStanding): Suspicion => ({
  crashes,
  outputIndex,
  worker,
});

export function crashedAgain(
  before: SuspicionStanding | undefined,
  seen: SeenCrash,
): SuspicionStanding {
  // In whatever order crashes are told.
  return { ...afterCrash(before, seen), isGuilty: before?.isGuilty === true || seen.isAlone };
}

/**
 * By what a client's retry under a new id is the same suspect. The namespace names model, adapter and tenant's trust group. The seed
 * is not in it: it is made of the name that the client gave, if it gave one, and another name would be another suspect.
 */
export interface SuspectIdentity {
  readonly tenant: string;
  readonly namespace: string;
  readonly promptDigest: string;
  readonly parameters: string;
}

interface Asked {
  readonly tenant: string;
  readonly namespace: string;
  readonly promptDigest: string;
  readonly outputTokensMax: number;
  readonly outputTokensMin: number;
  readonly ignoreEos: boolean;
  readonly sampling: Sampling;
}

export function suspectIdentity(asked: Asked): SuspectIdentity {
  const { tenant, namespace, promptDigest, outputTokensMax, outputTokensMin, ignoreEos } = asked;
  const { temperature, topP, presencePenalty, frequencyPenalty } = asked.sampling;
  const parameters = [
    outputTokensMax,
    outputTokensMin,
    ignoreEos,
    temperature,
    topP,
    presencePenalty,
    frequencyPenalty,
  ];
  return { tenant, namespace, promptDigest, parameters: parameters.join() };
}
