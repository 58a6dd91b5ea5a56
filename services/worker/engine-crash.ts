// An engine that dies takes everything in flight with it, and nobody can tell from outside whose doing it was: all of it is
// suspected. Every session hears so, again and again, for on that rests who runs alone next; the store until it has noted it.
// Who runs alone here has the engine to itself, until it is past where engines died, or over.

import type { Address } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import { toCoordination } from "#shared/messages/to-coordination.ts";
import type { Suspect } from "#shared/messages/to-coordination.ts";
import { toSession } from "#shared/messages/to-session.ts";
import type { Returned } from "#shared/messages/returned.ts";
import type { EngineCrashed, GpuFault, SuspectsNoted } from "#shared/messages/engine-crash.ts";
import { isGpuFault } from "#shared/messages/engine-crash.ts";
import { suspectIdentity } from "#shared/model/suspicion.ts";
import { claimBill } from "./claim-bill.ts";
import { closeSequence, giveUpSequence } from "./end-sequence.ts";
import { isSaidAgain, isSaidEnough } from "./said-again.ts";
import type { Sequence } from "./sequence.ts";
import { nextIndex } from "./token-log.ts";
import { about } from "./worker-state.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

/** Kept to be said again: so many crashes, and to the store for so many beats. */
const reportsMax = 16;
const saidToStore = 40;

export interface CrashReport {
  readonly crash: string;
  readonly suspects: readonly Suspect[];
  readonly returned: readonly { readonly session: Address; readonly message: Returned }[];
  isNoted: boolean;
  /** Since it was said first. */
  beats: number;
}

export function engineCrashed(state: WorkerState, message: EngineCrashed, turn: Turn): void {
  const { worker, incarnation } = state;
  if (incarnation === undefined) return;
  state.engineCrashes++;
  const inFlight = [...state.live.values()];
  const crash = `${worker}/${incarnation}/${state.engineCrashes}`;
  const { reason, restartMs, fault } = message;
  const { pool } = state.placement;
  const sequences = inFlight.length;
  turn.effects.push(
    note("worker.engine-crashed", {
      worker,
      pool,
      incarnation,
      sequences,
      reason,
      restartMs,
      ...(fault === undefined ? {} : { fault }),
    }),
  );
  if (isGpuFault(fault)) return lostWithGpu(state, fault, turn);
  // That it was silent for a second accuses nobody.
  const isProof = fault !== "silent";
  const suspects: Suspect[] = [];
  const returned: CrashReport["returned"][number][] = [];
  for (const sequence of inFlight) {
    const isAlone = isProof && inFlight.length === 1 && sequence.aloneUntilIndex !== undefined;
    const seen = { isAlone, outputIndex: nextIndex(sequence.log), worker };
    const { started, session, requestId, attempt, totals, stopCause } = sequence;
    suspects.push({ ...suspectIdentity(started), ...seen });
    const told = { kind: "returned", requestId, attempt, totals } as const;
    if (stopCause !== "superseded") {
      returned.push({ session, message: { ...told, reason: "engine-crashed", crash: seen } });
    }
    turn.effects.push(
      note("worker.suspected", {
        ...about(state, sequence),
        isAlone: Number(isAlone),
        outputIndex: seen.outputIndex,
      }),
    );
    closeSequence(
      state,
      sequence,
      { outcome: "engine-crashed", isFinal: false, crash: seen },
      turn,
    );
    // Perhaps there is no session that would ask for the next attempt.
    if (sequence.unclaimedAtMs !== undefined) claimBill(state, sequence, turn);
  }
  awaitEngine(state);
  if (sequences === 0) return;
  const report = { crash, suspects, returned, isNoted: false, beats: 0 };
  keepReport(state, report);
  sayReport(state, report, turn);
}

/** A GPU that failed is nobody's doing: what ran is lost, and not suspected. */
function lostWithGpu(state: WorkerState, fault: GpuFault, turn: Turn): void {
  const { worker, placement } = state;
  turn.effects.push(note("worker.engine-fault", { worker, pool: placement.pool, fault }));
  for (const sequence of state.live.values()) {
    const isKnown = sequence.stopCause === "superseded";
    giveUpSequence(state, sequence, isKnown ? undefined : "engine-lost", turn);
  }
  awaitEngine(state);
}

/** Nothing is held until it says that it is up. */
function awaitEngine(state: WorkerState): void {
  state.residents.clear();
  state.usedBlocks = 0;
  state.freeBlocks = 0;
  state.engineDown = state.engineUp ?? state.engineDown;
  state.engineUp = undefined;
  state.hasNewCapacity = true;
}

function keepReport({ crashReports }: WorkerState, report: CrashReport): void {
  crashReports.set(report.crash, report);
  if (crashReports.size <= reportsMax) return;
  for (const oldest of crashReports.keys()) {
    crashReports.delete(oldest);
    return;
  }
}

/** Each beat. */
export function repeatReports(state: WorkerState, turn: Turn): void {
  for (const report of state.crashReports.values()) {
    report.beats++;
    sayReport(state, report, turn);
  }
}

function sayReport(state: WorkerState, report: CrashReport, { effects }: Turn): void {
  const { crash, suspects, returned, isNoted, beats } = report;
  if (beats === 0 || isSaidAgain(beats)) {
    for (const { session, message } of returned) effects.push(toSession(session, message));
  }
  if (!isNoted && state.coordination !== undefined) {
    effects.push(toCoordination(state.coordination, { kind: "note-suspects", crash, suspects }));
  }
  if ((isNoted && isSaidEnough(beats)) || beats >= saidToStore) state.crashReports.delete(crash);
}

export function suspectsNoted({ crashReports }: WorkerState, { crash }: SuspectsNoted): void {
  const report = crashReports.get(crash);
  if (report !== undefined) report.isNoted = true;
}

/** Nothing else may start meanwhile, whoever granted it. */
export function isHeldForOne({ live }: WorkerState): boolean {
  for (const { aloneUntilIndex } of live.values()) if (aloneUntilIndex !== undefined) return true;
  return false;
}

/** After its tokens of a step: it has brought the one that was due when engines died, and this one lives. */
export function acquitIfPast(
  state: WorkerState,
  sequence: Sequence,
  isOver: boolean,
  turn: Turn,
): void {
  const { aloneUntilIndex, log, started } = sequence;
  if (aloneUntilIndex === undefined || (!isOver && nextIndex(log) <= aloneUntilIndex)) return;
  sequence.aloneUntilIndex = undefined;
  state.hasNewCapacity = true;
  turn.effects.push(note("worker.acquitted", about(state, sequence)));
  if (state.coordination === undefined) return;
  const acquit = { kind: "acquit", ...suspectIdentity(started) } as const;
  turn.effects.push(toCoordination(state.coordination, acquit));
}
