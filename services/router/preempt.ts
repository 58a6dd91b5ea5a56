// Preemption: when the first offer in the order fits nowhere, and others have had more than their share or stand in a
// lower band, some of those give way at their worker's next step boundary and compute again later. Law: one round at a
// time, so that what one round frees is seen before the next is decided.

import { note } from "#shared/actor/actor.ts";
import { toSession } from "#shared/messages/to-session.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { PreemptionClaim } from "./pick-victims.ts";
import { pickVictims, recomputeCost } from "./pick-victims.ts";
import type { Placement } from "./placement.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import type { WaitingOffer } from "./waiting-offer.ts";

/** It led its waiting peer by more than θ; it stood in a lower band; its blocks were on loan; a suspect needs its worker alone. */
export type PreemptionCause = "fair-share" | "band" | "kv-reclaim" | "isolation";

/** Said again if the worker has not ended it by then. */
const repeatAfterMs = 500;
/** A look costs as much as there are places: about one in a hundred microseconds goes into looking. */
const lookEveryMs = 20;
const placesPerMs = 25;

/** Whether it is worth asking who is first. */
export const looksForVictims = (
  { rules, preempting, lookForVictimsAtMs }: PoolState,
  nowMs: number,
): boolean =>
  rules.thetaPreempt < Number.POSITIVE_INFINITY &&
  preempting.size === 0 &&
  nowMs >= lookForVictimsAtMs;

/** The first in the order, which no worker can take now. */
export function preemptFor(state: PoolState, waiting: WaitingOffer, turn: Turn): void {
  const { rules, policy } = state;
  if (!looksForVictims(state, turn.nowMs)) return;
  const { offer, blocks } = waiting;
  const account = state.accounts.get(offer.tenant);
  if (account === undefined || account.waiting.least() !== waiting) return;
  state.lookForVictimsAtMs =
    turn.nowMs + Math.max(lookEveryMs, Math.floor(state.placements.requests / placesPerMs));
  const claim: PreemptionClaim = {
    account,
    blocks,
    mayPreempt: offer.mayPreempt === true,
    thetaPreempt: rules.thetaPreempt,
    promptTokenCost: state.costWeights.promptToken,
    kvBlockTokens: state.kvBlockTokens,
    nowMs: turn.nowMs,
    isProtected: ({ charge }) => policy.isProtected(charge),
    wastedCostMax: state.preemptionAllowance.leftCost,
  };
  for (const victim of pickVictims(state.placements.every(), claim)) {
    const why = victim.account.band > offer.band ? "band" : "fair-share";
    if (why === "fair-share") state.preemptionAllowance.spend(recomputeCost(victim, claim));
    giveWay(state, victim, { waiting, why }, turn);
  }
}

/** Its worker's next report shows the room; until then nobody else is looked for. */
export function awaitWhatItFrees(state: PoolState, { nowMs }: Turn): void {
  state.lookForVictimsAtMs = Math.max(state.lookForVictimsAtMs, nowMs + lookEveryMs);
}

/** From here on it is stopping: its place ends as any other does, and its offer comes back by its session. */
export function giveWay(
  state: PoolState,
  victim: Placement,
  { waiting, why }: { readonly waiting: WaitingOffer; readonly why: PreemptionCause },
  turn: Turn,
): void {
  const { requestId, attempt, tenant, view, totals, promptTokens } = victim;
  state.preempting.add(victim);
  victim.preemptions += 1;
  turn.effects.push(
    note("router.preempting", {
      requestId,
      attempt,
      tenant,
      pool: state.pool,
      worker: view.worker,
      why,
      forRequestId: waiting.offer.requestId,
      recomputeTokens: promptTokens + totals.outputTokens,
    }),
  );
  tellPreempt(state, victim, turn);
}

/** The session counts it too: worker and router may both be gone before the attempt has ended. */
function tellPreempt(state: PoolState, victim: Placement, turn: Turn): void {
  const { requestId, attempt, view, session } = victim;
  const { poolEpoch } = state;
  victim.retryAtMs = turn.nowMs + repeatAfterMs;
  turn.effects.push(
    toWorker(view.address, { kind: "preempt", requestId, attempt, poolEpoch }),
    toSession(session, { kind: "preempted", requestId, attempt }),
  );
}

/** Those that have not ended yet are told again. */
export function preemptAgain(state: PoolState, turn: Turn): void {
  for (const victim of state.preempting) {
    if (victim.state !== "running") state.preempting.delete(victim);
    else if (turn.nowMs >= victim.retryAtMs) tellPreempt(state, victim, turn);
  }
}
