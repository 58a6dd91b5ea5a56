// For tests: a tenant's quota of tokens a day, where it stands, and that 80 % of it were told.

import type { AdminPorts } from "#services/console/admin-routes.ts";
import type { TenantStatus } from "#services/console/platform-view.ts";

const dayQuota = { period: "day", metric: "tokens", limit: 1000, mode: "hard" } as const;
const today = { window: "2026-11-28", endsAtEpochMs: Date.UTC(2026, 10, 29) } as const;

export const scriptedQuotas: Pick<TenantStatus, "quotas" | "quotaWindows"> = {
  quotas: [dayQuota],
  quotaWindows: [{ ...dayQuota, ...today, used: 850, held: 50 }],
};

export const scriptedAlerts: AdminPorts["quotaAlerts"] = {
  alertsOf: async (tenant) => [
    {
      ...dayQuota,
      ...today,
      tenant,
      level: 80,
      used: 800,
      reachedAtEpochMs: Date.UTC(2026, 10, 28, 9),
    },
  ],
};
