// Taking another session's stream over: the tenant's queue says where the request runs or ran, the worker there hands it
// over with all its tokens, and from then on this is a session like any other. It reads silently what its client has, so
// that text held back and stop strings begun stand as they stood.

import { ask } from "./ask-for-place.ts";
import { cancel, fail } from "./close-session.ts";
import { runAgain } from "./run-again.ts";
import type { Call, Continued, Resuming, Session } from "./session-state.ts";
import {
  armTimer,
  fromTheStart,
  isUnproven,
  nothing,
  stale,
  startCall,
  story,
  vocabularyOf,
} from "./session-state.ts";
import { usageOf } from "./session-usage.ts";
import type { Arrival, Effect, Note } from "#shared/actor/actor.ts";
import { disarm, note } from "#shared/actor/actor.ts";
import {
  clientAddress,
  idOfSession,
  tenantQueueAddress,
  workerAddress,
} from "#shared/messages/addresses.ts";
import type { Open, ResumeStream } from "#shared/messages/open-request.ts";
import { toClient } from "#shared/messages/to-client.ts";
import type { Attached, Granted, Located, ToSession } from "#shared/messages/to-session.ts";
import { toMeter } from "#shared/messages/to-meter.ts";
import { toSessionDirectory } from "#shared/messages/to-session-directory.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { isReadableWith, readResumeTerms } from "#shared/model/resume-terms.ts";
import type { ResumeTerms } from "#shared/model/resume-terms.ts";
import { formOf, pricedBy, takeEarlier } from "./resume-terms.ts";
import type { Vocabulary } from "#shared/model/tokenizer.ts";

const askAgainMs = 500;
/** As long as any session waits for its tenant's owner. */
const ownerPatienceMs = 10_000;
/** A worker's beat tells a new owner where it is; and as long as any session waits for a worker's first word. */
const placePatienceMs = 3_000;
/** Five beats of the worker. */
const stallMs = 2_500;

export function resumeStream(
  session: Session,
  asked: ResumeStream,
  nowMs: number,
): readonly Effect[] {
  const { requestId, edge, tenant, after } = asked;
  if (session.call !== undefined || session.resuming !== undefined) {
    return [note("session.stale", { requestId, message: asked.kind, why: "already open" })];
  }
  const resuming: Resuming = {
    asked,
    client: clientAddress(edge, idOfSession(session.self)),
    openedAtMs: nowMs,
    askingSinceMs: nowMs,
    isKnown: false,
    ranOn: undefined,
    attempt: 0,
    earlier: undefined,
    isClientGone: false,
  };
  session.resuming = resuming;
  // A key that allows no model at all.
  if (asked.models?.length === 0) return giveUp(session, resuming, { refusal: notFound, nowMs });
  return [
    // Not under its own name yet: whether the stream is this tenant's is what the queue is asked.
    note("session.resuming", { stream: requestId, tenant, after }),
    ...askOnce(resuming, nowMs),
  ];
}

/** Another session has or had the request under the name that the client gave: what is held of it is taken over, else it runs again. */
export function repeat(
  session: Session,
  call: Call,
  { message, nowMs }: { readonly message: Located; readonly nowMs: number },
): readonly Effect[] {
  const { requestId, ranOn } = message;
  const attempt = Math.max(message.attempt ?? 0, ranOn?.attempt ?? 0);
  // Another session may have asked for the same attempt first: then this one reads what that one runs.
  const isLate = call.runsAgain && attempt < call.attempt;
  if (!isUnproven(call) || isLate) return stale(call, message.kind, "out of turn");
  const { edge, meter, tenant, shard, timeoutMs, after = -1 } = call.request;
  const stream = { requestId, edge, meter, tenant, shard, after, timeoutMs };
  const resuming: Resuming = {
    asked: { kind: "resume", ...stream, ...formOf(call.request) },
    client: call.client,
    openedAtMs: call.openedAtMs,
    askingSinceMs: nowMs,
    isKnown: true,
    ranOn,
    attempt,
    earlier: message.earlier,
    isClientGone: false,
  };
  const repeated = note("session.repeating", { stream: requestId, tenant, after });
  if (ranOn === undefined) return [repeated, ...runAgain(session, call, resuming, nowMs)];
  session.resuming = resuming;
  return [repeated, disarm("resubmit"), ...askOnce(resuming, nowMs)];
}

/** The queue until it has said where, then the worker there. */
function askOnce({ asked, ranOn }: Resuming, nowMs: number): readonly Effect[] {
  const { requestId, tenant, after, models } = asked;
  const again = armTimer("resume", nowMs + askAgainMs);
  if (ranOn === undefined) {
    return [toTenantQueue(tenantQueueAddress(tenant), { kind: "locate", requestId }), again];
  }
  const { worker, attempt, incarnation } = ranOn;
  const attach = { kind: "attach", requestId, attempt, incarnation, tenant, after } as const;
  const narrowed = models === undefined ? attach : { ...attach, models };
  return [toWorker(workerAddress(worker), narrowed), again];
}

