// Where a tenant's quotas stand, for the tenant itself, from what operators see. Law: however often tenants ask, the platform is
// asked once a second.

import type { Host } from "#shared/actor/host.ts";
import type { BooksQuota } from "#shared/model/books-desk.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { quotaName } from "#shared/model/quota.ts";
import { windowAt, windowEndEpochMs } from "#shared/model/quota-window.ts";
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

const quotasOf = (
  { quotas = [], quotaWindows = [] }: TenantStatus,
  nowEpochMs: number,
): readonly BooksQuota[] =>
  quotas.map((quota) => {
    const { period, metric, mode, limit } = quota;
    const standing = quotaWindows.find((each) => quotaName(each) === quotaName(quota));
    const endsAtEpochMs = windowEndEpochMs(period, windowAt(period, nowEpochMs));
    const asked = { period, metric, mode, limit };
    return standing === undefined
      ? { ...asked, endsAtEpochMs }
      : { ...asked, used: standing.used + standing.held, endsAtEpochMs: standing.endsAtEpochMs };
  });
