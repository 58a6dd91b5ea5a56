// What engine crashes have cast on a request: how many it was in flight at, and how far it was then. After two in
// company it runs alone; a third is its end. Who passes, alone, the token at which engines died is innocent.

import type { Sampling } from "./sampling.ts";

export interface Suspicion {
  /** Engine crashes that it was in flight at. */
  readonly crashes: number;
  /** Of those, its own attempts, ascending: each counts once, whoever tells it and however late. The others were under other ids. */
  readonly attempts?: readonly number[];
  /** Furthest output token that was due when an engine crashed: with that one out, alone, it is acquitted. */
  readonly outputIndex: number;
  /** Where it last was in flight at one: it goes elsewhere next, for the worker may be the cause. Empty: not known. */
  readonly worker: string;
  /** It was alone at one: it is not to be tried again. */
  readonly isGuilty?: boolean;
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

/** One crash, of that attempt of the request. */
export const crashOf = (
  attempt: number,
  { isAlone, outputIndex, worker }: SeenCrash,
): Suspicion => ({
  crashes: 1,
  attempts: [attempt],
  outputIndex,
  worker,
  ...(isAlone ? { isGuilty: true } : {}),
});

/** What two know of the same request, each of whom may have heard of other crashes. */
export function together(
  one: Suspicion | undefined,
  other: Suspicion | undefined,
): Suspicion | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const attempts = [...new Set([...attemptsOf(one), ...attemptsOf(other)])].sort((a, b) => a - b);
  const underOtherIds = Math.max(crashesElsewhere(one), crashesElsewhere(other));
  const isLater = lastAttempt(other) > lastAttempt(one);
  return {
    crashes: underOtherIds + attempts.length,
    ...(attempts.length === 0 ? {} : { attempts }),
    outputIndex: Math.max(one.outputIndex, other.outputIndex),
    worker: isLater ? other.worker : one.worker,
    ...(one.isGuilty === true || other.isGuilty === true ? { isGuilty: true } : {}),
  };
}

const attemptsOf = ({ attempts = [] }: Suspicion): readonly number[] => attempts;
const crashesElsewhere = (known: Suspicion): number => known.crashes - attemptsOf(known).length;
const lastAttempt = (known: Suspicion): number => attemptsOf(known).at(-1) ?? 0;

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
  return {
    crashes: (before?.crashes ?? 0) + 1,
    outputIndex: Math.max(before?.outputIndex ?? 0, seen.outputIndex),
    worker: seen.worker,
    // In whatever order crashes are told.
    isGuilty: before?.isGuilty === true || seen.isAlone,
  };
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
