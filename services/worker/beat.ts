// The half-second beat: reports, signs of life, everything unanswered said again, and everything kept too long
// forgotten. It is what makes a lost message a delay and not a leak.

import { arm, note } from "#shared/actor/actor.ts";
import { toEngine } from "#shared/messages/to-engine.ts";
import { toSession } from "#shared/messages/to-session.ts";
import { tendUnclaimed } from "./attach.ts";
import { repeatEnds } from "./end-outbox.ts";
import { repeatReports } from "./engine-crash.ts";
import { isEngineSilent, tendEngineLife } from "./engine-fault.ts";
import { resend } from "./end-sequence.ts";
import { forgetEnded, undelivered } from "./ended-sequences.ts";
import { askGpuTime } from "./gpu-time.ts";
import { askForBills, claimAllOwed, claimIfOwed } from "./claim-bill.ts";
import { beatBlocks, tellAdapterCache, tellCapacity, tellProgress } from "./report.ts";
import type { Sequence } from "./sequence.ts";
import { repeatReturned } from "./said-again.ts";
import { stopSequence } from "./stop-sequence.ts";
import { nextIndex } from "./token-log.ts";
import { forgetAttempts } from "./voided-attempts.ts";
import { about } from "./worker-state.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

const beatMs = 500;
/** An engine that is silent about a runnable sequence is asked again after this, and has lost it after that. */
const askAgainMs = 1000;
const lostMs = 10_000;

export function armBeat({ nowMs, effects }: Turn): void {
  effects.push(arm("beat", nowMs + beatMs, { kind: "timer-fired", name: "beat" }));
}

export function beat(state: WorkerState, turn: Turn): void {
  armBeat(turn);
  forgetAttempts(state.voided, turn.nowMs);
  repeatEnds(state.outbox, turn.effects);
  repeatReports(state, turn);
  repeatReturned(state, turn);
  askForBills(state, turn);
  askGpuTime(state, turn);
  if (state.incarnation === undefined) return;
  if (state.engineUp === undefined) turn.effects.push(toEngine(state.engine, { kind: "boot" }));
  tendEngineLife(state, turn);
  for (const sequence of state.live.values()) {
    tendEngine(state, sequence, turn);
    tendSession(state, sequence, turn);
    tendUnclaimed(state, sequence, turn);
    sequence.isExtending = false;
  }
  tendEnded(state, turn);
  tellCapacity(state, turn);
  beatBlocks(state, turn);
  tellProgress(state, turn);
  tellAdapterCache(state, turn);
}

function tendEngine(state: WorkerState, sequence: Sequence, turn: Turn): void {
  const { engine } = state;
  const { key, stopCause, isPaused, preemptedAtMs, run } = sequence;
  if (stopCause !== undefined) return stopSequence(state, sequence, stopCause, turn);
  if (isPaused || preemptedAtMs !== undefined) return;
  const silentMs = turn.nowMs - sequence.heardAtMs;
  if (silentMs >= lostMs) {
    turn.effects.push(note("worker.dropped", { ...about(state, sequence), why: "engine-silent" }));
    return stopSequence(state, sequence, "engine-lost", turn);
  }
  if (silentMs >= askAgainMs) {
    turn.effects.push(toEngine(engine, run ?? { kind: "resume", sequence: key }));
  }
}

function tendSession(state: WorkerState, sequence: Sequence, { effects }: Turn): void {
  const { requestId, attempt, session, log } = sequence;
  const hasCost = sequence.totals.gpuUs > sequence.toldGpuUs;
  if (sequence.isSilent || hasCost) {
    const outputTokens = nextIndex(log);
    const silent = isEngineSilent(state) ? { isEngineSilent: true } : {};
    const cost = hasCost ? { totals: sequence.totals } : {};
    effects.push(
      toSession(session, { kind: "alive", requestId, attempt, outputTokens, ...silent, ...cost }),
    );
  }
  sequence.toldGpuUs = sequence.totals.gpuUs;
  sequence.isSilent = true;
}

function tendEnded(state: WorkerState, turn: Turn): void {
  const { ended, isDraining, live } = state;
  for (const sequence of forgetEnded(ended, turn.nowMs)) claimIfOwed(state, sequence, turn);
  if (isDraining && live.size === 0) claimAllOwed(state, turn);
  for (const sequence of undelivered(ended)) {
    // Only the end: a session that lacks tokens too sees the gap and asks for them.
    resend(sequence, { firstIndex: nextIndex(sequence.log), tokens: [] }, turn);
  }
}
