// A suspect stands in no order: it waits for a worker of its own (`isolation.ts`).

import { noteWait, park } from "./park.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import type { WaitingOffer } from "./waiting-offer.ts";

/** Parked until then: no time, but a worker of its own. */
const untilAlone = Number.MAX_SAFE_INTEGER;

export function setApart(state: PoolState, waiting: WaitingOffer, turn: Turn): void {
  noteWait(waiting, "alone", turn);
  park(state, waiting, untilAlone);
  state.suspects.add(waiting);
}
