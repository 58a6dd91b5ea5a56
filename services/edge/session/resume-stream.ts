// Taking another session's stream over: the tenant's queue says where the request runs or ran, the worker there hands it
// over with all its tokens, and from then on this is a session like any other. It reads silently what its client has, so
// that text held back and stop strings begun stand as they stood.

import { ask } from "./ask-for-place.ts";
import { cancel } from "./close-session.ts";
import { readResumeTerms } from "./resume-terms.ts";
import type { ResumeTerms } from "./resume-terms.ts";
import type { Call, Continued, Resuming, Session } from "./session-state.ts";
import { armTimer, nothing, startCall, story } from "./session-state.ts";
import type { Arrival, Effect, Note } from "#shared/actor/actor.ts";
import { disarm, note } from "#shared/actor/actor.ts";
import {
  clientAddress,
  idOfSession,
  tenantQueueAddress,
  workerAddress,
} from "#shared/messages/addresses.ts";
import { toClient } from "#shared/messages/to-client.ts";
import type {
  Attached,
  Granted,
  Located,
  Open,
  ResumeStream,
} from "#shared/messages/to-session.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import { toSessionDirectory } from "#shared/messages/to-session-directory.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { Refusal } from "#shared/model/refusal.ts";

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
  session.resuming = {
    asked,
    client: clientAddress(edge, idOfSession(session.self)),
    openedAtMs: nowMs,
    askingSinceMs: nowMs,
    isKnown: false,
    ranOn: undefined,
    isClientGone: false,
  };
  return [
    // Not under its own name yet: whether the stream is this tenant's is what the queue is asked.
    note("session.resuming", { stream: requestId, tenant, after }),
    ...askOnce(session.resuming, nowMs),
  ];
}

/** The queue until it has said where, then the worker there. */
function askOnce({ asked, ranOn }: Resuming, nowMs: number): readonly Effect[] {
  const { requestId, tenant, after } = asked;
  const again = armTimer("resume", nowMs + askAgainMs);
  if (ranOn === undefined) {
    return [toTenantQueue(tenantQueueAddress(tenant), { kind: "locate", requestId }), again];
  }
  const { worker, attempt, incarnation } = ranOn;
  const attach = { kind: "attach", requestId, attempt, incarnation, tenant, after } as const;
  return [toWorker(workerAddress(worker), attach), again];
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
      return giveUp(session, resuming, message.reason === "gone" ? gone : beyondOutput);
    case "client-gone":
      return leave(session, resuming);
    case "edge-draining":
      return giveUp(session, resuming, shuttingDown);
    case "timer-fired":
      return message.name === "resume" ? askAgain(session, resuming, nowMs) : nothing;
    // Tokens that overtook the word that they are ours: the gap is seen and filled later.
    default:
      return nothing;
  }
}

/** Once the worker was asked, the earlier session may have been told that its stream is another's: nobody else would end it. */
function leave(session: Session, resuming: Resuming): readonly Effect[] {
  if (resuming.ranOn !== undefined) {
    resuming.isClientGone = true;
    return nothing;
  }
  session.resuming = undefined;
  return [disarm("resume")];
}

function located(
  session: Session,
  resuming: Resuming,
  { message, nowMs }: { readonly message: Located; readonly nowMs: number },
): readonly Effect[] {
  if (resuming.ranOn !== undefined) return nothing;
  if (!message.isKnown) return giveUp(session, resuming, notFound);
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
  if (!isKnown) return giveUp(session, resuming, ownerSilent);
  return giveUp(session, resuming, ranOn === undefined ? notBegun : gone);
}

function giveUp(session: Session, resuming: Resuming, refusal: Refusal): readonly Effect[] {
  const { requestId, tenant } = resuming.asked;
  session.resuming = undefined;
  return [
    // Who left while it was asked for has no socket to be told at.
    ...(resuming.isClientGone ? nothing : [toClient(resuming.client, { kind: "failed", refusal })]),
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
  const terms = readResumeTerms(message.start.resumeTerms);
  if (terms === undefined) return giveUp(session, resuming, gone);
  const call = callOf(resuming, { message, terms, session: idOfSession(session.self) });
  session.call = call;
  session.resuming = undefined;
  call.lastSignAtMs = nowMs;
  const { replyTerms = "", model, arrivedAtEpochMs } = terms;
  const takenOver = [disarm("resume"), ...takeOver(call, resuming, { message, nowMs })];
  if (resuming.isClientGone) return [...takenOver, ...cancel(call, nowMs)];
  return [
    toClient(call.client, { kind: "resumed", replyTerms, model, arrivedAtEpochMs }),
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
        ]),
  ];
}

const resumedNote = (call: Call): Note =>
  story(call, "session.resumed", { worker: call.worker, after: call.shownFrom - 1 });

interface TakenOver {
  readonly message: Attached;
  readonly terms: ResumeTerms;
  readonly session: RequestId;
}

function callOf(resuming: Resuming, { message, terms, session }: TakenOver): Call {
  const { asked, openedAtMs } = resuming;
  const { start, attempt, worker, workerType } = message;
  const continued: Continued = {
    session,
    shownFrom: asked.after + 1,
    attachedAttempt: attempt,
    isReplay: message.isOver,
  };
  const call = startCall(openOf(asked, message, terms), openedAtMs, continued);
  const { incarnation, shardEpoch, poolEpoch, weight, band } = start;
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
  };
  call.phase = "running";
  call.attempt = attempt;
  call.shardEpoch = shardEpoch;
  call.poolEpoch = poolEpoch;
  call.isAdmitted = true;
  call.allowance = terms.allowance;
  call.preemptions = terms.preemptions;
  call.continuations = terms.continuations;
  call.place = { grant, address: workerAddress(worker), forcedTokens: 0 };
  call.grants = attempt;
  call.worker = worker;
  call.workerType = workerType;
  call.startedAtMs = openedAtMs;
  return call;
}

function openOf(asked: ResumeStream, { start }: Attached, terms: ResumeTerms): Open {
  const { requestId, edge, meter, tenant, timeoutMs } = asked;
  const { replyTerms } = terms;
  return {
    kind: "open",
    requestId,
    edge,
    meter,
    tenant,
    shard: start.shard,
    pool: terms.pool,
    model: terms.model,
    modelVersion: terms.modelVersion,
    adapterDigest: start.adapterDigest,
    namespace: start.namespace,
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
    ...(start.residency === undefined ? {} : { residency: start.residency }),
    ...(replyTerms === undefined ? {} : { replyTerms }),
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
