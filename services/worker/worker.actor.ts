// The agent beside one engine replica: decides what may start here, turns engine steps into frames, and tells what it
// executed. Law: an attempt starts at most once, ends exactly once, and its blocks are free before anyone hears so.

import type { Actor, Address, Effect } from "#shared/actor/actor.ts";
import type { FromEngine } from "#shared/messages/from-engine.ts";
import type { ToWorker, WorkerTimer } from "#shared/messages/to-worker.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import type { Vocabularies } from "#shared/model/tokenizer.ts";
import { ack, extended } from "./acknowledge.ts";
import { adapterFailed, adapterLoaded, learnRights, loadAdapter } from "./adapters.ts";
import { attach, unclaimed } from "./attach.ts";
import { beat } from "./beat.ts";
import { engineCrashed, suspectsNoted } from "./engine-crash.ts";
import { sequenceFailed } from "./engine-fault.ts";
import { noteEnd } from "./end-outbox.ts";
import { noteGpuTime } from "./gpu-time.ts";
import {
  cordon,
  drain,
  drainOver,
  engineRefused,
  engineUp,
  placed,
  preempted,
  preemptedTooLong,
  registrationLost,
  resumed,
} from "./life.ts";
import { tellCapacity } from "./report.ts";
import { billAnswered, edgesRegistered } from "./claim-bill.ts";
import { start } from "./start.ts";
import { step } from "./step-output.ts";
import { cancel, preempt, sequenceStopped, voidAttempt } from "./stop-sequence.ts";
import { collectPool, collectSequences, keepCounters } from "./takeover.ts";
import { createWorkerState } from "./worker-state.ts";
import type { Turn, WorkerPlacement, WorkerState } from "./worker-state.ts";

/** One placement for every worker of the host, or one per worker; and the meter and the vocabularies of their process. */
export function createWorker(
  placement: WorkerPlacement | ((worker: WorkerId) => WorkerPlacement),
  meter: Address,
  vocabularies: Vocabularies,
): Actor<WorkerState, ToWorker> {
  return {
    name: "worker",
    init(self: Address): WorkerState {
      const worker = self.slice(self.indexOf("/") + 1) as WorkerId;
      return createWorkerState(
        worker,
        typeof placement === "function" ? placement(worker) : placement,
        meter,
        vocabularies,
      );
    },
    receive(state, { from, message, nowMs }): readonly Effect[] {
      const turn: Turn = { nowMs, effects: [] };
      handle(state, message, from, turn);
      if (state.hasNewCapacity) tellCapacity(state, turn);
      return turn.effects;
    },
  };
}

// oxlint-disable-next-line eslint/complexity -- one line per message kind: the table of contents
function handle(state: WorkerState, message: ToWorker, from: Address, turn: Turn): void {
  switch (message.kind) {
    case "ack":
      return ack(state, message, from, turn);
    case "start":
      return start(state, message, from, turn);
    case "attach":
      return attach(state, message, from, turn);
    case "unclaimed":
      return unclaimed(state, message, from, turn);
    case "edges-registered":
      return edgesRegistered(state, message);
    case "bill-answered":
      return billAnswered(state, message, turn);
    case "cancel":
      return cancel(state, message, from, turn);
    case "void":
      return voidAttempt(state, message, turn);
    case "preempt":
      return preempt(state, message, turn);
    case "extended":
    case "extend-refused":
      return extended(state, message);
    case "end-noted":
      return noteEnd(state.outbox, message);
    case "collect-pool":
      return collectPool(state, message, turn);
    case "keep-counters":
      return keepCounters(state, message, turn);
    case "collect-sequences":
      return collectSequences(state, message, turn);
    case "adapter-rights":
      return learnRights(state, message);
    case "load-adapter":
      return loadAdapter(state, message, turn);
    case "engine-crashed":
      return engineCrashed(state, message, turn);
    case "suspects-noted":
      return suspectsNoted(state, message);
    case "placed":
      return placed(state, message, from, turn);
    case "registration-lost":
      return registrationLost(state, turn);
    case "cordon":
      return cordon(state, message, turn);
    case "drain":
      return drain(state, message, turn);
    case "timer-fired":
      return wake(state, message, turn);
    default:
      return hearEngine(state, message, turn);
  }
}

function hearEngine(state: WorkerState, message: FromEngine, turn: Turn): void {
  state.silentBeats = 0;
  switch (message.kind) {
    case "step":
      return step(state, message, turn);
    case "sequence-failed":
      return sequenceFailed(state, message, turn);
    case "sequence-stopped":
      return sequenceStopped(state, message, turn);
    case "sequence-preempted":
      return preempted(state, message, turn);
    case "sequence-resumed":
      return resumed(state, message.sequence, turn);
    case "engine-refused":
      return engineRefused(state, message, turn);
    case "engine-up":
      return engineUp(state, message, turn);
    case "adapter-loaded":
      return adapterLoaded(state, message, turn);
    case "adapter-failed":
      return adapterFailed(state, message, turn);
    case "gpu-time":
      return noteGpuTime(state, message, turn);
    default:
      return message satisfies never;
  }
}

function wake(state: WorkerState, { name }: WorkerTimer, turn: Turn): void {
  switch (name) {
    case "beat":
      return beat(state, turn);
    case "drain":
      return drainOver(state, turn);
    case "preempted":
      return preemptedTooLong(state, turn);
    default:
      return name satisfies never;
  }
}
