// After the client was told: the worker may say what ran, then the bill is written and the queue hears of it
// until it has settled. Each wait is bounded, so every session is over at last.

import type { Returned } from "#shared/messages/returned.ts";
import type { Call, Ending, Place } from "./session-state.ts";
import { armTimer, goesOn, isUnproven, nothing, stale, story } from "./session-state.ts";
import {
  billedOutputTokens,
  cachedTokensOf,
  mergeTotals,
  openUsageOf,
  queueMsOf,
  totalsOf,
  usageOf,
} from "./session-usage.ts";
import type { Address, Effect, Note, Send } from "#shared/actor/actor.ts";
import { disarm } from "#shared/actor/actor.ts";
import type { Usage } from "#shared/messages/to-meter.ts";
import { toMeter } from "#shared/messages/to-meter.ts";
import type { StartRefused, Tokens, WorkerLost } from "#shared/messages/to-session.ts";
import type { Finished } from "#shared/messages/to-tenant-queue.ts";
import type { EndedNamed } from "#shared/messages/ended-named.ts";
import type { Idempotency } from "#shared/model/idempotency.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type { Cancel } from "#shared/messages/to-worker.ts";
import { toWorker } from "#shared/messages/to-worker.ts";

/** How often a cancel is repeated, and how long the worker may take to say what ran. */
const cancelRepeatMs = 250;
const cancelPatienceMs = 2_000;
/** How often the queue is told, and for how long: its own leases settle what it never heard. */
const finishRepeatMs = 500;
const finishPatienceMs = 10_000;
/** A worker keeps an output for a client that comes back for half a minute. */
const billPatienceMs = 35_000;

export function cancelWorker(call: Call, nowMs: number): readonly Effect[] {
  const { place } = call;
  if (place === undefined) return nothing;
  return [cancelOf(call, place), armTimer("cancel", nowMs + cancelRepeatMs)];
}

const cancelOf = (call: Call, { address, grant }: Place): Send =>
  toWorker(address, {
    kind: "cancel",
    requestId: call.request.requestId,
    attempt: grant.attempt,
    ...(call.ending?.isDiscarded === true ? { isDiscarded: true } : {}),
    ...lastWord(call),
  });

/** Should this process die before the bill is handed over. Of a client that hung up the worker knows more than the session. */
function lastWord(call: Call): Pick<Cancel, "lastWord"> {
  const { ending, isReplay } = call;
  if (ending === undefined || ending.outcome === "cancelled" || isReplay) return {};
  return { lastWord: { outcome: ending.outcome, billedTokens: billedOutputTokens(call) } };
}

/** The worker said nothing yet: again, for a while. */
export function cancelAgain(call: Call, nowMs: number): readonly Effect[] {
  const { ending } = call;
  if (ending === undefined || !ending.isWorkerAwaited) return nothing;
  const hasPatience = nowMs - ending.endedAtMs < cancelPatienceMs;
  return hasPatience ? cancelWorker(call, nowMs) : workerIsDone(call, nowMs);
}

/** A frame after the end: only the worker's account is of interest. `isWhole`: nothing before it is missing. */
export function tokensAfterEnd(
  call: Call,
  frame: Tokens,
  isWhole: boolean,
  nowMs: number,
): readonly Effect[] {
  const { place } = call;
  if (place === undefined || frame.attempt !== place.grant.attempt) {
    return stale(call, frame.kind, "foreign attempt");
  }
  // What is missing comes with the answer to the next cancel.
  if (frame.end === undefined || !isWhole) return nothing;
  mergeTotals(call, frame.attempt, frame.end.totals);
  const { ending } = call;
  // It ended by itself and may not have heard that its output is not to be had: then the queue must not tell where it is.
  const isUntold = ending?.isDiscarded === true && frame.end.reason !== "cancelled";
  // Once: a cancel is answered with this frame again, and that would be told again.
  const told = isUntold && !ending.isEndHeard ? [cancelOf(call, place)] : nothing;
  if (ending !== undefined) Object.assign(ending, { isOutputWhole: !isUntold, isEndHeard: true });
  return [
    ...told,
    ackWhole(frame, place.address),
    ...workerIsDone(call, nowMs),
    ...leaveBillToQueue(call, nowMs),
  ];
}

