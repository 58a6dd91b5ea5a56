// Where a tenant's quotas stand, for the tenant itself, from what operators see. Law: however often tenants ask, the platform is
// asked once a second.

import type { Host } from "#shared/actor/host.ts";
import type { BooksQuota } from "#shared/model/books-desk.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { TokenQuota } from "#shared/model/tenant-policy.ts";
import type { PlatformView, TenantStatus } from "#services/console/platform-view.ts";

const oldMs = 1_000;

export interface TenantQuotasPorts {
  readonly view: Pick<PlatformView, "tenants">;
  readonly host: Pick<Host, "nowMs">;
}

export function tenantQuotas({
  view,
  host,
}: TenantQuotasPorts): (tenant: TenantId) => Promise<readonly BooksQuota[]> {
  let last: { readonly atMs: number; readonly told: Promise<readonly TenantStatus[]> } | undefined;
  const tenants = (): Promise<readonly TenantStatus[]> => {
    if (last === undefined || host.nowMs() - last.atMs > oldMs) {
      const told = view.tenants().then((answer) => answer.told);
      // The next one asks anew.
      told.catch(() => (last = undefined));
      last = { atMs: host.nowMs(), told };
    }
    return last.told;
  };
  return async (tenant) => {
    const found = (await tenants()).find((each) => each.tenant === tenant);
    return found === undefined ? [] : quotasOf(found, Date.now());
  };
}

const windows = ["daily", "monthly"] as const;

function quotasOf(
  { quota, quotaWindows }: TenantStatus,
  nowEpochMs: number,
): readonly BooksQuota[] {
  return windows.flatMap((window) => {
    const limit = limitOf(quota, window);
    if (quota === undefined || limit === undefined) return [];
    const standing = quotaWindows?.find((each) => each.window === window);
    return {
      period: window === "daily" ? "day" : "month",
      metric: "tokens",
      mode: quota.mode,
      limit,
      ...(standing === undefined ? {} : { used: standing.usedTokens }),
      endsAtEpochMs: endOf(window, nowEpochMs),
    };
  });
}

const limitOf = (
  quota: TokenQuota | undefined,
  window: (typeof windows)[number],
): number | undefined => (window === "daily" ? quota?.dailyTokens : quota?.monthlyTokens);

function endOf(window: (typeof windows)[number], nowEpochMs: number): number {
  const now = new Date(nowEpochMs);
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  return window === "daily" ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1);
}
