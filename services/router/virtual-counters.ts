// What a next router of this pool needs to be fair from its first grant: each second the tenants' counters go to some
// workers, which give them back when they are collected from. What runs is counted apart from what has ended, so that
// what it has executed since, while no router was there to see, counts as well. Law: a restored counter is the larger of
// what was saved and the virtual time, so nobody gains by a takeover, and nobody pays for having been idle.

import { note } from "#shared/actor/actor.ts";
import type { TenantCounter, VirtualCounters } from "#shared/messages/virtual-counters.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { Placement } from "./placement.ts";
import { accountOf } from "./pool-state.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import type { Charge } from "./tenant-account.ts";
import type { WorkerView } from "./worker-view.ts";

/** Two may die with the router. */
const keepersMax = 3;
/** About 200 KB on the bus: its largest message has 1 MB. */
const tenantsMax = 2_000;

/** Nothing while a takeover lasts: what was saved would be replaced by less. */
export function saveCounters(state: PoolState, turn: Turn): void {
  if (state.collecting !== undefined) return;
  const { pool, poolEpoch } = state;
  const tenants = countersOf(state);
  const seq = ++state.countersSaved;
  for (const { address } of keepersOf(state)) {
    turn.effects.push(toWorker(address, { kind: "keep-counters", pool, poolEpoch, seq, tenants }));
  }
}

function countersOf(state: PoolState): readonly TenantCounter[] {
  const placesOf = standingPlaces(state);
  const counters: TenantCounter[] = [];
  for (const { tenant, band, weight, clock } of state.accounts.values()) {
    const counter = { tenant, band, weight, places: 0, charged: 0, executed: 0 };
    let held = 0;
    for (const { charge } of placesOf.get(tenant) ?? []) {
      counter.places += 1;
      counter.charged += charge.chargedTag;
      counter.executed += charge.executedTag;
      held += standingTag(charge);
    }
    const ended = clock - held - state.policy.virtualTime(band);
    if (counter.places > 0 || ended > 0) counters.push({ ...counter, ended });
  }
  if (counters.length <= tenantsMax) return counters;
  return counters.toSorted((a, b) => Math.abs(b.ended) - Math.abs(a.ended)).slice(0, tenantsMax);
}

/** What a place has moved its tenant's clock by. */
const standingTag = ({ chargedTag, executedTag }: Charge): number =>
  Math.max(chargedTag, executedTag);

function standingPlaces({ placements }: PoolState): ReadonlyMap<TenantId, readonly Placement[]> {
  const places = new Map<TenantId, Placement[]>();
  for (const placement of placements.all()) {
    if (placement.charge.isSettled) continue;
    const ofTenant = places.get(placement.tenant);
    if (ofTenant === undefined) places.set(placement.tenant, [placement]);
    else ofTenant.push(placement);
  }
  return places;
}

function keepersOf({ workers }: PoolState): readonly WorkerView[] {
  const keepers: WorkerView[] = [];
  for (const view of workers.values()) {
    if (view.isSuspected || !view.isCollected) continue;
    if (keepers.push(view) === keepersMax) break;
  }
  return keepers;
}

/** A worker's answer brought them; the newest of an earlier owner counts. */
export function hearCounters(state: PoolState, counters: VirtualCounters | undefined): void {
  if (counters === undefined || state.collecting === undefined) return;
  if (counters.poolEpoch > state.poolEpoch) return;
  const { found } = state;
  const isNewer =
    found === undefined ||
    counters.poolEpoch > found.poolEpoch ||
    (counters.poolEpoch === found.poolEpoch && counters.seq > found.seq);
  if (isNewer) state.found = counters;
}

/** Before the first grant, and once. */
export function restoreCounters(state: PoolState, turn: Turn): void {
  const { found, pool } = state;
  if (found === undefined) return;
  state.found = undefined;
  const placesOf = standingPlaces(state);
  for (const counter of found.tenants) restore(state, counter, placesOf.get(counter.tenant) ?? []);
  const tenants = found.tenants.length;
  turn.effects.push(note("router.counters-restored", { pool, tenants, of: found.poolEpoch }));
}

/**
 * Of what has ended since, it is known what it had executed by then. Whoever stands further already, by its queue's word or the
 * virtual time, stays there; and nobody begins with less than it runs now.
 */
function restore(state: PoolState, counter: TenantCounter, adopted: readonly Placement[]): void {
  const { tenant, band, weight, ended, places, charged, executed } = counter;
  const account = accountOf(state, tenant, { band, weight });
  if (account === undefined) return;
  const chargedEach = places === 0 ? 0 : Math.floor(charged / places);
  const gone = Math.max(0, places - adopted.length);
  const over = ended + (gone === 0 ? 0 : Math.floor((executed * gone) / places));
  let executedNow = 0;
  let standing = 0;
  for (const { charge } of adopted) {
    executedNow += charge.executedTag;
    standing += Math.max(chargedEach, charge.executedTag);
  }
  const clock = Math.max(over, -executedNow) + standing;
  if (clock <= account.clock) return;
  for (const { charge } of adopted) state.policy.restoreCharge(account, charge, chargedEach);
  state.policy.restore(account, clock);
}
