// What a request used, as its session can witness it. Recomputed prompt tokens of later attempts are work, not
// usage: they show in the totals and are billed to nobody.

import type { Call, Ending } from "./session-state.ts";
import type { Usage } from "#shared/messages/to-meter.ts";
import type { EarlierWork } from "#shared/model/earlier-work.ts";
import { addWork } from "#shared/model/earlier-work.ts";
import type { ExecutedTotals, UsageRecord } from "#shared/model/usage.ts";
import { maxTotals, nothingExecuted, sumTotals } from "#shared/model/usage.ts";

/** Totals of one attempt, in any order, any number of times. */
export function mergeTotals(call: Call, attempt: number, totals: ExecutedTotals): void {
  call.totals.set(attempt, maxTotals(call.totals.get(attempt) ?? nothingExecuted, totals));
}

export const totalsOf = (call: Call): ExecutedTotals =>
  [...call.totals.values()].reduce(sumTotals, nothingExecuted);

/** Of all attempts, those before it took the stream over too. */
export const workOf = ({ totals, earlierWork }: Call): EarlierWork =>
  [...totals.values()].reduce(addWork, earlierWork);

/** Prompt tokens found in the prefix cache by the first attempt that we know of. */
export function cachedTokensOf({ totals, request }: Call): number {
  const [first] = totals.values();
  return Math.min(first?.cachedTokens ?? 0, request.promptTokens);
}

/** The prompt is billed as far as its prefill ran; output proves that all of it did. */
function billedPromptTokens(call: Call): number {
  const { totals, request, delivered } = call;
  if (isWithheld(call)) return 0;
  if (billedOutputTokens(call) > 0 || delivered.length > 0) return request.promptTokens;
  const computed = [...totals.values()].map((ran) => ran.prefillTokens + ran.cachedTokens);
  return Math.min(request.promptTokens, Math.max(0, ...computed));
}

export const billedOutputTokens = (call: Call): number =>
  isWithheld(call) ? 0 : generatedTokens(call);

/**
 * A stream that was taken over: its client had some of it before, and this session may end before it has read that. With stop strings what it
 * has read of may not have been shown.
 */
function generatedTokens({ output, delivered, shownFrom, ...call }: Call): number {
  const isReadWhole = call.isReplay || delivered.length >= shownFrom;
  return isReadWhole || call.request.stopStrings.length > 0
    ? output.shownTokens
    : Math.max(output.shownTokens, shownFrom);
}

/**
 * Asked for in one piece, it is not there before it is whole: what fails before has brought its client nothing. Whoever hangs up itself can read what
 * is kept of it.
 */
const isWithheld = ({ request, ending }: Call): boolean =>
  request.isInOnePiece === true && !had.has(ending?.outcome ?? "");

const had: ReadonlySet<string> = new Set(["stop", "length", "cancelled"]);

const dayMs = 86_400_000;

/** By the wall clock as it was read when the session was opened. */
export function epochMsOf({ request, openedAtMs }: Call, nowMs: number): number {
  const { arrivedAtEpochMs, sentAtEpochMs = arrivedAtEpochMs } = request;
  return sentAtEpochMs + (nowMs - openedAtMs);
}

/**
 * Before more of its output is taken: is this another day than that of its arrival, all that comes is that day's. Days are UTC; the wall clock was
 * read once, when the session was opened, so that a step of it moves nothing.
 */
export function splitAtMidnight(call: Call, nowMs: number): void {
  const { request, splitAtEpochMs } = call;
  const midnightEpochMs = (Math.floor(request.arrivedAtEpochMs / dayMs) + 1) * dayMs;
  if (splitAtEpochMs > 0 || epochMsOf(call, nowMs) < midnightEpochMs) return;
  call.splitAtEpochMs = midnightEpochMs;
  call.outputTokensBefore = generatedTokens(call);
}

const splitOf = (call: Call): Pick<UsageRecord, "splitAtEpochMs" | "outputTokensBefore"> => ({
  splitAtEpochMs: call.splitAtEpochMs,
  outputTokensBefore: Math.min(call.outputTokensBefore, billedOutputTokens(call)),
});

export const queueMsOf = (call: Call, nowMs: number): number =>
  (call.startedAtMs ?? call.ending?.endedAtMs ?? nowMs) - call.openedAtMs;

/**
 * Who only read again what was over bills it as it was billed, or leaves that to others. What runs again may have been whole
 * before, and that bill be on its way: cut off, it closes nothing.
 */
function closesAccount(call: Call, { outcome, isOutputWhole }: Ending): boolean {
  const { isReplay, runsAgain, output, request } = call;
  const isWhole = outcome === "stop" || outcome === "length";
  // A name that brought nothing has nothing to close: where this edge is not heard any more, another may run it meanwhile.
  const hasBroughtNothing = output.shownTokens === 0 && request.idempotency !== undefined;
  if (runsAgain || hasBroughtNothing) return isWhole;
  return !isReplay || (isOutputWhole && (isWhole || outcome === "cancelled"));
}

/** What it had so far; whether that is all, another says. */
export function openUsageOf(call: Call, nowMs: number): Usage {
  const usage = usageOf(call, nowMs);
  const endsWithinMs = endsWithin(call, nowMs);
  return { ...usage, isFinal: false, endsWithinMs, record: { ...usage.record, outcome: "" } };
}

const endsWithin = ({ deadlineAtMs }: Call, nowMs: number): number =>
  Math.max(0, deadlineAtMs - nowMs);

/** Before the request is over: what it had so far, should this process die. */
export function usageOf(call: Call, nowMs: number): Usage {
  const { request, ending } = call;
  const work = workOf(call);
  const isFinal = ending !== undefined && closesAccount(call, ending);
  return {
    kind: "usage",
    isFinal,
    ...(isFinal ? {} : { endsWithinMs: endsWithin(call, nowMs) }),
    record: {
      tenant: request.tenant,
      requestId: request.requestId,
      model: request.model,
      modelVersion: request.modelVersion,
      adapterDigest: request.adapterDigest,
      pool: request.pool,
      poolClass: request.poolClass ?? "",
      tier: request.tier ?? "",
      ...call.ranAt,
      arrivedAtEpochMs: request.arrivedAtEpochMs,
      promptTokens: billedPromptTokens(call),
      cachedTokens: cachedTokensOf(call),
      outputTokens: billedOutputTokens(call),
      ...splitOf(call),
      queueMs: queueMsOf(call, nowMs),
      prefillMs: work.prefillMs,
      decodeMs: work.decodeMs,
      kvBlockMs: work.kvBlockMs,
      preemptions: work.preemptions,
      attempts: call.grants,
      gpuUs: work.gpuUs,
      outcome: ending !== undefined && closesAccount(call, ending) ? ending.outcome : "",
    },
  };
}
