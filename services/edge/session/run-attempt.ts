// One attempt on one worker: granted, started, given up. Whatever ends it too early asks for the next attempt,
// which continues after the tokens that the client already has.

import {
  admissionNoted,
  answered,
  ask,
  askForNext,
  haveNoted,
  moveTo,
  noteGivenWay,
} from "./ask-for-place.ts";
import { complete, fail } from "./close-session.ts";
import { writeResumeTerms } from "./resume-terms.ts";
import type { Preempted, Returned } from "#shared/messages/returned.ts";
import type { Call } from "./session-state.ts";
import { armTimer, canStartAgain, nothing, stale, story } from "./session-state.ts";
import { mergeTotals } from "./session-usage.ts";
import {
  aloneUntil,
  crashesEngines,
  isTriedEnough,
  mustBeAlone,
  noteCrash,
  suspectSilence,
} from "./under-suspicion.ts";
import type { Effect, Send } from "#shared/actor/actor.ts";
import { disarm } from "#shared/actor/actor.ts";
import { assert } from "#shared/actor/assert.ts";
import { workerAddress } from "#shared/messages/addresses.ts";
import type {
  AdmissionNoted,
  Granted,
  Started,
  StartRefused,
  WorkerLost,
} from "#shared/messages/to-session.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import { isTooOften } from "#shared/model/attempts.ts";
import { laterAllowance } from "#shared/model/output-allowance.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { runsAlone, together } from "#shared/model/suspicion.ts";

/** Longer than the router's own 2 s, so that it has voided the place by the time we ask. */
const startPatienceMs = 3_000;
/** Five beats of the worker. */
const stallMs = 2_500;

export function granted(call: Call, message: Granted, nowMs: number): readonly Effect[] {
  const why = staleness(call, message);
  if (why !== undefined) return stale(call, "granted", why);
  call.shardEpoch = message.shardEpoch;
  call.poolEpoch = message.poolEpoch;
  // It slept over its deadline, whose timer is next: what it was allowed may be another's by now.
  if (nowMs >= call.deadlineAtMs) return stale(call, "granted", "deadline");
  if (!call.isAdmitted) {
    call.grantToNote = message;
    return [haveNoted(call, message.shardEpoch)];
  }
  if (call.place?.grant.attempt === message.attempt) return answered(call);
  learnEarlier(call, message);
  if (call.suspicion?.isGuilty === true) return fail(call, crashesEngines, nowMs);
  if (!canStartAgain(call)) return [...answered(call), ...fail(call, promptIsGone, nowMs)];
  const effects: Effect[] = [...answered(call)];
  if (message.attempt > call.attempt) {
    effects.push(...moveTo(call, message.attempt, "superseded"));
  }
  if (isTooOften(call.attempt, call)) return [...effects, ...fail(call, neverStarted, nowMs)];
  return takePlace(call, message, effects, nowMs);
}

function takePlace(
  call: Call,
  message: Granted,
  before: readonly Effect[],
  nowMs: number,
): readonly Effect[] {
  if (message.isAlone !== true && mustBeAlone(call)) {
    return [...before, ...declineCompany(call, nowMs)];
  }
  call.phase = "starting";
  call.allowance = laterAllowance(call.allowance, message.allowance);
  call.grants++;
  const forcedTokens = call.delivered.length;
  call.place = { grant: message, address: workerAddress(message.worker), forcedTokens };
  const { worker, incarnation } = message;
  return [
    start(call, message, nowMs),
    ...before,
    armTimer("start", nowMs + startPatienceMs),
    story(call, "session.granted", { worker, incarnation, ageMs: nowMs - call.openedAtMs }),
  ];
}

/** Its router did not know of a crash of which this session has heard since it asked, and hears of it with the next attempt. */
const declineCompany = (call: Call, nowMs: number): readonly Effect[] => [
  ...moveTo(call, call.attempt + 1, "suspected"),
  ...ask(call, nowMs),
];

/** A crash that is told late makes a suspect of what runs among others. */
function leaveCompany(call: Call, nowMs: number): readonly Effect[] {
  const { place } = call;
  const isInCompany = place !== undefined && place.grant.isAlone !== true;
  if (!isInCompany || !mustBeAlone(call) || !canStartAgain(call)) return nothing;
  return loseAttempt(call, "suspected", nowMs);
}

