// What the queue holds for one admitted request, from admission to settlement: its place, its standing attempt,
// what was booked for it and what is known to have run. Knowledge only grows: repeated messages change nothing.

import type { Address } from "#shared/actor/actor.ts";
import type { RanOn } from "#shared/messages/to-session.ts";
import type { QueueGranted, Submit } from "#shared/messages/to-tenant-queue.ts";
import type { AdapterDigest, PoolId, RequestId } from "#shared/model/ids.ts";
import type { Idempotency } from "#shared/model/idempotency.ts";
import type { PrefixKeys } from "#shared/model/prefix-ladder.ts";
import type { OutputAllowance } from "#shared/model/output-allowance.ts";
import { readAllowance } from "#shared/model/output-allowance.ts";
import type { Suspicion } from "#shared/model/suspicion.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import type { UnclaimedQuota } from "./quota-account.ts";
import type { Used } from "./quota-holds.ts";
import type { Charge } from "./sliding-window.ts";

/** `over`: the standing attempt ended on its worker; the session finishes it or asks for the next. */
export type Place = "outside" | "waiting" | "offered" | "granted" | "running" | "over";

export interface Reservation {
  readonly requestId: RequestId;
  /** Unknown while only a worker has told of it. */
  session: Address | undefined;
  /** That took the stream over from another, which has no say any more. */
  takenOverBy: Address | undefined;
  /** Its client's name for it. */
  readonly idempotency: Idempotency | undefined;
  pool: PoolId;
  readonly adapterDigest: AdapterDigest;
  readonly prefixKeys: PrefixKeys;
  readonly promptTokens: number;
  readonly outputTokensMax: number;
  readonly charge: Charge;
  /** What it may use of the tenant's quota; its prompt is held besides. Absent: there was no quota. */
  allowance: OutputAllowance | undefined;
  /** Admission sequence; a retry keeps it. */
  readonly position: number;
  /** When its session opened, the first of them under its name, on this host's clock. */
  openedAtMs: number;
  /** The standing attempt. Only grows. */
  attempt: number;
  place: Place;
  /** Order class while it waits: 0 a retry with a slot, 1 a retry without, 2 a first attempt. */
  rank: number;
  /** Counts against the tenant's concurrency. */
  hasSlot: boolean;
  grant: QueueGranted | undefined;
  offer: StampedOffer | undefined;
  /** Where its latest attempt ran that is known to have had a place. */
  ranOn: RanOn | undefined;
  /** The latest attempt that a worker has spoken of: what was only granted may never have reached its worker. 0: none. */
  begunAttempt: number;
  waitingSinceMs: number;
  /** Last sign of life of the session: submit or renewal. */
  heardAtMs: number;
  /** Last sign of life of the worker. */
  progressAtMs: number;
  deadlineAtMs: number;
  /** How often an attempt of it gave way to others. */
  preemptions: number;
  /** By its session's last word. */
  suspicion: Suspicion | undefined;
  /** How often one ended with its allowance of a quota. */
  continuations: number;
  /** Attempts that ended because its adapter did not load. */
  adapterFailures: number;
  /** Most tokens, prompt and output, that one attempt has computed. */
  computedTokens: number;
  /** Output tokens that the client has, by its session's last word. */
  deliveredTokens: number;
  /** Delivered when the standing attempt began: its forced prefix. */
  forcedTokens: number;
  /** A worker has computed something of it, in whatever attempt. */
  hasRun: boolean;
  /** The standing attempt ended for good: finished or cancelled, not returned. */
  isFinal: boolean;
  /** Its session said that the output came to its own end. */
  isWhole: boolean;
  /** And that its client was given all of it. */
  isServed: boolean;
  /** Output tokens of the request that are known to have been produced, recomputed ones once. */
  outputTokens: number;
  /** The most that one word on it has told: of its session, all attempts; of a worker, one. */
  gpuUs: number;
}

/** Fixed when the attempt is first offered, so that repeating the offer repeats the same words. */
export interface StampedOffer {
  readonly cost: number;
  readonly outputTokensPredicted: number;
  startTag: number;
  finishTag: number;
  sentAtMs: number;
}

/** The worst case, booked at admission. */
export const tokensReserved = (request: {
  readonly promptTokens: number;
  readonly outputTokensMax: number;
}): number => request.promptTokens + request.outputTokensMax;

