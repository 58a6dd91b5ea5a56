// What is still reserved, held or waiting anywhere: nothing, when a seed has come to rest.

import type { Address } from "#shared/actor/actor.ts";
import type { AdapterCache } from "#services/adapter-cache/cache-state.ts";
import type { SessionDirectory } from "#services/edge/session/session-directory.actor.ts";
import type { Session } from "#services/edge/session/session-state.ts";
import type { KvAccountant } from "#services/kv-accountant/kv-accountant.actor.ts";
import type { Meter } from "#services/metering/meter.actor.ts";
import { pendingRecords } from "#services/metering/meter.actor.ts";
import { usageOfKept } from "#shared/model/kept-entry.ts";
import type { Kept, Outbox } from "#services/metering/outbox/outbox-state.ts";
import type { Router } from "#services/router/router.actor.ts";
import type { TenantQueue } from "#services/tenant-queue/tenant-queue.ts";
import { unsettledBills } from "#services/worker/claim-bill.ts";
import { usedBlocks } from "#services/worker/engine/block-pool.ts";
import type { Replica } from "#services/worker/engine/replica.ts";
import { undelivered } from "#services/worker/ended-sequences.ts";
import type { WorkerState } from "#services/worker/worker-state.ts";
import type { Outcome } from "./checker.ts";

/** What an actor of each kind still holds, counted by name. */
type Counts = Readonly<Record<string, number>>;

const counters: Readonly<Record<string, (state: never) => Counts>> = {
  session: ({ call }: Session) => ({ sessions: call === undefined ? 0 : 1 }),
  "session-directory": ({ held }: SessionDirectory) => ({ sessions: held.size }),
  "tenant-queue": ({ reservations, slots, ungranted }: TenantQueue) => ({
    reservations: reservations.size,
    slots,
    ungranted,
  }),
  router: ({ owned }: Router) => ({
    offers: owned?.offers.size ?? 0,
    placements: owned?.placements.requests ?? 0,
  }),
  "kv-accountant": ({ owned }: KvAccountant) => ({ bookings: owned?.bookings.requests ?? 0 }),
  "adapter-cache": ({ pins }: AdapterCache) => ({ pins: pins.byAttempt.size }),
  worker: (worker: WorkerState) => ({
    sequences: worker.live.size,
    "outputs not delivered": [...undelivered(worker.ended)].length,
    "unnoted ends": worker.outbox.waiting.size,
    "bills to settle": unsettledBills(worker) + worker.bills.waiting.size,
  }),
  engine: ({ sequences, pool }: Replica) => ({
    sequences: sequences.size,
    blocks: usedBlocks(pool),
  }),
  meter: (meter: Meter) => ({ "usage records": pendingRecords(meter) }),
  outbox: ({ waiting, commit, leftOver }: Outbox) => ({
    "accounts not on disk": usageAmong([...waiting, ...(commit?.kept ?? [])]),
    "accounts of earlier lives": usageOfKept(leftOver.entries).length,
  }),
};

/** Workers tell of their GPU time as long as they live: some of it is always on its way. */
const usageAmong = (kept: readonly Kept[]): number =>
  usageOfKept(kept.map(({ entry }) => entry)).length;

export function leftovers(outcome: Outcome): readonly string[] {
  return [...countHeld(outcome.statesOf), ...unowned(outcome)];
}

/** What these actors still hold. */
export const countHeld = (statesOf: Outcome["statesOf"]): readonly string[] =>
  Object.entries(counters).flatMap(([kind, count]) =>
    [...statesOf(kind)].flatMap(([self, state]) => heldBy(self, count(state as never))),
  );

const heldBy = (self: Address, counts: Counts): readonly string[] =>
  Object.entries(counts)
    .filter(([, count]) => count !== 0)
    .map(([what, count]) => `${self} holds ${count} ${what}`);

/** Each tenant's queue and each pool's router and accountant is heard by one process, by right. */
function unowned({ fleet, statesOf }: Outcome): readonly string[] {
  const wanted = [
    ...fleet.tenants.map(({ policy }) => ["tenant-queue", policy.tenant] as const),
    ...fleet.pools.flatMap(({ id }) => [["router", id] as const, ["kv-accountant", id] as const]),
  ];
  return wanted.flatMap(([kind, name]) => {
    const owners = [...statesOf(kind)].filter(([self]) => self === `${kind}/${name}`).length;
    return owners === 1 ? [] : [`${kind}/${name} has ${owners} owners`];
  });
}