/** The worker need not say it again. */
export const ackWhole = (
  { requestId, attempt, firstIndex, tokens }: Tokens,
  worker: Address,
): Send =>
  toWorker(worker, {
    kind: "ack",
    requestId,
    attempt,
    nextIndex: firstIndex + tokens.length,
    isBehind: false,
  });

/** `returned` or `start-refused` after the end. */
export function attemptOverAfterEnd(
  call: Call,
  message: Returned | StartRefused,
  nowMs: number,
): readonly Effect[] {
  if (message.attempt !== call.place?.grant.attempt) {
    return stale(call, message.kind, "foreign attempt");
  }
  const isGivenUp = message.kind === "returned";
  if (isGivenUp) mergeTotals(call, message.attempt, message.totals);
  // It keeps nothing of what it gave up. What was read again it kept, and has forgotten: others had more of it, perhaps.
  if (call.ending !== undefined) call.ending.isOutputWhole = isGivenUp || !call.isReplay;
  return [...workerIsDone(call, nowMs), ...leaveBillToQueue(call, nowMs)];
}

/** The worker has spoken: it knows of this attempt, and not whether another session has the next. */
function leaveBillToQueue(call: Call, nowMs: number): readonly Effect[] {
  const { ending } = call;
  if (ending?.billAwaits !== "worker") return nothing;
  if (ending.isSettled) return writeBill(call, nowMs);
  ending.billAwaits = "queue";
  return [disarm("bill")];
}

export function workerLostAfterEnd(
  call: Call,
  { worker, incarnation }: WorkerLost,
  nowMs: number,
): readonly Effect[] {
  const grant = call.place?.grant;
  const isOurs = grant?.worker === worker && grant.incarnation <= incarnation;
  return isOurs ? workerIsDone(call, nowMs) : nothing;
}

function workerIsDone(call: Call, nowMs: number): readonly Effect[] {
  const { ending } = call;
  if (ending === undefined || !ending.isWorkerAwaited) return nothing;
  ending.isWorkerAwaited = false;
  ending.settlingSinceMs = nowMs;
  return [disarm("cancel"), ...settle(call, ending, nowMs)];
}

export function settle(call: Call, ending: Ending, nowMs: number): readonly Effect[] {
  if (isUnproven(call)) return leaveNoTrace(call, ending, nowMs);
  ending.billAwaits = whoseWord(call, ending);
  return [
    farewell(call, ending),
    toMeter(call.request.meter, billOf(call, ending, nowMs)),
    ...(ending.billAwaits === "worker"
      ? [armTimer("bill", ending.endedAtMs + billPatienceMs)]
      : nothing),
    finishedNote(call, ending),
    armTimer("finish", nowMs + finishRepeatMs),
  ];
}

/**
 * An output that is whole is billed at once. Cut short, this session's end is the request's only if no other goes on with it: one that took
 * the stream over, of which this one has not heard; or one that asked for the same under its name before the queue had heard of this end, and
 * runs the next attempt. Who only reads again what is over has nothing to leave to another.
 */
function whoseWord(call: Call, { outcome, isOutputWhole }: Ending): Ending["billAwaits"] {
  const isReadAgain = call.isReplay && isOutputWhole;
  if (outcome === "stop" || outcome === "length" || isReadAgain) return "nobody";
  if (outcome === "cancelled" && !isOutputWhole && call.place !== undefined) return "worker";
  // What never had a place nobody can take over.
  return call.grants > 0 ? "queue" : "nobody";
}

/** Open, while the bill waits: should this process die meanwhile. */
const billOf = (call: Call, { billAwaits }: Ending, nowMs: number): Usage =>
  billAwaits === "nobody" ? usageOf(call, nowMs) : openUsageOf(call, nowMs);

/** What was refused the queue does not hold; what it may hold of this session's it gives up. No bill: it is not this one's. */
function leaveNoTrace(call: Call, ending: Ending, nowMs: number): readonly Effect[] {
  if (!call.isRefused) return [farewell(call, ending), armTimer("finish", nowMs + finishRepeatMs)];
  call.phase = "finished";
  return nothing;
}

/** It was spoken after all, or nobody can come for the output any more. */
export function writeBill(call: Call, nowMs: number): readonly Effect[] {
  const { ending } = call;
  if (ending === undefined || ending.billAwaits === "nobody") return nothing;
  ending.billAwaits = "nobody";
  if (ending.isSettled) call.phase = "finished";
  return [disarm("bill"), toMeter(call.request.meter, usageOf(call, nowMs))];
}