export function whileResuming(
  session: Session,
  resuming: Resuming,
  { message, nowMs }: Arrival<ToSession>,
): readonly Effect[] {
  switch (message.kind) {
    case "located":
      return located(session, resuming, { message, nowMs });
    case "attached":
      return attached(session, resuming, { message, nowMs });
    case "attach-refused":
      if (message.attempt !== resuming.ranOn?.attempt) return nothing;
      return giveUp(session, resuming, {
        refusal: notAttached[message.reason],
        nowMs,
      });
    case "client-gone":
      return leave(session, resuming, nowMs);
    case "edge-draining":
      return giveUp(session, resuming, { refusal: shuttingDown, nowMs });
    case "timer-fired":
      return message.name === "resume" ? askAgain(session, resuming, nowMs) : nothing;
    // Tokens that overtook the word that they are ours: the gap is seen and filled later.
    default:
      return nothing;
  }
}

/** Once the worker was asked, the earlier session may have been told that its stream is another's: nobody else would end it. */
function leave(session: Session, resuming: Resuming, nowMs: number): readonly Effect[] {
  if (resuming.ranOn !== undefined) {
    resuming.isClientGone = true;
    return nothing;
  }
  return [disarm("resume"), ...endRepeat(session, undefined, nowMs)];
}

/** Nothing was taken over. A session that repeats a request has a call of its own to end; `refusal` absent: its client left. */
function endRepeat(
  session: Session,
  refusal: Refusal | undefined,
  nowMs: number,
): readonly Effect[] {
  const { call } = session;
  session.resuming = undefined;
  if (call === undefined) return nothing;
  return refusal === undefined ? cancel(call, nowMs) : fail(call, refusal, nowMs);
}

function located(
  session: Session,
  resuming: Resuming,
  { message, nowMs }: { readonly message: Located; readonly nowMs: number },
): readonly Effect[] {
  if (resuming.ranOn !== undefined) return nothing;
  if (!message.isKnown) return giveUp(session, resuming, { refusal: notFound, nowMs });
  resuming.isKnown = true;
  if (message.ranOn === undefined) return nothing;
  resuming.ranOn = message.ranOn;
  resuming.askingSinceMs = nowMs;
  return askOnce(resuming, nowMs);
}

/** Also when the way to the worker broke: a new edge's lanes may yet be opening. */
function askAgain(session: Session, resuming: Resuming, nowMs: number): readonly Effect[] {
  const { isKnown, ranOn, askingSinceMs } = resuming;
  const patienceMs = isKnown ? placePatienceMs : ownerPatienceMs;
  if (nowMs - askingSinceMs < patienceMs) return askOnce(resuming, nowMs);
  if (!isKnown) return giveUp(session, resuming, { refusal: ownerSilent, nowMs });
  return giveUp(session, resuming, { refusal: ranOn === undefined ? notBegun : gone, nowMs });
}

function giveUp(
  session: Session,
  resuming: Resuming,
  { refusal, nowMs }: { readonly refusal: Refusal; readonly nowMs: number },
): readonly Effect[] {
  const { requestId, tenant } = resuming.asked;
  const { call } = session;
  if (call !== undefined) {
    const isGone = refusal.code === "resume_gone" && !resuming.isClientGone;
    if (isGone) return [disarm("resume"), ...runAgain(session, call, resuming, nowMs)];
    const told = resuming.isClientGone ? undefined : refusal;
    return [disarm("resume"), ...endRepeat(session, told, nowMs)];
  }
  session.resuming = undefined;
  const told = resuming.isClientGone
    ? nothing
    : [toClient(resuming.client, { kind: "failed", refusal })];
  return [
    ...told,
    note("session.not-resumed", { stream: requestId, tenant, code: refusal.code }),
    disarm("resume"),
  ];
}

function attached(
  session: Session,
  resuming: Resuming,
  { message, nowMs }: { readonly message: Attached; readonly nowMs: number },
): readonly Effect[] {
  if (message.attempt !== resuming.ranOn?.attempt) return nothing;
  const { resumeTerms } = message.start;
  // The worker has looked already, unless it is older than this edge.
  if (!isReadableWith(resuming.asked.models, resumeTerms)) {
    return giveUp(session, resuming, { refusal: notFound, nowMs });
  }
  const terms = readResumeTerms(resumeTerms);
  const vocabulary = terms === undefined ? undefined : vocabularyOf(session, terms);
  if (terms === undefined || vocabulary === undefined) {
    return giveUp(session, resuming, { refusal: gone, nowMs });
  }
  const call = callOf(resuming, { message, terms, vocabulary, session: idOfSession(session.self) });
  session.call = call;
  session.resuming = undefined;
  call.lastSignAtMs = nowMs;
  const { replyTerms = "", model, arrivedAtEpochMs } = terms;
  const takenOver = [disarm("resume"), ...takeOver(call, resuming, { message, nowMs })];
  if (resuming.isClientGone) return [...takenOver, ...cancel(call, nowMs)];
  const { requestId } = resuming.asked;
  return [
    toClient(call.client, { kind: "resumed", requestId, replyTerms, model, arrivedAtEpochMs }),
    ...takenOver,
  ];
}

