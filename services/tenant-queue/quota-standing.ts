// How much of its quota a tenant has used, and what follows before all of it is: an alert from 80 % on, and beyond a
// soft quota a smaller weight and short answers instead of a refusal.

import { note } from "#shared/actor/actor.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";
import { tenureOf } from "./tenant-queue.ts";

const alertPercent = 80;
/** Beyond a soft quota. */
const softWeightDivisor = 4;
export const softOutputTokensMax: number = 256;

type QuotaAlert = NonNullable<RateLimits["quotaAlert"]>;

export interface QuotaStanding {
  readonly window: QuotaAlert["window"];
  /** Used, or held by requests that are not over. */
  readonly usedTokens: number;
  readonly limitTokens: number;
}

/** Of each window that has a limit, as far as this owner knows. */
export function quotaStanding(queue: TenantQueue): readonly QuotaStanding[] {
  const { windows, freeTokens } = queue.quota;
  const { dailyTokens, monthlyTokens } = queue.tenure?.policy.quota ?? {};
  const used = (takenTokens: number = 0): number => Math.max(0, takenTokens - freeTokens);
  const standing: QuotaStanding[] = [];
  if (dailyTokens !== undefined) {
    const usedTokens = used(windows?.dayTokens);
    standing.push({ window: "daily", usedTokens, limitTokens: dailyTokens });
  }
  if (monthlyTokens !== undefined) {
    const usedTokens = used(windows?.monthTokens);
    standing.push({ window: "monthly", usedTokens, limitTokens: monthlyTokens });
  }
  return standing;
}

/** The fullest window, from 80 % on. */
export function quotaAlert(queue: TenantQueue): QuotaAlert | undefined {
  let fullest: QuotaAlert | undefined;
  for (const { window, usedTokens, limitTokens } of quotaStanding(queue)) {
    const usedPercent = Math.floor((usedTokens / limitTokens) * 100);
    if (usedPercent < alertPercent || usedPercent <= (fullest?.usedPercent ?? 0)) continue;
    fullest = { window, usedPercent };
  }
  return fullest;
}

/** A soft quota is used up. */
export const isBeyondSoft = (queue: TenantQueue): boolean =>
  queue.tenure?.policy.quota?.mode === "soft" && (quotaAlert(queue)?.usedPercent ?? 0) >= 100;

export function weightNow(queue: TenantQueue): number {
  const { weight } = tenureOf(queue).policy;
  return isBeyondSoft(queue) ? Math.max(1, Math.floor(weight / softWeightDivisor)) : weight;
}

/** Once at 80 % and once at 100 % of a window. */
export function tellAlert(queue: TenantQueue, { effects }: Turn): void {
  const { quota } = queue;
  const alert = quotaAlert(queue);
  if (alert === undefined || quota.windows === undefined) return;
  const level = alert.usedPercent >= 100 ? 100 : alertPercent;
  const { window } = alert;
  const told = `${window === "daily" ? quota.windows.day : quota.windows.month} ${level}`;
  if (quota.alerted === told) return;
  quota.alerted = told;
  const { tenant } = tenureOf(queue).policy;
  effects.push(note("queue.quota-alert", { tenant, ...alert, level }));
}
