// A worker's lives: each begins with a registration and an empty engine, and ends with the lease. Nothing of one life
// acts in the next. Cordon and drain outlast lives: they are the operator's.

import { arm, disarm, note } from "#shared/actor/actor.ts";
import type { Address } from "#shared/actor/actor.ts";
import { coordinationAddress } from "#shared/messages/addresses.ts";
import { toEngine } from "#shared/messages/to-engine.ts";
import type { EngineRefused, EngineUp, SequencePreempted } from "#shared/messages/from-engine.ts";
import type { Cordon, Drain, WorkerPlaced } from "#shared/messages/to-worker.ts";
import { toSession } from "#shared/messages/to-session.ts";
import { maxTotals } from "#shared/model/usage.ts";
import { armBeat } from "./beat.ts";
import { closeSequence, giveUpSequence } from "./end-sequence.ts";
import { clearEnded } from "./ended-sequences.ts";
import { claimAllOwed } from "./claim-bill.ts";
import { suspectIfSilent } from "./engine-fault.ts";
import { noPace } from "./engine-pace.ts";
import { openGpuBooks } from "./gpu-books.ts";
import { tellAdapterCache } from "./report.ts";
import { preemptionPrice } from "./preemption-price.ts";
import { stopSequence } from "./stop-sequence.ts";
import { about } from "./worker-state.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

/** A preempted sequence waits this long for its blocks, then its next attempt looks for them elsewhere. */
const preemptedMs = 1000;

export function placed(
  state: WorkerState,
  { incarnation }: WorkerPlaced,
  from: Address,
  turn: Turn,
): void {
  state.coordination = coordinationAddress(from.slice(from.indexOf("/") + 1));
  const { worker, lastIncarnation } = state;
  if (incarnation < lastIncarnation || incarnation === state.incarnation) {
    turn.effects.push(note("worker.dropped", { worker, incarnation, why: "placed-already" }));
    return;
  }
  endLife(state, turn);
  const isFirst = lastIncarnation === 0;
  state.incarnation = incarnation;
  state.lastIncarnation = incarnation;
  state.gpuBooks ??= openGpuBooks(incarnation, state.placement.ownsGpusSinceMs ?? turn.nowMs);
  turn.effects.push(
    note("worker.placed", { worker, incarnation, pool: state.placement.pool }),
    toEngine(state.engine, { kind: isFirst ? "boot" : "reset" }),
  );
  armBeat(turn);
}

export function registrationLost(state: WorkerState, turn: Turn): void {
  turn.effects.push(note("worker.fenced", { worker: state.worker, why: "registration-lost" }));
  endLife(state, turn);
  turn.effects.push(toEngine(state.engine, { kind: "reset" }));
}

function endLife(state: WorkerState, turn: Turn): void {
  suspectIfSilent(state, turn);
  giveUpAll(state, turn);
  claimAllOwed(state, turn);
  clearEnded(state.ended);
  state.incarnation = undefined;
  state.engineUp = undefined;
  state.engineDown = undefined;
}

function giveUpAll(state: WorkerState, turn: Turn): void {
  for (const sequence of state.live.values()) {
    const isKnown = sequence.stopCause === "superseded";
    giveUpSequence(state, sequence, isKnown ? undefined : "engine-lost", turn);
  }
  state.residents.clear();
  state.usedBlocks = 0;
  state.freeBlocks = 0;
}

/** Again while sequences exist: the engine was restarted. It is told to stop what it may have begun since. */
export function engineUp(state: WorkerState, message: EngineUp, turn: Turn): void {
  if (state.incarnation === undefined) return;
  for (const { key } of state.live.values()) {
    turn.effects.push(toEngine(state.engine, { kind: "stop", sequence: key }));
  }
  giveUpAll(state, turn);
  state.engineUp = message;
  state.engineDown = undefined;
  Object.assign(state.pace, noPace());
  state.reporting.told = undefined;
  state.freeBlocks = message.totalBlocks;
  state.hasNewCapacity = true;
  tellAdapterCache(state, turn);
}

