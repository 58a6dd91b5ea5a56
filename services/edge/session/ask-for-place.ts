// Asking the tenant's queue for a place, and what its answers mean. The session is the retrier: silence, an
// owner's change or a lost reservation all end in the same submit, which the queue answers idempotently.

import { fail } from "./close-session.ts";
import type { Call, Continued, Session } from "./session-state.ts";
import {
  armTimer,
  fromTheStart,
  isUnproven,
  nothing,
  ownId,
  stale,
  startCall,
  story,
  vocabularyOf,
} from "./session-state.ts";
import { isAllowanceSpent, isWindowOver, renewalAsked, stopWorker } from "./renew-allowance.ts";
import { usageOf } from "./session-usage.ts";
import { clearIfPast, suspicionTold } from "./under-suspicion.ts";
import type { Effect, Send } from "#shared/actor/actor.ts";
import { disarm } from "#shared/actor/actor.ts";
import { clientAddress, idOfSession } from "#shared/messages/addresses.ts";
import type { Open } from "#shared/messages/open-request.ts";
import { toClient } from "#shared/messages/to-client.ts";
import { toMeter } from "#shared/messages/to-meter.ts";
import type { AdmissionNoted, Announce, Queued, Refused } from "#shared/messages/to-session.ts";
import { toSessionDirectory } from "#shared/messages/to-session-directory.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import { laterAllowance } from "#shared/model/output-allowance.ts";
import { attemptsMax, isTooOften } from "#shared/model/attempts.ts";

const resubmitMs = 500;
/** Of a request that is not accepted yet: an owner's lease, its successor's collection, and as much again. */
const ownerPatienceMs = 10_000;

export function open(session: Session, message: Open, nowMs: number): readonly Effect[] {
  if (session.call !== undefined) return stale(session.call, "open", "already open");
  const vocabulary = vocabularyOf(session, message);
  if (vocabulary === undefined) return [cannotRead(session, message)];
  const call = startCall(message, { vocabulary, nowMs }, named(session, message));
  session.call = call;
  const { requestId, edge, tenant, model, adapterDigest, promptTokens, outputTokensMax } =
    call.request;
  const adapter = adapterDigest === "" ? {} : { adapterDigest };
  const opened = story(call, "session.opened", {
    model,
    promptTokens,
    outputTokensMax,
    ...adapter,
  });
  // The directory and the meter hear of it once it is known to be the one that runs.
  if (isUnproven(call)) {
    return [opened, ...ask(call, nowMs), armTimer("deadline", call.deadlineAtMs)];
  }
  return [
    opened,
    toSessionDirectory(call.directory, { kind: "session-opened", requestId, edge, tenant }),
    ...ask(call, nowMs),
    openAccount(call, nowMs),
    armTimer("deadline", call.deadlineAtMs),
  ];
}

/** One that runs again was counted when it ran first. */
const openAccount = (call: Call, nowMs: number): Send =>
  toMeter(call.request.meter, {
    ...usageOf(call, nowMs),
    ...(call.runsAgain ? {} : { opens: true }),
  });

/** The edge would not have admitted it: its fleet has changed under it. Nothing was opened, and nothing is owed. */
const cannotRead = ({ self }: Session, { edge }: Open): Send =>
  toClient(clientAddress(edge, idOfSession(self)), {
    kind: "failed",
    refusal: {
      code: "engine_unavailable",
      message: "This server cannot read the model's output now. Please try again.",
      retryAfterMs: 1_000,
    },
  });

/** The request's id is made of its name: the session has its own. */
function named({ self }: Session, { idempotency, after }: Open): Continued | undefined {
  if (idempotency === undefined) return undefined;
  const shownFrom = (after ?? -1) + 1;
  return { ...fromTheStart, session: idOfSession(self), shownFrom };
}

/** Submits, and again until the queue has answered. */
export function ask(call: Call, nowMs: number): readonly Effect[] {
  call.askedAtMs ??= nowMs;
  return [
    submit(call, nowMs),
    // Of another's run it is not told that it waits for a place.
    ...(isUnproven(call)
      ? nothing
      : [story(call, "session.submitted", { deliveredTokens: call.delivered.length })]),
    armTimer("resubmit", nowMs + resubmitMs),
  ];
}

