// A tenant inside its KV guarantee that is next and finds no blocks takes back what others have on loan. The accountant
// says whose blocks are on loan and how many; this decides which running requests give them up. Laws: nobody falls below
// its own guarantee; all victims are on one worker and together make room there, or none is taken.

import { note } from "#shared/actor/actor.ts";
import { toKvAccountant } from "#shared/messages/to-kv-accountant.ts";
import type { Reclaimable } from "#shared/messages/to-router.ts";
import type { KvLoan } from "#shared/model/kv-blocks.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { preemptionsMax } from "#shared/model/victim-order.ts";
import { kvBudgetOf } from "./kv-budget.ts";
import type { Placement } from "./placement.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { drop } from "./pool-state.ts";
import { giveWay } from "./preempt.ts";
import { byVictimOrder, footprint } from "./victim-order.ts";
import type { WaitingOffer } from "./waiting-offer.ts";
import type { WorkerView } from "./worker-view.ts";
import { freeBlocks, isServing, isSilent } from "./worker-view.ts";

/** Between two questions for one offer: what was preempted for it needs a step and a report to show as free. */
const askAgainMs = 500;

/** What becomes free is held for this offer: ask whether it may take blocks back. */
export function askReclaim(state: PoolState, waiting: WaitingOffer, turn: Turn): void {
  const { requestId, attempt, tenant, kvGuaranteedTokens = 0 } = waiting.offer;
  if (kvGuaranteedTokens === 0 || turn.nowMs < waiting.reclaimAgainMs) return;
  waiting.reclaimAgainMs = turn.nowMs + askAgainMs;
  const { accountant, poolEpoch, kvBlockTokens } = state;
  const { blocks } = waiting;
  turn.effects.push(
    toKvAccountant(accountant, {
      kind: "reclaim",
      requestId,
      attempt,
      tenant,
      blocks,
      poolEpoch,
      ...kvBudgetOf(waiting.offer, kvBlockTokens),
    }),
  );
}

export function reclaimable(state: PoolState, message: Reclaimable, turn: Turn): void {
  const { requestId, attempt, reclaimFrom } = message;
  const waiting = state.offers.get(requestId);
  if (waiting?.offer.attempt !== attempt || waiting.place < 0) {
    return drop(turn, "reclaim-of-nobody", { requestId, attempt });
  }
  reclaim(state, waiting, reclaimFrom, turn);
}

export function reclaim(
  state: PoolState,
  waiting: WaitingOffer,
  loans: readonly KvLoan[],
  turn: Turn,
): void {
  if (loans.length === 0) return;
  waiting.reclaimAgainMs = turn.nowMs + askAgainMs;
  const victims = chooseVictims(state, waiting.blocks, loans, turn.nowMs);
  const { requestId, attempt, tenant } = waiting.offer;
  for (const victim of victims) {
    const { view, blocks } = victim;
    turn.effects.push(
      note("router.reclaim", {
        requestId,
        attempt,
        tenant,
        worker: view.worker,
        blocks,
        victim: victim.requestId,
        from: victim.tenant,
      }),
    );
    giveWay(state, victim, { waiting, why: "kv-reclaim" }, turn);
  }
}

/**
 * On the worker where the fewest blocks must be taken; empty: nowhere is enough of them on loan, or enough is being given
 * back already. What gives way now still stands in the accountant's loans: it is counted here, once. O(places).
 */
export function chooseVictims(
  state: Pick<PoolState, "workers" | "placements" | "preempting" | "kvBlockTokens">,
  blocks: number,
  loans: readonly KvLoan[],
  nowMs: number,
): readonly Placement[] {
  const sizeOf = (placement: Placement): number => footprint(placement, state.kvBlockTokens);
  const left = new Map(loans.map((loan) => [loan.tenant, loan.blocks]));
  const freeing = new Map<WorkerView, number>();
  for (const placement of state.preempting) {
    const { tenant, view } = placement;
    freeing.set(view, (freeing.get(view) ?? 0) + sizeOf(placement));
    left.set(tenant, (left.get(tenant) ?? 0) - sizeOf(placement));
  }
  const shortOn = (view: WorkerView): number =>
    blocks - Math.max(0, freeBlocks(view, nowMs)) - (freeing.get(view) ?? 0);
  for (const view of freeing.keys()) if (shortOn(view) <= 0) return [];
  const rank = new Map(loans.map(({ tenant }, index) => [tenant, index]));
  let best: readonly Placement[] = [];
  let bestTaken = Number.POSITIVE_INFINITY;
  for (const [view, running] of candidatesOf(state, rank)) {
    if (!isServing(view) || isSilent(view, nowMs)) continue;
    const inOrder = running.toSorted(inTurn(rank, state.kvBlockTokens));
    const victims = enough(inOrder, { short: shortOn(view), left: new Map(left), sizeOf });
    const taken = victims.reduce((sum, victim) => sum + sizeOf(victim), 0);
    if (victims.length === 0 || taken >= bestTaken) continue;
    best = victims;
    bestTaken = taken;
  }
  return best;
}

function candidatesOf(
  { placements, preempting }: Pick<PoolState, "placements" | "preempting">,
  rank: ReadonlyMap<TenantId, number>,
): ReadonlyMap<WorkerView, readonly Placement[]> {
  const candidates = new Map<WorkerView, Placement[]>();
  for (const placement of placements.every()) {
    if (placement.state !== "running" || !rank.has(placement.tenant)) continue;
    if (placement.preemptions >= preemptionsMax || preempting.has(placement)) continue;
    const ofWorker = candidates.get(placement.view);
    if (ofWorker === undefined) candidates.set(placement.view, [placement]);
    else ofWorker.push(placement);
  }
  return candidates;
}

/** Most above its guarantee first. */
const inTurn = (rank: ReadonlyMap<TenantId, number>, kvBlockTokens: number) => {
  const within = byVictimOrder(kvBlockTokens);
  return (a: Placement, b: Placement): number =>
    (rank.get(a.tenant) ?? 0) - (rank.get(b.tenant) ?? 0) || within(a, b);
};

interface Want {
  readonly short: number;
  /** On loan, by tenant. */
  readonly left: Map<TenantId, number>;
  readonly sizeOf: (placement: Placement) => number;
}

function enough(
  running: readonly Placement[],
  { short, left, sizeOf }: Want,
): readonly Placement[] {
  const victims: Placement[] = [];
  let missing = short;
  for (const placement of running) {
    if (missing <= 0) break;
    const onLoan = left.get(placement.tenant) ?? 0;
    const blocks = sizeOf(placement);
    if (placement.blocks === 0 || blocks > onLoan) continue;
    left.set(placement.tenant, onLoan - blocks);
    victims.push(placement);
    missing -= blocks;
  }
  return missing <= 0 ? victims : [];
}
