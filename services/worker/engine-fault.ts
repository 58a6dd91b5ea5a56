// What is wrong with an engine that is not dead: it says nothing, it crawls, or it computed what is no number. Each is noted
// with its name; a silent one is killed, and what it had in flight is suspected as after a crash.

import { note } from "#shared/actor/actor.ts";
import { toEngine } from "#shared/messages/to-engine.ts";
import type { SequenceFailed, Step } from "#shared/messages/from-engine.ts";
import { maxTotals } from "#shared/model/usage.ts";
import { giveUpSequence } from "./end-sequence.ts";
import { engineCrashed } from "./engine-crash.ts";
import { sequenceStopped } from "./stop-sequence.ts";
import { about } from "./worker-state.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

/** In a row, with something asked of the engine at each: twelve seconds. Beats, so that no leap of the clock counts. */
const silentBeatsMax = 24;

/** An engine with work is seldom silent for so long: what is lost meanwhile, its life or the link to it, may have hung it. */
const suspectBeats = 2;

export const isEngineSilent = ({ engineUp, silentBeats }: WorkerState): boolean =>
  engineUp !== undefined && silentBeats >= suspectBeats;

/** Before its life ends, with which the engine is reset: that it would have been killed for its silence is not to be known later. */
export function suspectIfSilent(state: WorkerState, turn: Turn): void {
  if (!isEngineSilent(state) || state.live.size === 0) return;
  const { silentBeats } = state;
  state.silentBeats = 0;
  noteFault(state, { fault: "silent", silentBeats }, turn);
  const reason = "it said nothing when its worker's registration was lost";
  engineCrashed(state, { kind: "engine-crashed", reason, fault: "silent", restartMs: 0 }, turn);
}

/** At each beat. An engine with nothing to do may be silent. */
export function tendEngineLife(state: WorkerState, turn: Turn): void {
  let isAsked = false;
  for (const { isPaused, preemptedAtMs, stopCause } of state.live.values()) {
    isAsked ||= stopCause !== undefined || (!isPaused && preemptedAtMs === undefined);
  }
  state.silentBeats = isAsked ? state.silentBeats + 1 : 0;
  if (state.engineUp === undefined || state.silentBeats < silentBeatsMax) return;
  state.silentBeats = 0;
  noteFault(state, { fault: "hung" }, turn);
  const reason = "it said nothing for twelve seconds";
  engineCrashed(state, { kind: "engine-crashed", reason, fault: "hung", restartMs: 0 }, turn);
  turn.effects.push(toEngine(state.engine, { kind: "reset" }));
}

/** Decode steps that took so many times what they usually do, so many in a row. */
const slowTimes = 8;
const slowStepsMin = 8;
/** What is usual is the mean of the last so many that were not slow; none is known before half of them. */
const usualSteps = 64;

/** Steps that only decode: of those with prompts in them the load decides. Before their totals are taken. */
export function notePace(state: WorkerState, message: Step, turn: Turn): void {
  const { tookMs } = message;
  const { pace } = state;
  if (tookMs === undefined || !onlyDecodes(state, message)) return;
  const isUsual = pace.steps * 2 < usualSteps || tookMs <= pace.usualMs * slowTimes;
  if (isUsual) {
    pace.steps = Math.min(usualSteps, pace.steps + 1);
    pace.usualMs += (tookMs - pace.usualMs) / pace.steps;
    pace.slowSteps = 0;
    return;
  }
  pace.slowSteps++;
  if (pace.slowSteps !== slowStepsMin) return;
  const usualMs = Math.round(pace.usualMs * 10) / 10;
  noteFault(state, { fault: "slow", stepMs: Math.round(tookMs * 10) / 10, usualMs }, turn);
}

function onlyDecodes({ live }: WorkerState, { outputs }: Step): boolean {
  return (
    outputs.length > 0 &&
    outputs.every(({ sequence, totals }) => {
      const known = live.get(sequence);
      return known !== undefined && totals.prefillTokens === known.totals.prefillTokens;
    })
  );
}

/** Its next attempt computes it elsewhere, from its prompt. */
export function sequenceFailed(state: WorkerState, message: SequenceFailed, turn: Turn): void {
  const sequence = state.live.get(message.sequence);
  if (sequence === undefined) return;
  const { reason, totals } = message;
  noteFault(state, { ...about(state, sequence), fault: reason }, turn);
  if (sequence.stopCause !== undefined) {
    return sequenceStopped(state, { ...message, kind: "sequence-stopped" }, turn);
  }
  sequence.totals = maxTotals(sequence.totals, totals);
  giveUpSequence(state, sequence, "engine-lost", turn);
}

function noteFault(
  { worker, placement }: WorkerState,
  fields: Readonly<Record<string, string | number>>,
  { effects }: Turn,
): void {
  effects.push(note("worker.engine-fault", { worker, pool: placement.pool, ...fields }));
}