function submit(call: Call, nowMs: number): Send {
  const { request, place } = call;
  return toTenantQueue(call.queue, {
    kind: "submit",
    requestId: request.requestId,
    attempt: call.attempt,
    pool: request.pool,
    adapterDigest: request.adapterDigest,
    prefixKeys: call.prefixKeys,
    promptTokens: request.promptTokens,
    outputTokensMax: request.outputTokensMax,
    deliveredTokens: call.delivered.length,
    ...(call.preemptions === 0 ? {} : { preemptions: call.preemptions }),
    ...(call.continuations === 0 ? {} : { continuations: call.continuations }),
    ...suspicionTold(call),
    admitted: call.isAdmitted,
    ...(call.shardEpoch === 0 ? {} : { shardEpoch: call.shardEpoch }),
    ...(place === undefined ? {} : { runningOn: place.grant.worker }),
    ageMs: nowMs - call.openedAtMs,
    remainingMs: Math.max(0, call.deadlineAtMs - nowMs),
    ...(call.attachedAttempt > 0 || call.runsAgain ? { takesOver: true } : {}),
    ...(request.idempotency === undefined ? {} : { idempotency: request.idempotency }),
    ...(request.after === undefined ? {} : { hasLostStream: true }),
    ...(call.allowance === undefined ? {} : { allowance: call.allowance }),
    ...renewalAsked(call, nowMs),
  });
}

export function resubmit(call: Call, nowMs: number): readonly Effect[] {
  const { askedAtMs, place } = call;
  if (askedAtMs === undefined) return nothing;
  // What was accepted goes on asking to its deadline: an owner that is long in coming is no reason to end a stream.
  const mayGiveUp = place === undefined && !call.isAdmitted;
  if (mayGiveUp && nowMs - askedAtMs >= ownerPatienceMs) {
    return fail(call, ownerUnavailable, nowMs);
  }
  // The first time after a moment's patience.
  if (nowMs - askedAtMs < resubmitMs) return ask(call, nowMs);
  return [submit(call, nowMs), armTimer("resubmit", nowMs + resubmitMs)];
}

/** The queue has answered: silence is over. */
export function answered(call: Call): readonly Effect[] {
  if (call.askedAtMs === undefined) return nothing;
  call.askedAtMs = undefined;
  return [disarm("resubmit")];
}

export function queued(call: Call, message: Queued, nowMs: number): readonly Effect[] {
  const { attempt, shardEpoch, limits } = message;
  if (shardEpoch < call.shardEpoch) return stale(call, "queued", "shard epoch");
  if (attempt < call.attempt) return stale(call, "queued", "attempt");
  call.shardEpoch = shardEpoch;
  const effects: Effect[] = call.isAdmitted ? [...answered(call)] : [];
  if (attempt > call.attempt) effects.push(...moveTo(call, attempt, "superseded"));
  if (isTooOften(attempt, call)) return [...effects, ...fail(call, tooManyAttempts, nowMs)];
  if (call.phase === "submitting") call.phase = "queued";
  const wasWithheld = isWindowOver(call, nowMs);
  call.allowance = laterAllowance(call.allowance, message.allowance);
  if (wasWithheld && !isWindowOver(call, nowMs)) effects.push(...goOn(call, nowMs));
  const isFirst = call.limits === undefined;
  call.limits ??= limits;
  if (!call.isAdmitted) effects.push(haveNoted(call, shardEpoch));
  else if (isFirst) effects.push(...tellLimits(call));
  return effects;
}

/** In the next window of its tenant's quotas: with what its worker kept meanwhile, or, if nothing is left there, with the next attempt. */
function goOn(call: Call, nowMs: number): readonly Effect[] {
  const { place, attempt, phase, request } = call;
  if (place === undefined || phase !== "running") return nothing;
  if (isAllowanceSpent(call)) {
    return [...stopWorker(call), ...askForNext(call, "allowance-spent", nowMs)];
  }
  if (call.isClientPaused) return nothing;
  const nextIndex = call.delivered.length;
  call.ackedIndex = nextIndex;
  const { requestId } = request;
  return [toWorker(place.address, { kind: "ack", requestId, attempt, nextIndex, isBehind: true })];
}

/**
 * An owner's word, `queued` or a grant that overtook it, admits nothing before the directory has noted it: what a next owner
 * is told and what was admitted are the same then, however close the two come. Until then the session asks on.
 */
export function haveNoted(call: Call, shardEpoch: number): Send {
  const { requestId, tenant, shard } = call.request;
  const tokens = tokensReserved(call);
  return toSessionDirectory(call.directory, {
    kind: "session-admitted",
    requestId,
    ...ownId(call),
    tenant,
    shard,
    shardEpoch,
    tokens,
  });
}

const tokensReserved = ({ request }: Call): number =>
  request.promptTokens + request.outputTokensMax;

