// What sessions, the accountant, the router and the queue say back: each answer lets something be forgotten.

import { note } from "#shared/actor/actor.ts";
import { toEngine } from "#shared/messages/to-engine.ts";
import type { Ack, Extended, ExtendRefused } from "#shared/messages/to-worker.ts";
import { attemptKey } from "#shared/model/ids.ts";
import { resend } from "./end-sequence.ts";
import { acknowledge, tokensFrom, unackedResume } from "./token-ring.ts";
import { about } from "./worker-state.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

export function ack(state: WorkerState, message: Ack, turn: Turn): void {
  const key = attemptKey(message.requestId, message.attempt);
  const sequence = state.live.get(key);
  const known = sequence ?? state.ended.get(key);
  if (known === undefined) {
    turn.effects.push(
      note("worker.dropped", { ...about(state, message), why: "ack-of-unknown-attempt" }),
    );
    return;
  }
  acknowledge(known.ring, message.nextIndex);
  if (message.isBehind) resend(known, tokensFrom(known.ring, message.nextIndex), turn);
  else if (sequence === undefined && known.ring.tokens.length === 0) state.ended.delete(key);
  if (sequence?.isPaused !== true || sequence.ring.tokens.length > unackedResume) return;
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