function takeOver(
  call: Call,
  { asked: { requestId, edge, tenant } }: Resuming,
  { message, nowMs }: { readonly message: Attached; readonly nowMs: number },
): readonly Effect[] {
  return [
    resumedNote(call),
    armTimer("stall", nowMs + stallMs),
    armTimer("deadline", call.deadlineAtMs),
    // Nothing runs: there is no reservation to keep.
    ...(message.isOver
      ? nothing
      : [
          toSessionDirectory(call.directory, {
            kind: "session-opened",
            requestId,
            session: call.session,
            edge,
            tenant,
          }),
          ...ask(call, nowMs),
          // Until then it may run on now.
          toMeter(call.request.meter, usageOf(call, nowMs)),
        ]),
  ];
}

const resumedNote = (call: Call): Note =>
  story(call, "session.resumed", { worker: call.ranAt.worker, after: call.shownFrom - 1 });

interface TakenOver {
  readonly message: Attached;
  readonly terms: ResumeTerms;
  readonly vocabulary: Vocabulary;
  readonly session: RequestId;
}

function callOf(resuming: Resuming, { message, terms, vocabulary, session }: TakenOver): Call {
  const { asked, openedAtMs } = resuming;
  const { start, attempt, worker, workerType, zone } = message;
  const continued: Continued = {
    ...fromTheStart,
    session,
    shownFrom: asked.after + 1,
    attachedAttempt: attempt,
    isReplay: message.isOver,
  };
  const call = startCall(
    openOf(asked, message, terms),
    { vocabulary, nowMs: openedAtMs },
    continued,
  );
  const { incarnation, shardEpoch, poolEpoch, weight, band, aloneUntilIndex } = start;
  const grant: Granted = {
    kind: "granted",
    requestId: asked.requestId,
    attempt,
    worker,
    incarnation,
    shardEpoch,
    poolEpoch,
    weight,
    ...(band === undefined ? {} : { band }),
    ...(aloneUntilIndex === undefined ? {} : { isAlone: true }),
  };
  takeEarlier(call, terms);
  call.phase = "running";
  call.attempt = attempt;
  call.shardEpoch = shardEpoch;
  call.poolEpoch = poolEpoch;
  call.isAdmitted = true;
  call.allowance = terms.allowance;
  call.place = { grant, address: workerAddress(worker), forcedTokens: 0 };
  call.grants = attempt;
  call.ranAt = { worker, workerType, zone };
  call.startedAtMs = openedAtMs;
  return call;
}

function openOf(asked: ResumeStream, { start }: Attached, terms: ResumeTerms): Open {
  const { requestId, edge, meter, tenant, timeoutMs, sentAtEpochMs } = asked;
  const { replyTerms, tokenizer, names } = terms;
  return {
    kind: "open",
    requestId,
    edge,
    meter,
    tenant,
    shard: start.shard,
    pool: terms.pool,
    ...pricedBy(terms),
    model: terms.model,
    modelVersion: terms.modelVersion,
    adapterDigest: start.adapterDigest,
    namespace: start.namespace,
    ...(tokenizer === undefined ? {} : { tokenizer }),
    promptBytes: start.promptBytes,
    promptDigest: start.promptDigest,
    promptTokens: start.promptTokens,
    outputTokensMax: start.outputTokensMax,
    outputTokensMin: start.outputTokensMin,
    ignoreEos: start.ignoreEos,
    stopStrings: terms.stopStrings,
    sampling: start.sampling,
    timeoutMs,
    arrivedAtEpochMs: terms.arrivedAtEpochMs,
    ...(sentAtEpochMs === undefined ? {} : { sentAtEpochMs }),
    ...formOf(asked),
    ...(start.residency === undefined ? {} : { residency: start.residency }),
    ...(names === undefined ? {} : { names }),
    ...(replyTerms === undefined ? {} : { replyTerms }),
    ...(start.idempotency === undefined ? {} : { idempotency: start.idempotency }),
  };
}

const notFound: Refusal = {
  code: "request_not_found",
  message: "There is no such request, or it ended too long ago.",
};

const gone: Refusal = {
  code: "resume_gone",
  message: "The output of this request is not kept any more. Send the request again.",
};

const notBegun: Refusal = {
  code: "resume_gone",
  message: "Nothing of this request has been generated. Send it again.",
};

const beyondOutput: Refusal = {
  code: "resume_beyond_output",
  message: "`after` is beyond what was generated.",
  param: "after",
};

/** What a key does not allow looks as unknown as what is not there. */
const notAttached = { gone, "beyond-output": beyondOutput, "other-model": notFound } as const;

const ownerSilent: Refusal = {
  code: "owner_unavailable",
  message: "Nobody answers for this tenant at the moment. Please try again.",
  retryAfterMs: 2_000,
};

const shuttingDown: Refusal = {
  code: "shutting_down",
  message: "This server is shutting down. Please try again.",
  retryAfterMs: 1_000,
};
