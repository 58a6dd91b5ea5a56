// Exactly-once tokens by one cursor: a frame counts only from the current attempt and only from the next index
// on. What repeats is dropped, what skips is asked for again, and acks stop while the client cannot take more.

import { ask } from "./ask-for-place.ts";
import { complete, fail } from "./close-session.ts";
import { flushOutputText, isStopped, readTokens } from "#shared/model/output-text.ts";
import {
  isAllowanceSpent,
  isWindowOver,
  outputTokensAllowed,
  stopWorker,
} from "./renew-allowance.ts";
import { isRunning, loseAttempt } from "./run-attempt.ts";
import type { Call } from "./session-state.ts";
import { armTimer, nothing, stale, story } from "./session-state.ts";
import { mergeTotals, queueMsOf, splitAtMidnight, usageOf } from "./session-usage.ts";
import { ackWhole } from "./settle-session.ts";
import type { Address, Effect, Send } from "#shared/actor/actor.ts";
import { disarm } from "#shared/actor/actor.ts";
import { assert } from "#shared/actor/assert.ts";
import { toClient } from "#shared/messages/to-client.ts";
import { toMeter } from "#shared/messages/to-meter.ts";
import type { Alive, Tokens } from "#shared/messages/to-session.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Token } from "#shared/model/tokenizer.ts";

/** An eighth of the worker's ring. */
const ackEveryTokens = 32;
/** Most requests are over by then, and are stored once. */
const accountEveryMs = 5_000;
const slowClientMs = 30_000;

export function tokens(call: Call, frame: Tokens, from: Address, nowMs: number): readonly Effect[] {
  if (call.place?.grant.attempt !== frame.attempt) return foreignFrame(call, frame, from);
  call.lastSignAtMs = nowMs;
  const { firstIndex } = frame;
  const next = call.delivered.length;
  if (firstIndex > next) return [...isRunning(call, nowMs), ...behind(call)];
  const effects: Effect[] = call.phase === "starting" ? [...isRunning(call, nowMs)] : [];
  const fresh = freshTokens(frame, next, outputTokensAllowed(call));
  if (fresh.length > 0 && isWindowOver(call, nowMs)) return [...effects, ...renew(call, nowMs)];
  if (fresh.length > 0) accept(call, fresh, effects, nowMs);
  return [...effects, ...accepted(call, frame, { next, nowMs })];
}

/** All of the frame that counts is taken: on, or to the end. */
function accepted(
  call: Call,
  frame: Tokens,
  { next, nowMs }: { readonly next: number; readonly nowMs: number },
): readonly Effect[] {
  const frameEnd = frame.firstIndex + frame.tokens.length;
  // More than was asked for is the engine's fault and not the client's gain; or it was told more than there is now.
  const isOverrun = frameEnd > call.delivered.length;
  if (isOverrun && isAllowanceSpent(call) && !isStopped(call.output)) {
    return [...stopWorker(call), ...loseAttempt(call, "allowance-spent", nowMs)];
  }
  if (frame.end !== undefined && frameEnd >= next) return finish(call, frame, nowMs);
  return isStopped(call.output) || isOverrun ? cut(call, nowMs) : ackSome(call, nowMs);
}

function ackSome(call: Call, nowMs: number): readonly Effect[] {
  const { place, delivered, ackedIndex, isClientPaused } = call;
  if (place === undefined || isClientPaused) return nothing;
  if (delivered.length - ackedIndex < ackEveryTokens) return nothing;
  return [ack(call, place.address, false), ...account(call, nowMs)];
}

/** What was delivered so far: if this process dies, no more than the last seconds are lost to the bill. */
function account(call: Call, nowMs: number): readonly Effect[] {
  if (nowMs - call.accountedAtMs < accountEveryMs) return nothing;
  call.accountedAtMs = nowMs;
  return [toMeter(call.request.meter, usageOf(call, nowMs))];
}

/** Those at and above the cursor, and no more than the request may have. */
function freshTokens({ firstIndex, tokens }: Tokens, next: number, max: number): readonly Token[] {
  const skipped = next - firstIndex;
  const room = max - next;
  return skipped === 0 && tokens.length <= room ? tokens : tokens.slice(skipped, skipped + room);
}

function accept(call: Call, fresh: readonly Token[], effects: Effect[], nowMs: number): void {
  if (!call.isReplay) splitAtMidnight(call, nowMs);
  const seen = Math.min(fresh.length, Math.max(0, call.shownFrom - call.delivered.length));
  for (const token of fresh) call.delivered.push(token);
  if (call.firstTokenAtMs === undefined) {
    call.firstTokenAtMs = nowMs;
    const ttftMs = nowMs - call.openedAtMs;
    const queueMs = queueMsOf(call, nowMs);
    effects.push(
      story(call, "session.first-token", { worker: call.ranAt.worker, ttftMs, queueMs }),
    );
  }
  call.lastTokenAtMs = nowMs;
  if (seen > 0) readTokens(call.output, fresh.slice(0, seen));
  const text = readTokens(call.output, seen === 0 ? fresh : fresh.slice(seen));
  show(call, text, effects);
}

function show(call: Call, text: string, effects: Effect[]): void {
  if (text !== "") effects.push(showAt(call, text, call.delivered.length - 1));
}

const showAt = ({ client, output }: Call, text: string, index: number): Send =>
  toClient(client, { kind: "output", text, outputTokens: output.shownTokens, index });