export function cordon(state: WorkerState, { isCordoned }: Cordon, { effects }: Turn): void {
  state.isCordoned = isCordoned;
  state.hasNewCapacity = true;
  if (!isCordoned && state.isDraining) effects.push(disarm("drain"));
  if (!isCordoned) state.isDraining = false;
  effects.push(note("worker.cordoned", { worker: state.worker, isCordoned: Number(isCordoned) }));
}

export function drain(state: WorkerState, { patienceMs }: Drain, { nowMs, effects }: Turn): void {
  state.isCordoned = true;
  state.isDraining = true;
  state.hasNewCapacity = true;
  effects.push(
    note("worker.draining", { worker: state.worker, patienceMs, sequences: state.live.size }),
    arm("drain", nowMs + patienceMs, { kind: "timer-fired", name: "drain" }),
  );
}

export function drainOver(state: WorkerState, turn: Turn): void {
  if (!state.isDraining) return;
  for (const sequence of state.live.values()) {
    if (sequence.stopCause === undefined) stopSequence(state, sequence, "draining", turn);
  }
}

export function preempted(state: WorkerState, message: SequencePreempted, turn: Turn): void {
  const sequence = state.live.get(message.sequence);
  if (sequence === undefined) return;
  sequence.totals = maxTotals(sequence.totals, message.totals);
  sequence.heldBlocks = 0;
  sequence.heardAtMs = turn.nowMs;
  sequence.preemptedAtMs ??= turn.nowMs;
  const { swappedTokens } = message;
  const price = preemptionPrice(state.engineUp, sequence);
  const kept = swappedTokens === undefined ? {} : { swappedTokens };
  turn.effects.push(
    note("worker.preempted", { ...about(state, sequence), by: "engine", ...price, ...kept }),
  );
  if (!state.preemptedTimerArmed) armPreempted(state, turn.nowMs + preemptedMs, turn);
}

export function resumed(state: WorkerState, key: string, { nowMs, effects }: Turn): void {
  const sequence = state.live.get(key);
  if (sequence === undefined) return;
  sequence.preemptedAtMs = undefined;
  sequence.heardAtMs = nowMs;
  effects.push(note("worker.resumed", about(state, sequence)));
}

export function preemptedTooLong(state: WorkerState, turn: Turn): void {
  state.preemptedTimerArmed = false;
  let nextMs = Infinity;
  for (const sequence of state.live.values()) {
    const { preemptedAtMs, stopCause } = sequence;
    if (preemptedAtMs === undefined || stopCause !== undefined) continue;
    const untilMs = preemptedAtMs + preemptedMs;
    if (untilMs <= turn.nowMs) stopSequence(state, sequence, "preempted", turn);
    else nextMs = Math.min(nextMs, untilMs);
  }
  if (nextMs !== Infinity) armPreempted(state, nextMs, turn);
}

function armPreempted(state: WorkerState, atMs: number, { effects }: Turn): void {
  state.preemptedTimerArmed = true;
  effects.push(arm("preempted", atMs, { kind: "timer-fired", name: "preempted" }));
}

/** The checks at the start should have seen it coming; a restarted engine or a lost message can still get here. */
export function engineRefused(state: WorkerState, message: EngineRefused, turn: Turn): void {
  const sequence = state.live.get(message.sequence);
  if (sequence === undefined) return;
  const { reason } = message;
  turn.effects.push(note("worker.refused", { ...about(state, sequence), reason }));
  if (reason === "adapter-missing") {
    return giveUpSequence(state, sequence, "adapter-lost", turn);
  }
  const { session, requestId, attempt } = sequence;
  const retryable = reason === "no-slot";
  const refused = { kind: "start-refused", requestId, attempt } as const;
  turn.effects.push(toSession(session, { ...refused, reason: "no-capacity", retryable }));
  closeSequence(state, sequence, { outcome: reason, isFinal: !retryable }, turn);
}