/** It stands, whoever owns the shard: the client may know, and a worker may start. */
export function admissionNoted(
  call: Call,
  { shardEpoch }: AdmissionNoted,
  nowMs: number,
): readonly Effect[] {
  if (call.isAdmitted) return nothing;
  const wasUnproven = isUnproven(call);
  call.isAdmitted = true;
  return [
    ...(wasUnproven ? [openAccount(call, nowMs)] : nothing),
    // A later owner has its own answer to give.
    ...(shardEpoch < call.shardEpoch ? nothing : answered(call)),
    story(call, "session.admitted", { tokens: tokensReserved(call) }),
    ...tellLimits(call),
  ];
}

function tellLimits({ limits, firstTokenAtMs, client }: Call): readonly Effect[] {
  if (limits === undefined || firstTokenAtMs !== undefined) return nothing;
  return [toClient(client, { kind: "admitted", limits })];
}

export function refused(call: Call, message: Refused, nowMs: number): readonly Effect[] {
  if (message.shardEpoch < call.shardEpoch) return stale(call, "refused", "shard epoch");
  call.shardEpoch = message.shardEpoch;
  // Granted all the same: a stream is not cut because its reservation could not be restored.
  if (call.place !== undefined) return [...answered(call), ...stale(call, "refused", "granted")];
  call.limits = message.limits;
  call.isRefused = true;
  return fail(call, message.refusal, nowMs);
}

export function announce(call: Call, message: Announce, nowMs: number): readonly Effect[] {
  if (message.shardEpoch < call.shardEpoch) return stale(call, "announce", "shard epoch");
  call.shardEpoch = message.shardEpoch;
  // The silence until now was its predecessor's.
  call.askedAtMs = nowMs;
  return ask(call, nowMs);
}

/** Leaves an attempt and whatever place it had. The router voids or closes it when it hears of the next. */
export function moveTo(call: Call, attempt: number, reason: string): readonly Effect[] {
  clearIfPast(call);
  const { place, phase } = call;
  const lost = story(call, "session.attempt-lost", { reason, worker: place?.grant.worker ?? "" });
  call.attempt = attempt;
  call.place = undefined;
  call.engineSilentAt = undefined;
  call.phase = "submitting";
  if (phase === "starting") return [lost, disarm("start")];
  return phase === "running" ? [lost, disarm("stall")] : [lost];
}

/** Each attempt once, however late and often it is told. What its router has said already is not counted again. */
export function noteGivenWay(call: Call, attempt: number): void {
  if (call.gaveWay.has(attempt)) return;
  call.gaveWay.add(attempt);
  const isKnown = attempt < call.attempt && call.preemptionsUntold > 0;
  if (isKnown) call.preemptionsUntold--;
  else call.preemptions++;
}

/** This attempt is lost: ask for the next one. */
export function askForNext(call: Call, reason: string, nowMs: number): readonly Effect[] {
  const hasBroughtTokens = call.delivered.length > (call.place?.forcedTokens ?? 0);
  const gaveWay = reason === "preempted";
  if (gaveWay) noteGivenWay(call, call.attempt);
  else if (reason === "allowance-spent") call.continuations++;
  else call.fruitlessAttempts = hasBroughtTokens ? 0 : call.fruitlessAttempts + 1;
  const isLast = isTooOften(call.attempt + 1, call);
  // Until it runs again nobody else knows what it has brought.
  const lost = [...moveTo(call, isLast ? call.attempt : call.attempt + 1, reason)];
  if (isLast) return [...lost, ...fail(call, tooManyAttempts, nowMs)];
  if (hasBroughtTokens) lost.push(toMeter(call.request.meter, usageOf(call, nowMs)));
  const askAtMs = nowMs + retryDelayMs(call.fruitlessAttempts);
  call.askedAtMs = askAtMs;
  if (askAtMs > nowMs) return [...lost, armTimer("resubmit", askAtMs)];
  return [...lost, ...ask(call, nowMs)];
}

// A worker that has just died refuses at once and is granted again at once, until its router has noticed. At
// once twice, then 0.1 s doubling up to 2 s: ten attempts last longer than a worker's lease of 6 s.
const retryDelayMs = (fruitless: number): number =>
  fruitless < 2 ? 0 : Math.min(2_000, 100 * 2 ** (fruitless - 2));

const ownerUnavailable = {
  code: "owner_unavailable",
  message: "Nobody answers for this tenant at the moment. Please try again.",
  retryAfterMs: 2_000,
} as const;

const tooManyAttempts = {
  code: "engine_unavailable",
  message: `The request was started ${attemptsMax} times and never ended. Please try again.`,
  retryAfterMs: 1_000,
} as const;
