// An engine crash, told by a worker that may have been cut off for long: its request may wait, run or be over as a later
// attempt by then, and is under suspicion there. Each attempt's crash counts once, however often it is told. Who is to run
// alone from then on is taken out of the company that it was placed in.

import type { RequestId } from "#shared/model/ids.ts";
import type { SeenCrash } from "#shared/model/suspicion.ts";
import { crashOf, runsAlone, together } from "#shared/model/suspicion.ts";
import { fallThrough, startVoid } from "./close-placement.ts";
import type { Placement } from "./placement.ts";
import type { PoolState, Turn } from "./pool-state.ts";

interface Crashed {
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly crash: SeenCrash;
}

export function castSuspicion(
  state: PoolState,
  { requestId, attempt, crash: seen }: Crashed,
  turn: Turn,
): void {
  const { placements, offers, over } = state;
  const crash = crashOf(attempt, seen);
  if (!over.suspect(requestId, attempt, crash)) return;
  const waiting = offers.get(requestId);
  if (waiting !== undefined) waiting.suspicion = together(waiting.suspicion, crash);
  const newest = placements.newest(requestId);
  for (let place = newest; place !== undefined; place = place.older) {
    place.suspicion = together(place.suspicion, crash);
    if (place.waiting !== undefined) place.waiting.suspicion = place.suspicion;
  }
  if (newest !== undefined && newest.attempt > attempt) takeOutOfCompany(state, newest, turn);
}

function takeOutOfCompany(state: PoolState, placement: Placement, turn: Turn): void {
  if (placement.isAlone || !runsAlone(placement.suspicion)) return;
  switch (placement.state) {
    case "pinning":
    case "reserving":
      return fallThrough(state, placement, turn);
    case "granted":
    case "running":
      return startVoid(state, placement, "suspected", turn);
    case "voiding":
    case "closing":
      return;
    default:
      return placement.state satisfies never;
  }
}