/** What was held back to the end has an index of its own: the same as the last token's would tell a client two things. */
function showRest(call: Call, effects: Effect[]): void {
  const text = flushOutputText(call.output);
  const index = call.delivered.length;
  if (text !== "" && index >= call.shownFrom) effects.push(showAt(call, text, index));
}

/** The attempt's last frame. */
function finish(call: Call, frame: Tokens, nowMs: number): readonly Effect[] {
  const effects: Effect[] = [];
  const { end, attempt } = frame;
  const { place } = call;
  assert(end !== undefined && place !== undefined, "a last frame has an end and a place");
  mergeTotals(call, attempt, end.totals);
  call.ackedIndex = call.delivered.length;
  const acked = ackWhole(frame, place.address);
  const wasStopped = isStopped(call.output);
  if (end.reason === "cancelled" && !wasStopped) {
    if (call.attachedAttempt === attempt) return [...effects, acked, ...fail(call, hungUp, nowMs)];
    // Not by us: its place was voided. What the client has stays, the rest is for the next attempt.
    return [...effects, acked, ...loseAttempt(call, "cancelled", nowMs)];
  }
  if (end.reason === "length" && !wasStopped && isAllowanceSpent(call)) {
    // The engine ended where the tenant's quota did: the queue has more of it, or says that there is none.
    return [...effects, acked, ...loseAttempt(call, "allowance-spent", nowMs)];
  }
  if (!wasStopped) showRest(call, effects);
  const reason = end.reason === "length" && !isStopped(call.output) ? "length" : "stop";
  return [...effects, acked, ...complete(call, { reason, isRunning: false }, nowMs)];
}

/** What its worker sends meanwhile it sends again. */
const renew = (call: Call, nowMs: number): readonly Effect[] =>
  call.askedAtMs === undefined ? ask(call, nowMs) : nothing;

const hungUp: Refusal = {
  code: "cancelled",
  message: "The request was cancelled because its client hung up. This is all that was generated.",
};

/**
 * A frame after the client hung up: what was generated until the worker stopped can be had by resume, and is on the bill.
 * False: something before it is missing.
 */
export function countUnseen(call: Call, frame: Tokens, nowMs: number): boolean {
  if (call.ending?.outcome !== "cancelled" || call.place?.grant.attempt !== frame.attempt) {
    return true;
  }
  const next = call.delivered.length;
  if (frame.firstIndex > next) return false;
  const fresh = freshTokens(frame, next, call.request.outputTokensMax);
  if (fresh.length > 0 && !call.isReplay) splitAtMidnight(call, nowMs);
  for (const token of fresh) call.delivered.push(token);
  readTokens(call.output, fresh);
  return true;
}

/** The output ends here though the engine goes on. */
function cut(call: Call, nowMs: number): readonly Effect[] {
  const effects: Effect[] = [];
  if (!isStopped(call.output)) showRest(call, effects);
  const reason = isStopped(call.output) ? "stop" : "length";
  return [...effects, ...complete(call, { reason, isRunning: true }, nowMs)];
}

function ack(call: Call, worker: Address, isBehind: boolean): Send {
  const { requestId } = call.request;
  const nextIndex = call.delivered.length;
  call.ackedIndex = nextIndex;
  return toWorker(worker, { kind: "ack", requestId, attempt: call.attempt, nextIndex, isBehind });
}

/** Something between is missing. While the client is full the ring keeps it, and the ack after that finds it. */
function behind(call: Call): readonly Effect[] {
  return call.place === undefined || call.isClientPaused
    ? nothing
    : [ack(call, call.place.address, true)];
}

// One note per attempt: a worker that nobody hears any more may have much to say.
function foreignFrame(call: Call, frame: Tokens, from: Address): readonly Effect[] {
  const effects: Effect[] = [];
  if (call.staleFrameOf !== frame.attempt) {
    call.staleFrameOf = frame.attempt;
    effects.push(...stale(call, frame.kind, "foreign attempt"));
  }
  if (frame.end !== undefined && frame.attempt < call.attempt) {
    mergeTotals(call, frame.attempt, frame.end.totals);
    effects.push(ackWhole(frame, from));
  }
  return effects;
}

export function alive(call: Call, message: Alive, nowMs: number): readonly Effect[] {
  if (call.place?.grant.attempt !== message.attempt) {
    return stale(call, message.kind, "foreign attempt");
  }
  call.lastSignAtMs = nowMs;
  if (message.totals !== undefined) mergeTotals(call, message.attempt, message.totals);
  call.engineSilentAt = message.isEngineSilent === true ? message.outputTokens : undefined;
  const running = isRunning(call, nowMs);
  if (message.outputTokens <= call.delivered.length) return running;
  return [...running, ...(isWindowOver(call, nowMs) ? renew(call, nowMs) : behind(call))];
}

export function clientPaused(call: Call, nowMs: number): readonly Effect[] {
  if (call.isClientPaused) return nothing;
  call.isClientPaused = true;
  return [armTimer("write", nowMs + slowClientMs)];
}

export function clientReady(call: Call): readonly Effect[] {
  if (!call.isClientPaused) return nothing;
  call.isClientPaused = false;
  const { place } = call;
  return place === undefined
    ? [disarm("write")]
    : [ack(call, place.address, false), disarm("write")];
}

export function clientTooSlow(call: Call, nowMs: number): readonly Effect[] {
  if (!call.isClientPaused) return nothing;
  const message = `The client took nothing for ${slowClientMs / 1_000} seconds.`;
  return fail(call, { code: "client_too_slow", message }, nowMs);
}