/** Its router may have heard of an end of which every word to this session was lost. */
function learnEarlier(call: Call, { preemptions = 0, suspicion }: Granted): void {
  call.preemptionsUntold += Math.max(0, preemptions - call.preemptions);
  call.preemptions = Math.max(call.preemptions, preemptions);
  call.suspicion = together(call.suspicion, suspicion);
}

/** What was granted meanwhile is taken now. */
export function noted(call: Call, message: AdmissionNoted, nowMs: number): readonly Effect[] {
  const { grantToNote } = call;
  const effects = admissionNoted(call, message, nowMs);
  if (grantToNote === undefined) return effects;
  call.grantToNote = undefined;
  return [...effects, ...granted(call, grantToNote, nowMs)];
}

function staleness(call: Call, message: Granted): string | undefined {
  if (message.attempt < call.attempt) return "attempt";
  if (message.shardEpoch < call.shardEpoch) return "shard epoch";
  if (message.poolEpoch < call.poolEpoch) return "pool epoch";
  const standing = call.place?.grant;
  if (standing === undefined || message.attempt > standing.attempt) return undefined;
  const isSame = standing.worker === message.worker && standing.incarnation === message.incarnation;
  return isSame ? undefined : "another place";
}

function start(call: Call, grant: Granted, nowMs: number): Send {
  const { request } = call;
  const aloneUntilIndex = aloneUntil(call, grant.isAlone);
  return toWorker(workerAddress(grant.worker), {
    kind: "start",
    requestId: request.requestId,
    attempt: grant.attempt,
    incarnation: grant.incarnation,
    shard: request.shard,
    shardEpoch: grant.shardEpoch,
    poolEpoch: grant.poolEpoch,
    tenant: request.tenant,
    weight: grant.weight,
    ...(grant.band === undefined ? {} : { band: grant.band }),
    namespace: request.namespace,
    adapterDigest: request.adapterDigest,
    promptBytes: call.promptBytes,
    promptDigest: request.promptDigest,
    promptTokens: request.promptTokens,
    forcedPrefix: call.delivered.slice(),
    outputTokensMax: request.outputTokensMax,
    outputTokensMin: request.outputTokensMin,
    ignoreEos: request.ignoreEos,
    sampling: request.sampling,
    outputTokensGranted: call.allowance?.outputTokens ?? request.outputTokensMax,
    ...(request.residency === undefined ? {} : { residency: request.residency }),
    resumeTerms: writeResumeTerms(call, nowMs),
    ...(request.idempotency === undefined ? {} : { idempotency: request.idempotency }),
    // What its client has, nobody can say to an engine: it has to come out again by itself.
    ...(call.delivered.length < call.shownFrom ? { mustReplay: true } : {}),
    ...(aloneUntilIndex === undefined ? {} : { aloneUntilIndex }),
  });
}

export function started(call: Call, message: Started, nowMs: number): readonly Effect[] {
  const grant = call.place?.grant;
  const isOurs =
    grant?.attempt === message.attempt &&
    grant.worker === message.worker &&
    grant.incarnation === message.incarnation;
  if (!isOurs) return stale(call, "started", "foreign attempt");
  call.lastSignAtMs = nowMs;
  const effects = isRunning(call, nowMs);
  const { worker, workerType, zone } = message;
  call.ranAt = { worker, workerType, zone };
  return effects;
}

/** The worker is at it: it said so, or a frame or a sign of life overtook its word. */
export function isRunning(call: Call, nowMs: number): readonly Effect[] {
  if (call.phase !== "starting") return nothing;
  call.phase = "running";
  call.startedAtMs ??= nowMs;
  const worker = call.place?.grant.worker ?? "";
  call.ranAt = { worker, workerType: "", zone: "" };
  return [
    disarm("start"),
    armTimer("stall", nowMs + stallMs),
    story(call, "session.started", {
      worker,
      queueMs: call.startedAtMs - call.openedAtMs,
    }),
  ];
}

export function startRefused(call: Call, message: StartRefused, nowMs: number): readonly Effect[] {
  const { attempt, reason, retryable } = message;
  if (call.place?.grant.attempt !== attempt) return stale(call, "start-refused", "foreign attempt");
  if (retryable) return loseAttempt(call, reason, nowMs);
  call.place = undefined;
  return fail(call, refusalOf(reason), nowMs);
}

