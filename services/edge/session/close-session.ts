// How a session ends: the client is told at once and once, the worker is told to stop in the same breath, and
// whatever was awaited until now is awaited no more. The accounts follow in `settle-session.ts`.

import { deadLetter, diesOf } from "./dead-letter.ts";
import type { Call } from "./session-state.ts";
import { isUnproven, ownId, stale, story } from "./session-state.ts";
import { cachedTokensOf, openUsageOf } from "./session-usage.ts";
import { cancelWorker, settle, settled } from "./settle-session.ts";
import type { Effect, Note } from "#shared/actor/actor.ts";
import { disarm, note } from "#shared/actor/actor.ts";
import { assert } from "#shared/actor/assert.ts";
import { toClient } from "#shared/messages/to-client.ts";
import { toMeter } from "#shared/messages/to-meter.ts";
import type { Detached, Settled } from "#shared/messages/to-session.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { SessionClosed } from "#shared/messages/to-session-directory.ts";
import { toSessionDirectory } from "#shared/messages/to-session-directory.ts";
import type { Refusal } from "#shared/model/refusal.ts";

/** The whole output is delivered. `isRunning`: the engine has yet to be told. */
export function complete(
  call: Call,
  { reason, isRunning }: { readonly reason: "stop" | "length"; readonly isRunning: boolean },
  nowMs: number,
): readonly Effect[] {
  const completed = toClient(call.client, {
    kind: "completed",
    reason,
    promptTokens: call.request.promptTokens,
    cachedTokens: cachedTokensOf(call),
    outputTokens: call.output.shownTokens,
  });
  return [completed, ...close(call, { outcome: reason, isRunning, isDiscarded: false }, nowMs)];
}

/** No whole output: an error for the client, whatever it has got so far. */
export function fail(call: Call, refusal: Refusal, nowMs: number): readonly Effect[] {
  const failed = toClient(call.client, {
    kind: "failed",
    refusal,
    ...(call.limits === undefined ? {} : { limits: call.limits }),
  });
  const told = failedNote(call, refusal);
  const isRunning = call.place !== undefined;
  // Its own client's hanging up is no reason to take from one that reads it again what it can have.
  const isDiscarded = refusal.code !== "cancelled" && !call.isReplay;
  const letter = diesOf(call, refusal) ? deadLetter(call, refusal, nowMs) : [];
  const closed = close(call, { outcome: refusal.code, isRunning, isDiscarded }, nowMs);
  return [failed, told, ...letter, ...closed];
}

function failedNote(call: Call, { code }: Refusal): Note {
  // Said of a repetition: not of the request, which runs or ran elsewhere.
  if (isUnproven(call) && code.startsWith("idempotency_")) {
    const { requestId, tenant } = call.request;
    return note("session.not-repeated", { stream: requestId, tenant, code });
  }
  return story(call, call.isAdmitted ? "session.failed" : "session.refused", { code });
}

/** The client is gone: it is told nothing, and nothing more is computed for it. */
export function cancel(call: Call, nowMs: number): readonly Effect[] {
  const { phase, firstTokenAtMs, place, openedAtMs } = call;
  const isBeforeFirst = phase === "running" && firstTokenAtMs === undefined;
  const window = isBeforeFirst ? "before-first-token" : phase;
  const told = story(call, "session.cancelled", { window, ageMs: nowMs - openedAtMs });
  const isRunning = place !== undefined;
  const ending = { outcome: "cancelled", isRunning, isDiscarded: false };
  return [...close(call, ending, nowMs), told];
}

/**
 * Another session has taken the attempt over: it tells the queue and writes the bill, and the worker obeys this one no
 * more. Its client, if it has one still, reads here in vain.
 */
export function detached(call: Call, message: Detached, nowMs: number): readonly Effect[] {
  const { ending, place } = call;
  if (message.attempt < (place?.grant.attempt ?? call.attempt)) {
    return stale(call, message.kind, "attempt");
  }
  if (ending?.isWorkerAwaited === false && ending.billAwaits === "nobody") {
    return stale(call, message.kind, "settled");
  }
  return leave(call, resumedElsewhere, nowMs);
}

