// Who gives way to an offer that fits nowhere: lower bands first, if the offer may preempt and they are not kept by
// their floor; within its band only tenants whose executed service leads by more than θ and what a preemption wastes,
// the most served first, and only while they would still stand behind the offer afterwards. Of one tenant the largest footprint goes first, then
// the least decoded. All from one worker, no more than the offer needs, nobody more than three times.

import { blocksFor } from "#shared/model/kv-blocks.ts";
import { preemptionsMax } from "#shared/model/victim-order.ts";
import type { Placement } from "./placement.ts";
import type { TenantAccount } from "./tenant-account.ts";
import { runningTag, tagOf, unexecutedTag } from "./tenant-account.ts";
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
  candidates.sort(byVictimOrder(claim));
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
  if (!isServing(view) || isSilent(view, claim.nowMs)) return false;
  if (freePrefillTokens(view, claim.account.tenant) <= 0) return false;
  // Found running at a takeover: how much it holds is not known, so it makes no room that could be counted on.
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

/** Booked, or grown beyond that since. */
export const footprint = (
  { blocks, promptTokens, totals }: Pick<Placement, "blocks" | "promptTokens" | "totals">,
  blockTokens: number,
): number => Math.max(blocks, blocksFor(promptTokens + totals.outputTokens, blockTokens));

const byVictimOrder =
  ({ kvBlockTokens }: PreemptionClaim) =>
  (a: Placement, b: Placement): number =>
    b.account.band - a.account.band ||
    runningTag(b.account) - runningTag(a.account) ||
    footprint(b, kvBlockTokens) - footprint(a, kvBlockTokens) ||
    a.totals.outputTokens - b.totals.outputTokens ||
    (a.requestId < b.requestId ? -1 : 1);

/** The first candidates on this worker that make room for the claim; none if all of them together do not. */
function enoughOn(
  view: WorkerView,
  candidates: readonly Placement[],
  claim: PreemptionClaim,
): readonly Placement[] {
  const victims: Placement[] = [];
  /** What each tenant's clock would lose. */
  const refunds = new Map<TenantAccount, number>();
  let blocks = freeBlocks(view, claim.nowMs);
  let sequences = freeSequences(view);
  for (const candidate of candidates) {
    if (blocks >= claim.blocks && sequences >= 1) break;
    if (candidate.view !== view || victims.length === victimsMax) continue;
    const { account, charge } = candidate;
    const refund = (refunds.get(account) ?? 0) + unexecutedTag(charge);
    const isPeer = account.band === claim.account.band;
    if (isPeer && account.clock - refund < claim.account.finishTag) continue;
    refunds.set(account, refund);
    victims.push(candidate);
    blocks += candidate.blocks;
    sequences += 1;
  }
  return blocks >= claim.blocks && sequences >= 1 ? victims : [];
}
