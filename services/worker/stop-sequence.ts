// Stopping what runs: the engine hears of it in the same turn, the blocks are free at its next step boundary, and
// only then is anyone told that the attempt holds nothing.

import { note } from "#shared/actor/actor.ts";
import type { Address } from "#shared/actor/actor.ts";
import { kindOf } from "#shared/messages/addresses.ts";
import { toEngine } from "#shared/messages/to-engine.ts";
import { toSession } from "#shared/messages/to-session.ts";
import type { SequenceStopped } from "#shared/messages/from-engine.ts";
import type { Cancel, Preempt, Void } from "#shared/messages/to-worker.ts";
import { attemptKey } from "#shared/model/ids.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import { maxTotals } from "#shared/model/usage.ts";
import { finishSequence, giveUpSequence, resend, tellVoided } from "./end-sequence.ts";
import { passesPool } from "./epoch-fence.ts";
import { preemptionPrice } from "./preemption-price.ts";
import { sayAgain } from "./said-again.ts";
import type { EndedSequence, Sequence, StopCause } from "./sequence.ts";
import { tokensFrom, unackedTokens } from "./token-log.ts";
import { rememberAttempt } from "./voided-attempts.ts";
import { about } from "./worker-state.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

/** A cancel outranks every other cause: nobody wants the next attempt then. Asked again, the engine is told again. */
export function stopSequence(
  state: WorkerState,
  sequence: Sequence,
  cause: StopCause,
  { effects }: Turn,
): void {
  if (sequence.stopCause === undefined) {
    effects.push(note("worker.stop-sent", { ...about(state, sequence), cause }));
  }
  if (sequence.stopCause === undefined || cause === "cancelled") sequence.stopCause = cause;
  effects.push(toEngine(state.engine, { kind: "stop", sequence: sequence.key }));
}

export function cancel(state: WorkerState, message: Cancel, from: Address, turn: Turn): void {
  const { requestId, attempt } = message;
  const key = attemptKey(requestId, attempt);
  const sequence = state.live.get(key);
  const ended = state.ended.byAttempt.get(key);
  const known = sequence ?? ended;
  if (known?.isTakenOver === true && known.session !== from && kindOf(from) === "session") {
    const detached = { kind: "detached", requestId, attempt } as const;
    turn.effects.push(toSession(from, detached));
    return;
  }
  if (known !== undefined) takeLastWord(known, message, from);
  if (sequence !== undefined) {
    if (sequence.stopCause !== "cancelled") {
      turn.effects.push(note("worker.cancel-received", about(state, sequence)));
    }
    stopSequence(state, sequence, "cancelled", turn);
    return;
  }
  if (ended !== undefined) return resend(ended, tokensFrom(ended.log, 0), turn);
  // It overtook the start, or the attempt is long over: it never starts from here on.
  rememberAttempt(state.voided, message, turn.nowMs);
  turn.effects.push(note("worker.cancel-received", about(state, message)));
  // A queue knows from the end, which is repeated to it.
  if (kindOf(from) !== "session") return;
  const refused = { kind: "start-refused", requestId, attempt } as const;
  turn.effects.push(toSession(from, { ...refused, reason: "voided", retryable: true }));
}

function takeLastWord(known: Sequence | EndedSequence, message: Cancel, from: Address): void {
  if (message.isDiscarded === true) known.isDiscarded = true;
  known.lastWord ??= message.lastWord;
  // Its session must be over, and cannot say so.
  if (kindOf(from) === "tenant-queue") known.isAbandoned = true;
}

export function voidAttempt(state: WorkerState, message: Void, turn: Turn): void {
  if (!passesPool(state.fence, message.poolEpoch)) {
    turn.effects.push(
      note("worker.fenced", { ...about(state, message), poolEpoch: message.poolEpoch }),
    );
    return;
  }
  rememberAttempt(state.voided, message, turn.nowMs);
  const sequence = state.live.get(attemptKey(message.requestId, message.attempt));
  if (sequence === undefined) return tellVoided(state, message, turn);
  sequence.isVoided = true;
  stopSequence(state, sequence, "voided", turn);
}

/** It gives way: its session gets it back for the next attempt. What is being stopped anyway gives its room all the same. */
export function preempt(state: WorkerState, message: Preempt, turn: Turn): void {
  if (!passesPool(state.fence, message.poolEpoch)) {
    turn.effects.push(
      note("worker.fenced", { ...about(state, message), poolEpoch: message.poolEpoch }),
    );
    return;
  }
  const sequence = state.live.get(attemptKey(message.requestId, message.attempt));
  if (sequence === undefined || sequence.stopCause !== undefined) return;
  sequence.gaveWay = true;
  const price = preemptionPrice(state.engineUp, sequence);
  turn.effects.push(
    note("worker.preempted", { ...about(state, sequence), by: "router", ...price }),
  );
  stopSequence(state, sequence, "preempted", turn);
}

/** The engine holds nothing for it any more. */
export function sequenceStopped(state: WorkerState, message: SequenceStopped, turn: Turn): void {
  const sequence = state.live.get(message.sequence);
  if (sequence === undefined) return;
  sequence.totals = countGivenWay(sequence, maxTotals(sequence.totals, message.totals));
  const blocks = sequence.heldBlocks;
  turn.effects.push(note("worker.freed", { ...about(state, sequence), blocks }));
  switch (sequence.stopCause) {
    case "cancelled":
      return finishSequence(state, sequence, { reason: "cancelled", tokens: [] }, turn);
    case "superseded":
      return giveUpSequence(state, sequence, undefined, turn);
    case undefined:
      return giveUpSequence(state, sequence, "engine-lost", turn);
    default:
      if (sequence.gaveWay && sequence.stopCause === "preempted") sayAgain(state, sequence);
      return giveUpSequence(state, sequence, sequence.stopCause, turn);
  }
}

/** Tokens that the session lacks: everything that it has not acknowledged. */
export function resendUnacknowledged(sequence: Sequence, turn: Turn): void {
  resend(sequence, tokensFrom(sequence.log, 0), turn);
  if (unackedTokens(sequence.log) > 0) sequence.isSilent = false;
}

/** The engine counts the preemptions of its own. */
const countGivenWay = ({ gaveWay }: Sequence, totals: ExecutedTotals): ExecutedTotals =>
  gaveWay ? { ...totals, preemptions: totals.preemptions + 1 } : totals;
