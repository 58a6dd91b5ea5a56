// What one tenant was served in this pool, counted by the audit itself from executed work and never from charges:
// a tenant that is charged wrongly must be seen. Law: `served` only grows.

import type { TenantAccount } from "./tenant-account.ts";

/** A look each second; the recent window is so many of them. */
export const recentLooks = 10;

export interface ServiceRecord {
  readonly account: TenantAccount;
  band: number;
  /** Executed, in tags: µcost per weight. */
  served: number;
  /** `served` at the last looks, a ring; and when the tenant was not known yet, 0. */
  readonly at: number[];
  /** Looks at which its backlog was unbroken. */
  backloggedLooks: number;
  /** It was idle long enough to be lifted: what it did not ask for then is not owed to it. */
  isBroken: boolean;
  /** `served` when each of the long windows began; -1: not backlogged all the while. */
  readonly bases: [number, number];
}

export const openRecord = (account: TenantAccount): ServiceRecord => ({
  account,
  band: account.band,
  served: 0,
  at: Array.from({ length: recentLooks }, () => 0),
  backloggedLooks: 0,
  isBroken: false,
  bases: [-1, -1],
});

/** Served since ten looks before that one. */
export const servedSince = ({ served, at }: ServiceRecord, look: number): number =>
  served - (at[look % recentLooks] ?? 0);

export const isWaiting = ({ account }: ServiceRecord): boolean => account.waiting.size > 0;

export const isIdle = ({ account }: ServiceRecord): boolean =>
  account.waiting.size === 0 && account.placements === 0;

/** Its backlog begins anew. */
export function breakBacklog(record: ServiceRecord): void {
  record.band = record.account.band;
  record.backloggedLooks = 0;
  record.isBroken = false;
  record.bases[0] = -1;
  record.bases[1] = -1;
}
