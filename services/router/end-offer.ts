// An offer ends without a place: its queue is told, as of a place that came to nothing.

import type { Voided } from "#shared/messages/to-tenant-queue.ts";
import { tellVoided } from "./close-placement.ts";
import { removeOffer } from "./park.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import type { WaitingOffer } from "./waiting-offer.ts";

/** A late repetition of it finds nothing. */
export function endOffer(
  state: PoolState,
  waiting: WaitingOffer,
  reason: Voided["reason"],
  turn: Turn,
): void {
  const { offer, preemptions, suspicion } = waiting;
  const { requestId, attempt, tenant, shardEpoch } = offer;
  removeOffer(state, waiting);
  state.over.remember(requestId, { attempt, isVoided: true, preemptions, shardEpoch, suspicion });
  tellVoided(state, { requestId, attempt, tenant, reason }, turn);
}
