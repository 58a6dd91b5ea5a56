// What sessions, the accountant, the router and the queue say back: each answer lets something be forgotten.

import { note } from "#shared/actor/actor.ts";
import type { Address } from "#shared/actor/actor.ts";
import { toEngine } from "#shared/messages/to-engine.ts";
import type { Ack, Extended, ExtendRefused } from "#shared/messages/to-worker.ts";
import { attemptKey } from "#shared/model/ids.ts";
import { resend } from "./end-sequence.ts";
import { acknowledge, tokensFrom, unackedResume, unackedTokens } from "./token-log.ts";
import { about } from "./worker-state.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

export function ack(state: WorkerState, message: Ack, from: Address, turn: Turn): void {
  const key = attemptKey(message.requestId, message.attempt);
  const sequence = state.live.get(key);
  const ended = state.ended.byAttempt.get(key);
  const known = sequence ?? ended;
  if (known === undefined || known.session !== from) {
    const why = known === undefined ? "ack-of-unknown-attempt" : "ack-of-earlier-session";
    turn.effects.push(note("worker.dropped", { ...about(state, message), why }));
    return;
  }
  acknowledge(known.log, message.nextIndex);
  if (message.isBehind) resend(known, tokensFrom(known.log, message.nextIndex), turn);
  else if (ended !== undefined && unackedTokens(ended.log) === 0) ended.isDelivered = true;
  if (sequence === undefined) return;
  sequence.unclaimedAtMs = undefined;
  if (!sequence.isPaused || unackedTokens(sequence.log) > unackedResume) return;
  sequence.isPaused = false;
  sequence.heardAtMs = turn.nowMs;
  turn.effects.push(toEngine(state.engine, { kind: "resume", sequence: key }));
}

export function extended(state: WorkerState, message: Extended | ExtendRefused): void {
  const sequence = state.live.get(attemptKey(message.requestId, message.attempt));
  // A refusal leaves the question open until the next beat: the engine goes on meanwhile.
  if (sequence === undefined || message.kind === "extend-refused") return;
  sequence.isExtending = false;
  sequence.knowsBooking = true;
  sequence.bookedBlocks = Math.max(sequence.bookedBlocks, message.blocks);
}
