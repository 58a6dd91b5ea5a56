// Tenants whose KV budget is spent: their offers stand aside, so that nobody waits behind them and no capacity is held
// for them. Law: within a tenant the order stands: while its first offer waits for the budget, smaller ones behind it do
// not overtake. A hold ends with the tenant's next returned blocks, with a wider budget, or by time.

import type { TenantId } from "#shared/model/ids.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";
import { noteWait, park, unpark } from "./park.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import type { WaitingOffer } from "./waiting-offer.ts";

/** The accountant is asked again after this: blocks may have come back that no place of this router held. */
const holdMs = 2000;

export interface BudgetHold {
  readonly untilMs: number;
  readonly offers: Set<WaitingOffer>;
}

/** The accountant refused the tenant's first offer for its budget. */
export function holdForBudget(state: PoolState, tenant: TenantId, nowMs: number): void {
  if (heldUntil(state, tenant, nowMs) > 0) return;
  state.budgetHolds.set(tenant, { untilMs: nowMs + holdMs, offers: new Set() });
}

/** Whether it would take its tenant above its burst, by what is known here: alone, or beside what the tenant holds. */
export const isOverBudget = (state: PoolState, waiting: WaitingOffer, nowMs: number): boolean =>
  heldUntil(state, waiting.offer.tenant, nowMs) > 0 || isBeyondBurst(state, waiting);

function isBeyondBurst({ kvBlockTokens }: PoolState, { offer, blocks }: WaitingOffer): boolean {
  const { kvBurstTokens } = offer;
  return kvBurstTokens !== undefined && blocks > blocksFor(kvBurstTokens, kvBlockTokens);
}

/** 0: not held. */
function heldUntil({ budgetHolds }: PoolState, tenant: TenantId, nowMs: number): number {
  const hold = budgetHolds.size === 0 ? undefined : budgetHolds.get(tenant);
  return hold === undefined || hold.untilMs <= nowMs ? 0 : hold.untilMs;
}

/** True: it waits for its tenant's budget, out of the order. Not one that is beyond the burst alone: that fits never. */
export function standAside(state: PoolState, waiting: WaitingOffer, turn: Turn): boolean {
  const { tenant } = waiting.offer;
  const untilMs = heldUntil(state, tenant, turn.nowMs);
  if (untilMs === 0 || isBeyondBurst(state, waiting)) return false;
  // Waiting for its own budget is idle time: it comes back at virtual time, without credit.
  waiting.startTag = -1;
  noteWait(waiting, "tenant-budget", turn);
  park(state, waiting, untilMs);
  state.budgetHolds.get(tenant)?.offers.add(waiting);
  return true;
}

/** Blocks of the tenant came back, or its budget changed: all that stood aside for it is tried again, in its order. */
export function endBudgetHold(state: PoolState, tenant: TenantId, turn: Turn): void {
  const hold = state.budgetHolds.size === 0 ? undefined : state.budgetHolds.get(tenant);
  if (hold === undefined) return;
  state.budgetHolds.delete(tenant);
  for (const waiting of hold.offers) {
    if (waiting.parkedUntilMs === hold.untilMs && state.parked.has(waiting)) {
      unpark(state, waiting, turn);
    }
  }
}

/** Holds that time ended: their offers came back by the same time. */
export function forgetBudgetHolds({ budgetHolds }: PoolState, nowMs: number): void {
  for (const [tenant, { untilMs }] of budgetHolds) {
    if (untilMs <= nowMs) budgetHolds.delete(tenant);
  }
}
