// How much of its quotas a tenant has used, and what follows before all of one is: a word in the headers from 80 % on, and
// beyond a soft quota a smaller weight and short answers instead of a refusal.

import type { Quota } from "#shared/model/quota.ts";
import { inUnits, limitCounted } from "#shared/model/quota.ts";
import type { QuotaStanding } from "#shared/model/quota-standing.ts";
import type { QuotaAlert } from "#shared/model/rate-limits.ts";
import { leftOver } from "./quota-holds.ts";
import { quotasOf, usedOrHeld } from "./quota.ts";
import { usedOf } from "./reservation.ts";
import type { TenantQueue } from "./tenant-queue.ts";
import { tenureOf } from "./tenant-queue.ts";

const alertPercent = 80;
/** Beyond a soft quota. */
const softWeightDivisor = 4;
export const softOutputTokensMax: number = 256;

/** Of each quota, as far as this owner knows: nothing before its first exchange. */
export function quotaStanding(queue: TenantQueue): readonly QuotaStanding[] {
  return quotasOf(queue).flatMap((quota) => {
    const standing = queue.quota.windows.get(quota.period);
    if (standing === undefined) return [];
    const { window, endsAtEpochMs } = standing;
    const held = heldUnused(queue, quota);
    const used = usedOrHeld(queue, quota.period, quota.metric) - held;
    const { metric } = quota;
    return [
      {
        ...quota,
        window,
        endsAtEpochMs,
        used: inUnits(metric, Math.max(0, used)),
        held: inUnits(metric, held),
      },
    ];
  });
}

/** By requests that are not over, of what they may still use. */
function heldUnused({ reservations, quota }: TenantQueue, { period, metric }: Quota): number {
  const window = quota.windows.get(period)?.window;
  let held = 0;
  const add = (
    allowance: Parameters<typeof leftOver>[1] | undefined,
    used: Parameters<typeof leftOver>[2],
  ): void => {
    for (const hold of allowance?.holds ?? []) {
      if (allowance === undefined || hold.period !== period || hold.window !== window) continue;
      held += leftOver(hold, allowance, used)[metric];
    }
  };
  for (const reservation of reservations.values()) {
    add(reservation.allowance, usedOf(reservation));
  }
  for (const requestId of quota.unclaimed.byRequest.keys()) {
    const unclaimed = quota.unclaimed.byRequest.get(requestId);
    if (unclaimed !== undefined) add(unclaimed.allowance, unclaimed);
  }
  return Math.max(0, held);
}

const percentOf = (queue: TenantQueue, quota: Quota): number => {
  const used = usedOrHeld(queue, quota.period, quota.metric);
  const limit = limitCounted(quota);
  return limit === 0 ? 100 : Math.floor((used / limit) * 100);
};

/** The fullest, from 80 % on. */
export function quotaAlert(queue: TenantQueue, nowMs: number): QuotaAlert | undefined {
  let fullest: QuotaAlert | undefined;
  for (const quota of quotasOf(queue)) {
    const { period, metric, mode } = quota;
    const standing = queue.quota.windows.get(period);
    const usedPercent = percentOf(queue, quota);
    if (standing === undefined || usedPercent < alertPercent) continue;
    if (usedPercent <= (fullest?.usedPercent ?? 0)) continue;
    const resetsInMs = Math.max(0, standing.endsAtMs - nowMs);
    fullest = { period, metric, mode, window: standing.window, usedPercent, resetsInMs };
  }
  return fullest;
}

/** A soft quota is used up. */
export const isBeyondSoft = (queue: TenantQueue): boolean =>
  quotasOf(queue).some((quota) => quota.mode === "soft" && percentOf(queue, quota) >= 100);

export function weightNow(queue: TenantQueue): number {
  const { weight } = tenureOf(queue).policy;
  return isBeyondSoft(queue) ? Math.max(1, Math.floor(weight / softWeightDivisor)) : weight;
}
