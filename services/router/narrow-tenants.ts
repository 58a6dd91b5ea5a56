// Narrows and widens: what detection asks for each second, what the operator says, and which workers a narrowed
// tenant's offer may go to. Said aloud each time, and in the story of every request that it concerns.

import { note } from "#shared/actor/actor.ts";
import type { NarrowTenant, WidenTenant } from "#shared/messages/narrow-tenant.ts";
import type { TenantId, WorkerId } from "#shared/model/ids.ts";
import { dispatch } from "./dispatch.ts";
import type { Narrowing } from "./narrowings.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import { drop } from "./pool-state.ts";
import type { ServedLately } from "./service-audit.ts";
import type { TenantAccount } from "./tenant-account.ts";
import { isServing } from "./worker-view.ts";

/** Served less than so many thousandths of its share while narrowed and waiting, it needs another worker. */
const shareNeeded = 900;

/** Once a second, after the audit's look. */
export function tendNarrowings(state: PoolState, turn: Turn): void {
  const { narrowings, neighbours, audit } = state;
  const pool = servingWorkers(state);
  for (const narrowing of narrowings.all()) tend(state, narrowing, pool, turn);
  const busy = audit.lately().map(({ account }) => account);
  const verdict = neighbours.look(busy, turn.nowMs);
  if (verdict === undefined) return;
  const { noisy, victim, slowness } = verdict;
  const about = { tenant: noisy.tenant, tenants: busy.length, nowMs: turn.nowMs };
  const workers = workersForShare(noisy, busy, pool.length);
  const narrowing = narrowings.byDetection(about, workers, pool);
  if (narrowing !== undefined) tellNarrowed(state, narrowing, { victim, slowness }, turn);
}

function tend(state: PoolState, narrowing: Narrowing, pool: readonly WorkerId[], turn: Turn): void {
  const { tenant, by } = narrowing;
  if (by === "operator") return state.narrowings.renew(narrowing, narrowing.workers, pool);
  if (turn.nowMs >= narrowing.untilMs) return widen(state, tenant, "over", turn);
  if (!narrowing.hasWaited && !isBusy(state, tenant)) return widen(state, tenant, "calm", turn);
  const workers = narrowing.workers + (isShort(state, narrowing) ? 1 : 0);
  narrowing.hasWaited = false;
  if (workers >= pool.length) return widen(state, tenant, "too-narrow", turn);
  state.narrowings.renew(narrowing, workers, pool);
}

/** Else there is nothing to keep it from. */
function isBusy({ accounts }: PoolState, tenant: TenantId): boolean {
  const account = accounts.get(tenant);
  return account !== undefined && (account.waiting.size > 0 || account.placements > 0);
}

/** By weight among all that were served lately, whether they wait at this moment or not. */
function isShort({ audit }: PoolState, { tenant, hasWaited }: Narrowing): boolean {
  if (!hasWaited) return false;
  let weights = 0;
  let executed = 0;
  let own: ServedLately | undefined;
  for (const one of audit.lately()) {
    weights += one.account.weight;
    executed += one.served * one.account.weight;
    if (one.account.tenant === tenant) own = one;
  }
  if (own === undefined) return false;
  return own.served * weights * 1000 < executed * shareNeeded;
}

/** What carries its share by weight among those that are served. */
function workersForShare(
  noisy: TenantAccount,
  busy: readonly TenantAccount[],
  workers: number,
): number {
  const weights = busy.reduce((sum, { weight }) => sum + weight, 0);
  return Math.max(1, Math.ceil((workers * noisy.weight) / Math.max(1, weights)));
}

const servingWorkers = ({ workers }: PoolState): WorkerId[] =>
  [...workers.values()].filter(isServing).map(({ worker }) => worker);

export function narrowed(state: PoolState, message: NarrowTenant, turn: Turn): void {
  const { tenant } = message;
  // All that are known: an operator may act before the first of them serves.
  const pool = [...state.workers.keys()];
  const workers = message.workers ?? Math.ceil(pool.length / 4);
  const narrowing = state.narrowings.byOperator(tenant, workers, pool);
  if (narrowing === undefined) return drop(turn, "cannot-narrow", { tenant, workers });
  tellNarrowed(state, narrowing, {}, turn);
  dispatch(state, turn);
}

export function widened(state: PoolState, { tenant }: WidenTenant, turn: Turn): void {
  widen(state, tenant, "operator", turn);
  dispatch(state, turn);
}

function widen(state: PoolState, tenant: TenantId, why: string, turn: Turn): void {
  if (!state.narrowings.end(tenant, turn.nowMs)) return;
  turn.effects.push(note("router.widened", { pool: state.pool, tenant, why }));
}

function tellNarrowed(
  state: PoolState,
  { tenant, by, workers }: Narrowing,
  because: Readonly<Record<string, string | number>>,
  turn: Turn,
): void {
  const { pool } = state;
  const of = state.workers.size;
  turn.effects.push(note("router.narrowed", { pool, tenant, by, workers, of, ...because }));
}
