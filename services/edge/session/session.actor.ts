// One client call: its deadline, its place, the order of its tokens, its end. The client sees every token once
// and in order, whatever worker made it, and exactly one end.

import { announce, ask, open, queued, refused, resubmit } from "./ask-for-place.ts";
import { cancel, detached, edgeDraining, fail, settledAs } from "./close-session.ts";
import {
  alive,
  clientPaused,
  clientReady,
  clientTooSlow,
  countUnseen,
  tokens,
} from "./deliver-output.ts";
import { repeat, resumeStream, whileResuming } from "./resume-stream.ts";
import {
  granted,
  noted,
  notStarted,
  preempted,
  returned,
  stall,
  started,
  startRefused,
  workerLost,
} from "./run-attempt.ts";
import type { Call, Session, TimerName } from "./session-state.ts";
import { nothing, stale } from "./session-state.ts";
import {
  attemptOverAfterEnd,
  cancelAgain,
  finishAgain,
  oweUsage,
  tokensAfterEnd,
  workerLostAfterEnd,
  writeBill,
} from "./settle-session.ts";
import { strayMessage } from "./stray-message.ts";
import type { Actor, Arrival, Effect, Undelivered } from "#shared/actor/actor.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Vocabularies } from "#shared/model/tokenizer.ts";

/** `vocabularies`: of the process, by the names that requests have. */
export const createSession = (vocabularies: Vocabularies): Actor<Session, ToSession> => ({
  name: "session",
  init: (self) => ({ self, vocabularies, call: undefined, resuming: undefined }),
  receive(session, arrival) {
    const { call, resuming } = session;
    const { message, nowMs } = arrival;
    if (message.kind === "open") return open(session, message, nowMs);
    if (message.kind === "resume") return resumeStream(session, message, nowMs);
    if (resuming !== undefined) return whileResuming(session, resuming, arrival);
    if (call === undefined) return strayMessage(session.self, arrival);
    if (message.kind === "located" && call.ending === undefined) {
      return repeat(session, call, { message, nowMs });
    }
    return call.ending === undefined ? whileOpen(call, arrival) : afterEnd(call, arrival);
  },
  isFinished: ({ call, resuming }) =>
    call === undefined ? resuming === undefined : call.phase === "finished",
  undelivered: ({ call }, refused) => (call === undefined ? nothing : turnedAway(call, refused)),
});

// oxlint-disable-next-line eslint/complexity -- the table of contents
function whileOpen(call: Call, { message, from, nowMs }: Arrival<ToSession>): readonly Effect[] {
  switch (message.kind) {
    case "tokens":
      return tokens(call, message, from, nowMs);
    case "alive":
      return alive(call, message, nowMs);
    case "client-paused":
      return clientPaused(call, nowMs);
    case "client-ready":
      return clientReady(call);
    case "client-gone":
      return cancel(call, nowMs);
    case "queued":
      return queued(call, message, nowMs);
    case "refused":
      return refused(call, message, nowMs);
    case "granted":
      return granted(call, message, nowMs);
    case "started":
      return started(call, message, nowMs);
    case "start-refused":
      return startRefused(call, message, nowMs);
    case "preempted":
      return preempted(call, message);
    case "returned":
      return returned(call, message, nowMs);
    case "detached":
      return detached(call, message, nowMs);
    case "worker-lost":
      return workerLost(call, message, nowMs);
    case "unknown":
      return ask(call, nowMs);
    case "announce":
      return announce(call, message, nowMs);
    case "admission-noted":
      return noted(call, message, nowMs);
    case "edge-draining":
      return edgeDraining(call, nowMs);
    case "timer-fired":
      return timerFired(call, message.name, nowMs);
    case "open":
    case "resume":
    case "located":
    case "attached":
    case "attach-refused":
    case "settled":
      return stale(call, message.kind, "out of turn");
    default:
      return message satisfies never;
  }
}

function timerFired(call: Call, name: TimerName, nowMs: number): readonly Effect[] {
  switch (name) {
    case "resubmit":
      return resubmit(call, nowMs);
    case "start":
      return notStarted(call, nowMs);
    case "stall":
      return stall(call, nowMs);
    case "write":
      return clientTooSlow(call, nowMs);
    case "deadline":
      return fail(call, deadlinePassed, nowMs);
    case "cancel":
    case "finish":
    case "bill":
    case "resume":
      return nothing;
    default:
      return name satisfies never;
  }
}

/** The client was told the end: what else it hears only concerns the accounts. */
function afterEnd(call: Call, { message, nowMs }: Arrival<ToSession>): readonly Effect[] {
  switch (message.kind) {
    case "tokens":
      return tokensAfterEnd(call, message, countUnseen(call, message, nowMs), nowMs);
    case "detached":
      return detached(call, message, nowMs);
    case "returned":
    case "start-refused":
      return attemptOverAfterEnd(call, message, nowMs);
    case "worker-lost":
      return workerLostAfterEnd(call, message, nowMs);
    case "settled":
      return settledAs(call, message, nowMs);
    case "timer-fired":
      if (message.name === "cancel") return cancelAgain(call, nowMs);
      if (message.name === "bill") return writeBill(call, nowMs);
      return message.name === "finish" ? finishAgain(call, nowMs) : nothing;
    case "granted":
      // The place is voided: its router hears nothing of a start.
      return stale(call, message.kind, "over");
    default:
      return nothing;
  }
}

/** A full mailbox. Before it is admitted a request fails at once; after that our timers try again. */
function turnedAway(call: Call, { message, nowMs }: Undelivered): readonly Effect[] {
  const { kind } = message as { readonly kind: string };
  if (call.ending !== undefined) return kind === "usage" ? oweUsage(call, nowMs) : nothing;
  if (call.isAdmitted) return nothing;
  if (kind === "submit") return fail(call, queueFull, nowMs);
  return kind === "session-opened" ? fail(call, edgeFull, nowMs) : nothing;
}

const deadlinePassed: Refusal = {
  code: "deadline_passed",
  message: "The request did not end within its deadline.",
};

const queueFull: Refusal = {
  code: "queue_full",
  message: "Too many requests of this tenant are waiting. Please try again.",
  retryAfterMs: 1_000,
};

const edgeFull: Refusal = {
  code: "edge_full",
  message: "This server has too many requests open. Please try again.",
  retryAfterMs: 1_000,
};
