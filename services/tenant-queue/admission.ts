// Whether one more request is taken, and if not, why not. Pure: it books nothing, so a refusal costs nothing.
// The order is fixed: what can never be taken, then the queue's length, then requests, then tokens per minute.

import type { Refusal } from "#shared/model/refusal.ts";
import type { TenantLimits } from "#shared/model/tenant-policy.ts";
import { tokensReserved } from "./reservation.ts";
import type { SlidingWindow } from "./sliding-window.ts";
import { untilRequestFits, untilTokensFit } from "./sliding-window.ts";

export type Admission =
  | { readonly kind: "admitted" }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export interface Demand {
  readonly promptTokens: number;
  readonly outputTokensMax: number;
  /** Until its deadline. */
  readonly remainingMs: number;
}

export interface Standing {
  readonly limits: TenantLimits;
  /** KV memory that the tenant may hold in a pool, in tokens. Absent: no bound. */
  readonly kvBurstTokens?: number | undefined;
  readonly window: SlidingWindow;
  /** Admitted and not granted. */
  readonly waiting: number;
  /** How long it would wait for a place, at the pace of the present backlog. Undefined: not known. */
  readonly predictedWaitMs?: number | undefined;
  /** When a place in the queue will probably be free. */
  readonly placeFreeMs: number;
  readonly nowMs: number;
}

export function admit(demand: Demand, standing: Standing): Admission {
  const refusal =
    neverTaken(demand, standing) ??
    queueFull(standing) ??
    tooManyRequests(standing) ??
    tooManyTokens(demand, standing) ??
    overloaded(demand, standing);
  return refusal === undefined ? { kind: "admitted" } : { kind: "refused", refusal };
}

/** A guess: only where it is clear. */
const certainty = 1.5;
const comeBackMs = { min: 250, max: 60_000 };

/** It would wait in vain: so it is told now, when it has cost nothing, and another pool or a later time may serve it. */
function overloaded(
  { remainingMs }: Demand,
  { limits, predictedWaitMs }: Standing,
): Refusal | undefined {
  const boundMs = Math.min(remainingMs, limits.queueDeadlineMs ?? Number.POSITIVE_INFINITY);
  if (predictedWaitMs === undefined || predictedWaitMs <= certainty * boundMs) return undefined;
  return {
    code: "overloaded",
    message: `It would wait about ${Math.ceil(predictedWaitMs / 1000)} s for a place, and may wait ${Math.floor(boundMs / 1000)} s.`,
    retryAfterMs: Math.min(comeBackMs.max, Math.max(comeBackMs.min, predictedWaitMs - boundMs)),
  };
}

function neverTaken(demand: Demand, { limits, kvBurstTokens }: Standing): Refusal | undefined {
  const tokens = tokensReserved(demand);
  if (tokens > limits.tokensPerMinute) {
    return {
      code: "tokens_never_fit",
      message: `This request may use ${tokens} tokens (prompt and output), more than the limit of ${limits.tokensPerMinute} per minute: it can never be admitted. Shorten it or lower the output limit.`,
    };
  }
  if (tokens > limits.contextTokensMax) {
    return {
      code: "context_too_long",
      message: `This request may use ${tokens} tokens (prompt and output), more than the ${limits.contextTokensMax} that one request may have.`,
    };
  }
  // It would wait for memory that its tenant never has.
  if (kvBurstTokens !== undefined && tokens > kvBurstTokens) {
    return {
      code: "context_too_long",
      message: `This request may use ${tokens} tokens (prompt and output), more than the ${kvBurstTokens} of KV memory that its tenant may hold.`,
    };
  }
  return undefined;
}

function queueFull({ limits, waiting, placeFreeMs }: Standing): Refusal | undefined {
  if (waiting < limits.queueLengthMax) return undefined;
  return {
    code: "queue_full",
    message: `${waiting} requests are waiting already, the limit is ${limits.queueLengthMax}.`,
    retryAfterMs: placeFreeMs,
  };
}

function tooManyRequests({ limits, window, nowMs }: Standing): Refusal | undefined {
  const waitMs = untilRequestFits(window, limits.requestsPerMinute, nowMs);
  if (waitMs === 0) return undefined;
  return {
    code: "requests_per_minute",
    message: `The limit of ${limits.requestsPerMinute} requests per minute is reached.`,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  };
}

function tooManyTokens(demand: Demand, { limits, window, nowMs }: Standing): Refusal | undefined {
  const tokens = tokensReserved(demand);
  const { tokensPerMinute } = limits;
  const waitMs = untilTokensFit(window, { tokensPerMinute, tokens }, nowMs);
  if (waitMs === 0) return undefined;
  return {
    code: "tokens_per_minute",
    message: `This request may use ${tokens} tokens (prompt and output); the limit of ${tokensPerMinute} tokens per minute has no room for them yet.`,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  };
}
