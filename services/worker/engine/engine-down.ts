// How a simulated replica goes down: it dies and says so, or falls silent and has to be killed. Either way everything in
// flight is gone, and it comes up again empty.

import { arm, disarm, note } from "#shared/actor/actor.ts";
import type { Effect } from "#shared/actor/actor.ts";
import type { EngineCrashed } from "#shared/messages/engine-crash.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { EngineSequence } from "./engine-sequence.ts";
import { subjectOf } from "./engine-sequence.ts";
import { chargeIdle, tellGpuWork } from "./gpu-time.ts";
import type { FaultKind } from "./planned-fault.ts";
import type { Replica } from "./replica.ts";
import { emptyReplica } from "./replica.ts";

interface Moment {
  readonly nowUs: number;
  readonly effects: Effect[];
}

export type Death = Extract<FaultKind, "exited" | "cuda-oom" | "ecc">;

/** Until it is up again, in the table's time: as a process whose weights are in the page cache; a GPU with an ECC error is reset first (assumed). */
const restartMsAtTable: Readonly<Record<Death | "hung", number>> = {
  exited: 2000,
  "cuda-oom": 2000,
  hung: 2000,
  ecc: 20_000,
};

/** Whose doing it was, its driver cannot know. */
export function die(
  replica: Replica,
  { culprit, death }: { readonly culprit: EngineSequence; readonly death: Death },
  moment: Moment,
): void {
  const sequences = replica.sequences.size;
  const restartMs = goDown(replica, death, moment);
  const { effects } = moment;
  effects.push(
    note("engine.crashed", { ...subjectOf(culprit.key), sequences, restartMs, reason: death }),
  );
  const fault: Pick<EngineCrashed, "fault"> = death === "exited" ? {} : { fault: death };
  effects.push(
    toWorker(replica.worker, { kind: "engine-crashed", reason: death, restartMs, ...fault }),
  );
}

/** The step that is planned never ends, and nothing is answered. */
export function hang(replica: Replica, culprit: EngineSequence, { effects }: Moment): void {
  replica.isHung = true;
  const sequences = replica.sequences.size;
  effects.push(note("engine.hung", { ...subjectOf(culprit.key), sequences }), disarm("load"));
}

/** A reset is how a worker has an engine killed that says nothing. */
export function killHung(replica: Replica, moment: Moment): void {
  goDown(replica, "hung", moment);
}

/** What this life of it had: its requests' bills know it, so must its books. A step that it does not end was for nobody. */
export function sayLast(replica: Replica, nowUs: number, effects: Effect[]): void {
  const { gpuTime, step, lastEndUs, worker, work } = replica;
  if (!replica.isUp) return;
  if (step === undefined) chargeIdle(gpuTime, Math.max(nowUs, lastEndUs));
  effects.push(toWorker(worker, tellGpuWork(gpuTime, work.peak)));
}

function goDown(replica: Replica, cause: Death | "hung", { nowUs, effects }: Moment): number {
  sayLast(replica, nowUs, effects);
  emptyReplica(replica, nowUs);
  replica.isUp = false;
  replica.isDown = true;
  const restartMs = Math.round(restartMsAtTable[cause] * Math.min(1, replica.spec.timeScale));
  effects.push(
    disarm("load"),
    arm("restart", nowUs / 1000 + restartMs, { kind: "timer-fired", name: "restart" }),
  );
  return restartMs;
}