function farewell(call: Call, ending: Ending): Send {
  const { requestId, idempotency } = call.request;
  if (ending.farewell === "cancel") {
    const own = idempotency === undefined ? {} : { isOwn: true, ...runOver(call, idempotency) };
    return toTenantQueue(call.queue, { kind: "cancel", requestId, ...own });
  }
  return toTenantQueue(call.queue, {
    kind: "finished",
    requestId,
    attempt: call.attempt,
    totals: totalsOf(call),
    deliveredTokens: call.output.shownTokens,
    ...(ending.outcome === "stop" ? { isWhole: true } : {}),
    ...namedEnd(call, ending),
    ...(ending.isOutputWhole || call.isReplay ? {} : { isOutputLost: true }),
  });
}

/** Whoever asks under its name from now on begins the next run: this one's account is closed. */
function runOver(call: Call, idempotency: Idempotency): { readonly named?: EndedNamed } {
  const { request, attempt, isReplay } = call;
  if (isUnproven(call) || isReplay) return {};
  return { named: { requestId: request.requestId, idempotency, attempt, isServed: false } };
}

/** Read again by one that left, it is what it was. */
function namedEnd({ request, isReplay }: Call, { outcome }: Ending): Partial<Finished> {
  const { idempotency } = request;
  const isServed = outcome === "stop" || outcome === "length";
  if (idempotency === undefined || (isReplay && !isServed)) return {};
  return { idempotency, ...(isServed ? { isServed } : {}) };
}

function finishedNote(call: Call, { outcome, endedAtMs }: Ending): Note {
  const { lastTokenAtMs, openedAtMs, request } = call;
  const firstTokenAtMs = goesOn(call) ? undefined : call.firstTokenAtMs;
  const outputTokens = call.output.shownTokens;
  return story(call, call.isReplay ? "session.replayed" : "session.finished", {
    outcome,
    model: request.model,
    outputTokens,
    promptTokens: request.promptTokens,
    cachedTokens: cachedTokensOf(call),
    attempts: call.grants,
    queueMs: queueMsOf(call, endedAtMs),
    e2eMs: endedAtMs - openedAtMs,
    ...(firstTokenAtMs === undefined ? {} : { ttftMs: firstTokenAtMs - openedAtMs }),
    ...(firstTokenAtMs === undefined || outputTokens < 2
      ? {}
      : { tpotMs: (lastTokenAtMs - firstTokenAtMs) / (outputTokens - 1) }),
  });
}

/** The queue has not settled, or the meter had no room. */
export function finishAgain(call: Call, nowMs: number): readonly Effect[] {
  const { ending } = call;
  if (ending === undefined || ending.isWorkerAwaited) return nothing;
  if (nowMs - ending.settlingSinceMs >= finishPatienceMs) {
    ending.isSettled = true;
    const unsettled = story(call, "session.unsettled", { isUsageOwed: ending.isUsageOwed ? 1 : 0 });
    if (ending.billAwaits === "queue") return [unsettled, ...writeBill(call, nowMs)];
    if (ending.billAwaits === "nobody") call.phase = "finished";
    return [unsettled];
  }
  const effects: Effect[] = [armTimer("finish", nowMs + finishRepeatMs)];
  if (!ending.isSettled) effects.push(farewell(call, ending));
  if (ending.isUsageOwed) {
    ending.isUsageOwed = false;
    effects.push(toMeter(call.request.meter, usageOf(call, nowMs)));
    if (ending.isSettled) call.phase = "finished";
  }
  return effects;
}

export function settled(call: Call, nowMs: number): readonly Effect[] {
  const { ending } = call;
  if (ending === undefined || ending.isWorkerAwaited) return stale(call, "settled", "not asked");
  ending.isSettled = true;
  if (ending.billAwaits === "queue") return [disarm("finish"), ...writeBill(call, nowMs)];
  if (ending.isUsageOwed) return nothing;
  if (ending.billAwaits === "nobody") call.phase = "finished";
  return [disarm("finish")];
}

/** The meter's mailbox was full: a bill is not lost for that. What was told before it is due, it says again. */
export function oweUsage(call: Call, nowMs: number): readonly Effect[] {
  if (call.ending === undefined || call.ending.billAwaits !== "nobody") return nothing;
  call.ending.isUsageOwed = true;
  call.phase = "closing";
  return [armTimer("finish", nowMs + finishRepeatMs)];
}
