// A window of the tenant's quotas ends while its output is given out: nothing beyond is given before the queue has funded it
// in the next window. What has come meanwhile its worker keeps and sends again. The session's own count at that moment is the
// split, in the quota as on the bill.

import { epochMsOf } from "./session-usage.ts";
import type { Call } from "./session-state.ts";
import type { Effect } from "#shared/actor/actor.ts";
import type { Submit } from "#shared/messages/to-tenant-queue.ts";
import { toWorker } from "#shared/messages/to-worker.ts";

export const isWindowOver = (call: Call, nowMs: number): boolean => {
  const { renewAtEpochMs } = call.allowance ?? {};
  // What is only read again was given out long ago.
  if (call.isReplay) return false;
  return renewAtEpochMs !== undefined && epochMsOf(call, nowMs) >= renewAtEpochMs;
};

/** Told to the queue with each submit of a running attempt, until it is renewed. */
export function renewalAsked(call: Call, nowMs: number): Pick<Submit, "renewsAtEpochMs"> {
  const { renewAtEpochMs } = call.allowance ?? {};
  const isDue = call.place !== undefined && isWindowOver(call, nowMs);
  return isDue && renewAtEpochMs !== undefined ? { renewsAtEpochMs: renewAtEpochMs } : {};
}

/** All that it is allowed is given out, and there was to be more: the next attempt has it, or hears why not. */
export const isAllowanceSpent = ({ allowance, delivered, request }: Call): boolean =>
  allowance?.atEnd === "ask" &&
  delivered.length >= allowance.outputTokens &&
  delivered.length < request.outputTokensMax;

/** A renewed allowance may be less than its worker was told. */
export const outputTokensAllowed = ({ allowance, request, isReplay }: Call): number =>
  allowance?.atEnd === "ask" && !isReplay
    ? Math.min(request.outputTokensMax, allowance.outputTokens)
    : request.outputTokensMax;

/** It would go on as far as it was told. */
export function stopWorker({ place, request, attempt }: Call): readonly Effect[] {
  if (place === undefined) return [];
  const { requestId } = request;
  return [toWorker(place.address, { kind: "cancel", requestId, attempt })];
}