/** The queue's word, which also says that another one has the request now. */
export function settledAs(call: Call, { isTakenOver }: Settled, nowMs: number): readonly Effect[] {
  const isLeft = isTakenOver === true && (call.ending?.billAwaits ?? "nobody") !== "nobody";
  return isLeft ? leave(call, resumedElsewhere, nowMs) : settled(call, nowMs);
}

/** The edge goes away: the output is kept for a client that reads on at another. Before it runs, there is nothing to keep. */
export function edgeDraining(call: Call, nowMs: number): readonly Effect[] {
  const { place, phase, request } = call;
  if (place === undefined || phase !== "running") return fail(call, shuttingDown, nowMs);
  const { requestId } = request;
  const { attempt } = place.grant;
  return [
    toWorker(place.address, { kind: "unclaimed", requestId, attempt }),
    ...leave(call, shuttingDown, nowMs),
  ];
}

const shuttingDown: Refusal = {
  code: "shutting_down",
  message:
    "This server is shutting down. Please try again: what was generated can be read on for half a minute.",
  retryAfterMs: 1_000,
};

/** Ends here and nowhere else: the account stays open, whoever reads on closes it. */
function leave(call: Call, refusal: Refusal, nowMs: number): readonly Effect[] {
  const { ending, client, directory, request } = call;
  const { requestId, tenant, meter } = request;
  const isFinished = ending?.isWorkerAwaited === false;
  const effects: Effect[] = [
    story(call, isFinished ? "session.bill-left" : "session.detached", { code: refusal.code }),
    toMeter(meter, openUsageOf(call, nowMs)),
  ];
  if (ending === undefined) {
    effects.push(
      toClient(client, { kind: "failed", refusal }),
      toSessionDirectory(directory, { kind: "session-closed", requestId, tenant, ...ownId(call) }),
      ...disarmWaits(call),
    );
  } else effects.push(disarm("cancel"), disarm("finish"), disarm("bill"));
  call.phase = "finished";
  return effects;
}

const resumedElsewhere: Refusal = {
  code: "stream_resumed_elsewhere",
  message: "This stream is being read on another connection now.",
};

function close(
  call: Call,
  {
    outcome,
    isRunning,
    isDiscarded,
  }: { readonly outcome: string; readonly isRunning: boolean; readonly isDiscarded: boolean },
  nowMs: number,
): readonly Effect[] {
  assert(call.ending === undefined, "a session ends once");
  const waits = disarmWaits(call);
  call.ending = {
    outcome,
    endedAtMs: nowMs,
    farewell: call.grants > 0 || call.isRefused ? "finished" : "cancel",
    isOutputWhole: !isRunning,
    isDiscarded,
    isWorkerAwaited: isRunning,
    settlingSinceMs: nowMs,
    isSettled: false,
    isEndHeard: false,
    billAwaits: "nobody",
    isUsageOwed: false,
  };
  call.phase = "closing";
  call.promptBytes = new Uint8Array();
  const { requestId, tenant } = call.request;
  const closed = toSessionDirectory(call.directory, {
    kind: "session-closed",
    requestId,
    tenant,
    ...ownId(call),
    ...endedNamed(call, outcome),
  });
  const next = isRunning ? cancelWorker(call, nowMs) : settle(call, call.ending, nowMs);
  return [...next, closed, ...waits];
}

/** Read again by one that left, it is what it was. */
function endedNamed(call: Call, outcome: string): Pick<SessionClosed, "named"> {
  const { request, attempt, place, isReplay } = call;
  const { requestId, idempotency } = request;
  const isServed = outcome === "stop" || outcome === "length";
  if (idempotency === undefined || isUnproven(call) || (isReplay && !isServed)) return {};
  const { worker, incarnation } = place?.grant ?? {};
  const ranOn =
    worker === undefined || incarnation === undefined
      ? {}
      : { ranOn: { attempt, worker, incarnation } };
  return { named: { requestId, idempotency, attempt, isServed, ...ranOn } };
}

function disarmWaits(call: Call): readonly Effect[] {
  const waits: Effect[] = [disarm("deadline")];
  if (call.askedAtMs !== undefined) waits.push(disarm("resubmit"));
  if (call.phase === "starting") waits.push(disarm("start"));
  if (call.phase === "running") waits.push(disarm("stall"));
  if (call.isClientPaused) waits.push(disarm("write"));
  call.askedAtMs = undefined;
  return waits;
}