function refusalOf(reason: StartRefused["reason"]): Refusal {
  switch (reason) {
    case "adapter-forbidden":
      return {
        code: "adapter_forbidden",
        message: "This tenant may not use this adapter.",
        param: "model",
      };
    case "adapter-missing":
      return {
        code: "adapter_unavailable",
        message: "The adapter cannot be loaded at the moment.",
        param: "model",
      };
    case "not-replayable":
      return notExact;
    case "outside-residency":
      return {
        code: "residency_unavailable",
        message: "This request may not run in the zone that had a place for it. Please try again.",
      };
    default:
      return neverStarted;
  }
}

/** It is stopping, and asks for the next attempt when its worker says so, or falls silent. */
export function preempted(call: Call, { attempt }: Preempted): readonly Effect[] {
  if (attempt > call.attempt) return stale(call, "preempted", "foreign attempt");
  noteGivenWay(call, attempt);
  return nothing;
}

export function returned(call: Call, message: Returned, nowMs: number): readonly Effect[] {
  // Work done by an attempt that was left before is work all the same.
  if (message.attempt <= call.attempt) mergeTotals(call, message.attempt, message.totals);
  const wasSuspect = runsAlone(call.suspicion);
  const isItsDoing = message.crash !== undefined && noteCrash(call, message.attempt, message.crash);
  const isOurs = call.place?.grant.attempt === message.attempt;
  if (isItsDoing) {
    if (isOurs) call.place = undefined;
    return fail(call, crashesEngines, nowMs);
  }
  if (!isOurs) {
    if (message.reason === "preempted") noteGivenWay(call, message.attempt);
    const late = stale(call, "returned", "foreign attempt");
    return wasSuspect ? late : [...late, ...leaveCompany(call, nowMs)];
  }
  return loseAttempt(call, message.reason, nowMs);
}

export function workerLost(call: Call, message: WorkerLost, nowMs: number): readonly Effect[] {
  const grant = call.place?.grant;
  const isOurs = grant?.worker === message.worker && grant.incarnation <= message.incarnation;
  return isOurs ? loseAttempt(call, "worker-lost", nowMs) : nothing;
}

/** One timer that looks back, rather than one armed by every frame. */
export function stall(call: Call, nowMs: number): readonly Effect[] {
  if (call.phase !== "running") return nothing;
  const dueAtMs = call.lastSignAtMs + stallMs;
  return nowMs < dueAtMs ? [armTimer("stall", dueAtMs)] : loseAttempt(call, "stalled", nowMs);
}

export function notStarted(call: Call, nowMs: number): readonly Effect[] {
  return call.phase === "starting" ? loseAttempt(call, "not-started", nowMs) : nothing;
}

export function loseAttempt(call: Call, reason: string, nowMs: number): readonly Effect[] {
  assert(call.place !== undefined, "an attempt that is lost had a place");
  if (isLostUnheard(reason)) suspectSilence(call);
  // Only the news of the end was lost, not the output.
  if (call.delivered.length >= call.request.outputTokensMax) {
    return [
      story(call, "session.attempt-lost", { reason, worker: call.place.grant.worker }),
      ...complete(call, { reason: "length", isRunning: reason === "stalled" }, nowMs),
    ];
  }
  if (!canStartAgain(call)) return fail(call, promptIsGone, nowMs);
  if (isTriedEnough(call)) return fail(call, neverStarted, nowMs);
  return askForNext(call, reason, nowMs);
}

/** Whatever its engine met before, nobody saw. */
const isLostUnheard = (reason: string): boolean =>
  reason === "stalled" || reason === "worker-lost" || reason === "engine-lost";

const promptIsGone: Refusal = {
  code: "resume_gone",
  message:
    "The worker of this resumed stream was lost, and with it the long prompt: it cannot go on. Send the request again.",
};

const notExact: Refusal = {
  code: "resume_not_exact",
  message:
    "Nothing of this stream is kept, and its engine cannot be relied on to say the same again: it cannot go on. Send the request again under another key.",
};

const neverStarted: Refusal = {
  code: "engine_unavailable",
  message: "No engine could run this request. Please try again.",
  retryAfterMs: 1_000,
};
