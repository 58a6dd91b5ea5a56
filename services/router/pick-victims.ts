// Who gives way to an offer that fits nowhere: lower bands first, if the offer may preempt and they are not kept by
// their floor; within its band only tenants whose executed service leads by more than θ and what a preemption wastes,
// the most served first, only while they would still stand behind the offer afterwards, and only as much as may be
// computed again: who costs more is left out, and the next in turn is taken. Of one tenant the largest footprint goes
// first. All from one worker, no more than the offer needs, nobody more than three times.

import { preemptionsMax } from "#shared/model/victim-order.ts";
import type { Placement } from "./placement.ts";
import type { TenantAccount } from "./tenant-account.ts";
import { runningTag, tagOf, unexecutedTag } from "./tenant-account.ts";
import { byVictimOrder } from "./victim-order.ts";
import type { WorkerView } from "./worker-view.ts";
import {
  freeBlocks,
  freePrefillTokens,
  freeSequences,
  isServing,
  isSilent,
} from "./worker-view.ts";

/** At once: what needs more waits. */
const victimsMax = 8;

/** What asks for room, and by which right. */
export interface PreemptionClaim {
  readonly account: TenantAccount;
  readonly blocks: number;
  readonly mayPreempt: boolean;
  /** µcost per weight, of executed service beyond what the waiting tenant was promised. */
  readonly thetaPreempt: number;
  /** µcost. */
  readonly promptTokenCost: number;
  /** µcost that may be computed again for the sake of shares. */
  readonly wastedCostMax: number;
  readonly kvBlockTokens: number;
  readonly nowMs: number;
  /** Whether its band would be below its floor without it. */
  readonly isProtected: (placement: Placement) => boolean;
}

export function pickVictims(
  placements: Iterable<Placement>,
  claim: PreemptionClaim,
): readonly Placement[] {
  const candidates: Placement[] = [];
  for (const placement of placements) if (mayGiveWay(placement, claim)) candidates.push(placement);
  candidates.sort(inTurn(claim));
  const tried = new Set<WorkerView>();
  for (const { view } of candidates) {
    if (tried.has(view)) continue;
    tried.add(view);
    const victims = enoughOn(view, candidates, claim);
    if (victims.length > 0) return victims;
  }
  return [];
}

function mayGiveWay(placement: Placement, claim: PreemptionClaim): boolean {
  const { account, state, preemptions, view } = placement;
  if (state !== "running" || preemptions >= preemptionsMax || account === claim.account)
    return false;
  if (view.isHeld || !isServing(view) || isSilent(view, claim.nowMs)) return false;
  if (freePrefillTokens(view, claim.account.tenant) <= 0) return false;
  // Found running at a takeover by a worker that did not say how much it holds: room that could not be counted on.
  if (placement.blocks === 0) return false;
  if (account.band < claim.account.band) return false;
  if (account.band > claim.account.band) return claim.mayPreempt && !claim.isProtected(placement);
  const lead = runningTag(account) - claim.account.startTag;
  return lead > claim.thetaPreempt + tagOf(recomputeCost(placement, claim), account.weight);
}

/** What its preemption wastes: the GPU computes it again, and nobody is charged for that. */
export const recomputeCost = (
  { promptTokens, totals }: Placement,
  { promptTokenCost }: Pick<PreemptionClaim, "promptTokenCost">,
): number => (promptTokens + totals.outputTokens) * promptTokenCost;

/** Of peers the most served goes first. */
const inTurn = ({ kvBlockTokens }: PreemptionClaim) => {
  const within = byVictimOrder(kvBlockTokens);
  return (a: Placement, b: Placement): number =>
    b.account.band - a.account.band ||
    runningTag(b.account) - runningTag(a.account) ||
    within(a, b);
};

/** The first candidates on this worker that make room for the claim; none if all of them together do not. */
function enoughOn(
  view: WorkerView,
  candidates: readonly Placement[],
  claim: PreemptionClaim,
): readonly Placement[] {
  const victims: Placement[] = [];
  /** What each tenant's clock would lose. */
  const refunds = new Map<TenantAccount, number>();
  let wastedCost = 0;
  let blocks = freeBlocks(view, claim.nowMs);
  let sequences = freeSequences(view);
  for (const candidate of candidates) {
    if (blocks >= claim.blocks && sequences >= 1) break;
    if (candidate.view !== view || victims.length === victimsMax) continue;
    const { account, charge } = candidate;
    const refund = (refunds.get(account) ?? 0) + unexecutedTag(charge);
    if (account.band === claim.account.band) {
      const cost = wastedCost + recomputeCost(candidate, claim);
      if (account.clock - refund < claim.account.finishTag || cost > claim.wastedCostMax) continue;
      wastedCost = cost;
    }
    refunds.set(account, refund);
    victims.push(candidate);
    blocks += candidate.blocks;
    sequences += 1;
  }
  return blocks >= claim.blocks && sequences >= 1 ? victims : [];
}