export function reservationOf(
  submit: Submit,
  session: Address,
  { charge, position, nowMs }: { charge: Charge; position: number; nowMs: number },
): Reservation {
  return {
    requestId: submit.requestId,
    session,
    takenOverBy: submit.takesOver === true ? session : undefined,
    idempotency: submit.idempotency,
    pool: submit.pool,
    adapterDigest: submit.adapterDigest,
    prefixKeys: submit.prefixKeys,
    promptTokens: submit.promptTokens,
    outputTokensMax: submit.outputTokensMax,
    charge,
    allowance: readAllowance(submit.allowance),
    position,
    openedAtMs: nowMs - submit.ageMs,
    attempt: submit.attempt,
    place: "outside",
    rank: 2,
    hasSlot: false,
    grant: undefined,
    offer: undefined,
    ranOn: undefined,
    begunAttempt: 0,
    waitingSinceMs: nowMs,
    heardAtMs: nowMs,
    progressAtMs: nowMs,
    deadlineAtMs: nowMs + submit.remainingMs,
    preemptions: submit.preemptions ?? 0,
    suspicion: submit.suspicion,
    continuations: submit.continuations ?? 0,
    adapterFailures: 0,
    computedTokens: 0,
    deliveredTokens: submit.deliveredTokens,
    forcedTokens: submit.deliveredTokens,
    hasRun: submit.deliveredTokens > 0,
    isFinal: false,
    isWhole: false,
    isServed: false,
    outputTokens: submit.deliveredTokens,
    gpuUs: 0,
  };
}

/** Where the standing attempt ran: of an earlier one nothing is to be had. */
export const standingPlace = ({ ranOn, attempt }: Reservation): { readonly ranOn?: RanOn } =>
  ranOn?.attempt === attempt ? { ranOn } : {};

/** What a client that comes back, and a session that it left, may yet ask about a request that leaves. */
export const traceOf = (
  reservation: Reservation,
): { readonly ranOn?: RanOn; readonly takenOverBy?: Address } => {
  const { takenOverBy } = reservation;
  return { ...standingPlace(reservation), ...(takenOverBy === undefined ? {} : { takenOverBy }) };
};

/** Whether a session may speak for the request. */
export const speaksFor = (
  { takenOverBy }: { readonly takenOverBy?: Address | undefined },
  session: Address,
): boolean => takenOverBy === undefined || takenOverBy === session;

/** The session's word on what reached the client. */
export function noteDelivered(reservation: Reservation, deliveredTokens: number): void {
  reservation.deliveredTokens = Math.max(reservation.deliveredTokens, deliveredTokens);
  reservation.outputTokens = Math.max(reservation.outputTokens, deliveredTokens);
  if (deliveredTokens > 0) reservation.hasRun = true;
}

/** A router's or a worker's word on where an attempt is, for a client that looks for its stream. */
export function noteRanOn(reservation: Reservation, ranOn: RanOn): void {
  const known = reservation.ranOn;
  if (known !== undefined && known.attempt >= ranOn.attempt) return;
  const { attempt, worker, incarnation } = ranOn;
  reservation.ranOn = { attempt, worker, incarnation };
}

/** A worker's word: it has that attempt, or had it. */
export function noteBegun(reservation: Reservation, ranOn: RanOn): void {
  reservation.begunAttempt = Math.max(reservation.begunAttempt, ranOn.attempt);
  noteRanOn(reservation, ranOn);
}

/** The worker's word on what an attempt executed. An older attempt's output is what was delivered of it, no more. */
export function noteExecuted(
  reservation: Reservation,
  attempt: number,
  totals: ExecutedTotals,
): void {
  reservation.gpuUs = Math.max(reservation.gpuUs, totals.gpuUs);
  if (totals.prefillTokens + totals.cachedTokens + totals.outputTokens === 0) return;
  reservation.hasRun = true;
  reservation.computedTokens = Math.max(
    reservation.computedTokens,
    totals.prefillTokens + totals.cachedTokens + totals.outputTokens,
  );
  if (attempt !== reservation.attempt) return;
  const outputTokens = reservation.forcedTokens + totals.outputTokens;
  reservation.outputTokens = Math.max(
    reservation.outputTokens,
    Math.min(outputTokens, reservation.outputTokensMax),
  );
}

/** What the request counts against tokens per minute: the prompt once its prefill ran, and its output once. */
export function tokensUsed(reservation: Reservation): number {
  if (!reservation.hasRun) return 0;
  return Math.min(tokensReserved(reservation), reservation.promptTokens + reservation.outputTokens);
}

/** It left in silence and is back: it may use what it was allowed, and what is known to have run of it did run. */
export function claimQuota(
  reservation: Reservation,
  { allowance, hasRun, outputTokens, gpuUs }: UnclaimedQuota,
): void {
  reservation.allowance = allowance;
  reservation.gpuUs = Math.max(reservation.gpuUs, gpuUs);
  if (!hasRun) return;
  reservation.hasRun = true;
  reservation.outputTokens = Math.max(reservation.outputTokens, outputTokens);
}

/** What is known to have run of it. */
export const usedOf = ({ promptTokens, hasRun, outputTokens, gpuUs }: Reservation): Used => ({
  promptTokens,
  hasRun,
  outputTokens: hasRun ? outputTokens : 0,
  gpuUs,
});
