// The end in good order: nothing of this process acts any more, then its lease is revoked, so that others may
// claim at once instead of waiting for it to run out.

import type { Effect } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import { toCoordination } from "#shared/messages/to-coordination.ts";
import { askPatienceMs } from "./lease-validity.ts";
import { dropLease } from "./leasing.ts";
import type { Owner } from "./owner-state.ts";

export function handOver(owner: Owner, nowMs: number): Effect[] {
  const { lease, phase } = owner;
  if (phase === "handing-over" || phase === "gone") return [];
  const effects = dropLease(owner, "handed over");
  if (lease === undefined) {
    owner.phase = "gone";
    return [...effects, note("owner.handed-over")];
  }
  owner.phase = "handing-over";
  owner.lease = lease;
  owner.leaseAskedAtMs = nowMs;
  return effects;
}

/** Until the store says that the lease is no more, or it has run out by itself. */
export function repeatHandOver(owner: Owner, nowMs: number): Effect[] {
  const { begun, lease } = owner;
  if (begun === undefined || lease === undefined) return [];
  if (nowMs > lease.validUntilMs) {
    owner.phase = "gone";
    return [note("owner.handed-over", { lease: lease.id })];
  }
  if (nowMs - owner.leaseAskedAtMs < askPatienceMs) return [];
  owner.leaseAskedAtMs = nowMs;
  return [toCoordination(begun.coordination, { kind: "revoke-lease", lease: lease.id })];
}
