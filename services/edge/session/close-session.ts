// How a session ends: the client is told at once and once, the worker is told to stop in the same breath, and
// whatever was awaited until now is awaited no more. The accounts follow in `settle-session.ts`.

import type { Call } from "./session-state.ts";
import { story } from "./session-state.ts";
import { cachedTokensOf } from "./session-usage.ts";
import { cancelWorker, settle } from "./settle-session.ts";
import type { Effect } from "#shared/actor/actor.ts";
import { disarm } from "#shared/actor/actor.ts";
import { assert } from "#shared/actor/assert.ts";
import { toClient } from "#shared/messages/to-client.ts";
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
  return [completed, ...close(call, { outcome: reason, isRunning }, nowMs)];
}

/** No whole output: an error for the client, whatever it has got so far. */
export function fail(call: Call, refusal: Refusal, nowMs: number): readonly Effect[] {
  const failed = toClient(call.client, {
    kind: "failed",
    refusal,
    ...(call.limits === undefined ? {} : { limits: call.limits }),
  });
  const event = call.isAdmitted ? "session.failed" : "session.refused";
  const told = story(call, event, { code: refusal.code });
  const isRunning = call.place !== undefined;
  return [failed, told, ...close(call, { outcome: refusal.code, isRunning }, nowMs)];
}

/** The client is gone: it is told nothing, and nothing more is computed for it. */
export function cancel(call: Call, nowMs: number): readonly Effect[] {
  const { phase, firstTokenAtMs, place, openedAtMs } = call;
  const isBeforeFirst = phase === "running" && firstTokenAtMs === undefined;
  const window = isBeforeFirst ? "before-first-token" : phase;
  const told = story(call, "session.cancelled", { window, ageMs: nowMs - openedAtMs });
  const isRunning = place !== undefined;
  return [...close(call, { outcome: "cancelled", isRunning }, nowMs), told];
}

function close(
  call: Call,
  { outcome, isRunning }: { readonly outcome: string; readonly isRunning: boolean },
  nowMs: number,
): readonly Effect[] {
  assert(call.ending === undefined, "a session ends once");
  const waits = disarmWaits(call);
  call.ending = {
    outcome,
    endedAtMs: nowMs,
    farewell: call.grants > 0 || call.isRefused ? "finished" : "cancel",
    isWorkerAwaited: isRunning,
    settlingSinceMs: nowMs,
    isSettled: false,
    isUsageOwed: false,
  };
  call.phase = "closing";
  call.promptBytes = new Uint8Array();
  const { requestId, tenant } = call.request;
  const closed = toSessionDirectory(call.directory, { kind: "session-closed", requestId, tenant });
  const next = isRunning ? cancelWorker(call, nowMs) : settle(call, call.ending, nowMs);
  return [...next, closed, ...waits];
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
