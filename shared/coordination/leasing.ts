// The life of a process's lease: asked for, kept, trusted only while it surely stands, given up as a whole.

import type { Effect } from "#shared/actor/actor.ts";
import { arm, disarm, note } from "#shared/actor/actor.ts";
import { toCoordination } from "#shared/messages/to-coordination.ts";
import { toHost } from "#shared/messages/to-host.ts";
import type { LeaseGranted, LeaseKept } from "#shared/messages/to-owner.ts";
import { ownPrefix, workerPrefix } from "./coordination-keys.ts";
import {
  askPatienceMs,
  keepEveryMs,
  keepPatienceMs,
  leaseTtlMs,
  validUntilMs,
} from "./lease-validity.ts";
import type { Owner } from "./owner-state.ts";
import { displace } from "./placing.ts";

export function acquireLease(owner: Owner, nowMs: number): Effect[] {
  const { begun } = owner;
  if (begun === undefined) return [];
  owner.phase = "acquiring";
  owner.leaseAskedAtMs = nowMs;
  return [
    toCoordination(begun.coordination, {
      kind: "grant-lease",
      ttlMs: leaseTtlMs,
      sentAtMs: nowMs,
    }),
  ];
}

/** Whether the lease is ours to use now; if not, it is revoked, so that nothing hangs on it by mistake. */
export function leaseGranted(owner: Owner, granted: LeaseGranted, nowMs: number): Effect[] {
  const { begun } = owner;
  const { lease, ttlMs, sentAtMs } = granted;
  if (begun === undefined || owner.lease?.id === lease) return [];
  const untilMs = validUntilMs(sentAtMs, ttlMs);
  const isAwaited = owner.phase === "acquiring" && sentAtMs === owner.leaseAskedAtMs;
  if (!isAwaited || nowMs > untilMs) {
    return [
      note("owner.dropped", { why: "a lease nobody waits for" }),
      ...revoke(owner, { id: lease, ttlMs }, nowMs),
    ];
  }
  owner.phase = "holding";
  owner.lease = {
    id: lease,
    ttlMs,
    grantedAtMs: nowMs,
    validUntilMs: untilMs,
    isDistrusted: false,
  };
  return [
    note("owner.lease-granted", { lease }),
    toHost(begun.host, { kind: "valid-until", atMs: untilMs }),
    armKeep(Math.max(nowMs, sentAtMs + keepEveryMs(ttlMs))),
  ];
}

const armKeep = (atMs: number): Effect => arm("keep", atMs, { kind: "timer-fired", name: "keep" });

export function keepLease({ begun, lease }: Owner, nowMs: number): Effect[] {
  if (begun === undefined || lease === undefined) return [];
  return [
    toCoordination(begun.coordination, {
      kind: "keep-lease",
      lease: lease.id,
      sentAtMs: nowMs,
    }),
    armKeep(nowMs + keepPatienceMs),
  ];
}

export function leaseKept({ begun, lease }: Owner, kept: LeaseKept, nowMs: number): Effect[] {
  if (begun === undefined || lease?.id !== kept.lease) return [];
  const untilMs = validUntilMs(kept.sentAtMs, kept.ttlMs);
  // An answer to an earlier question shortens nothing.
  if (untilMs <= lease.validUntilMs) return [];
  lease.validUntilMs = untilMs;
  if (nowMs <= untilMs) lease.isDistrusted = false;
  return [
    toHost(begun.host, { kind: "valid-until", atMs: untilMs }),
    armKeep(Math.max(nowMs, kept.sentAtMs + keepEveryMs(kept.ttlMs))),
  ];
}

/** Stop acting on everything that hangs on the lease, then give it up. */
export function dropLease(owner: Owner, why: string, nowMs: number): Effect[] {
  const { begun, lease } = owner;
  if (begun === undefined) return [];
  const effects: Effect[] = [disarm("keep")];
  for (const [key, { phase }] of owner.holdings) {
    const isActedOn = key.startsWith(ownPrefix) || key.startsWith(workerPrefix);
    if (phase === "held" && isActedOn) effects.push(...displace(owner, key));
  }
  owner.holdings.clear();
  owner.freeSinceMs.clear();
  owner.controls.delete(begun.process);
  owner.lease = undefined;
  if (lease === undefined) return effects;
  effects.push(note("owner.lease-dropped", { lease: lease.id, why }));
  effects.push(...revoke(owner, lease, nowMs));
  return effects;
}

/** Told to the store so that others need not wait for the lease to run out; repeated until confirmed. */
function revoke(
  owner: Owner,
  { id, ttlMs }: { readonly id: string; readonly ttlMs: number },
  nowMs: number,
): Effect[] {
  const { begun, revoking } = owner;
  if (begun === undefined) return [];
  const untilMs = revoking.get(id)?.untilMs ?? nowMs + ttlMs;
  revoking.set(id, { askedAtMs: nowMs, untilMs });
  return [toCoordination(begun.coordination, { kind: "revoke-lease", lease: id })];
}

/** A store without a majority ends no lease, and one that has it again gives each its whole length. Who leaves waits for neither. */
const revokeForMs = 60_000;

export function repeatRevocations(owner: Owner, nowMs: number): Effect[] {
  const effects: Effect[] = [];
  const forMs = owner.phase === "handing-over" ? 0 : revokeForMs;
  for (const [id, { askedAtMs, untilMs }] of owner.revoking) {
    if (nowMs > untilMs + forMs) owner.revoking.delete(id);
    else if (nowMs - askedAtMs >= askPatienceMs) {
      effects.push(...revoke(owner, { id, ttlMs: 0 }, nowMs));
    }
  }
  return effects;
}
