// That a sequence gave way is said again for as long as a link is mostly gone: a session that hears of it only by its silence does
// not count it, and after a takeover no router would either, so that it could give way a fourth time.

import type { Address } from "#shared/actor/actor.ts";
import { toSession } from "#shared/messages/to-session.ts";
import type { Returned } from "#shared/messages/returned.ts";
import type { Sequence } from "./sequence.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

/** At the next two beats, and at each fourth for sixteen seconds: one word lost costs little, and a cut of seconds no more. */
const soonBeats = 2;
const everyBeats = 4;
const saidForBeats = 32;

export const isSaidAgain = (beat: number): boolean =>
  beat <= soonBeats || (beat % everyBeats === 0 && beat <= saidForBeats);
export const isSaidEnough = (beat: number): boolean => beat >= saidForBeats;

const keptMax = 1024;

export interface SaidAgain {
  readonly session: Address;
  readonly message: Returned;
  /** Since it was said first. */
  beats: number;
}

export function sayAgain({ saidAgain }: WorkerState, sequence: Sequence): void {
  const { key, session, requestId, attempt, totals } = sequence;
  const message = { kind: "returned", requestId, attempt, reason: "preempted", totals } as const;
  if (saidAgain.size < keptMax) saidAgain.set(key, { session, message, beats: 0 });
}

/** Each beat. */
export function repeatReturned({ saidAgain }: WorkerState, { effects }: Turn): void {
  for (const [key, said] of saidAgain) {
    said.beats++;
    if (isSaidAgain(said.beats)) effects.push(toSession(said.session, said.message));
    if (isSaidEnough(said.beats)) saidAgain.delete(key);
  }
}
