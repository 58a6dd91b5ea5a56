// What an operator may do to one tenant, and see of it alone.

import type { AdminReply } from "#services/console/admin-reply.ts";
import type { Quota } from "#shared/model/quota.ts";
import { quotaName } from "#shared/model/quota.ts";
import { utcSecond } from "#shared/model/quota-window.ts";
import type { QuotaReached } from "#shared/model/quota-alert.ts";
import type { QuotaStanding } from "#shared/model/quota-standing.ts";
import { standingPolicy } from "#shared/model/standing-policy.ts";
import { AdminError, jsonReply } from "#services/console/admin-reply.ts";
import type { AdminCall, AdminRoute } from "#services/console/admin-routes.ts";

export const tenantRoutes: readonly AdminRoute[] = [
  {
    method: "POST",
    path: /^\/admin\/v1\/tenants\/([^/]+)\/throttle$/,
    parameters: ["percent"],
    answer: throttle,
  },
  { method: "GET", path: /^\/admin\/v1\/tenants\/([^/]+)\/quota$/, answer: quota },
];

async function throttle({ ports, id, query }: AdminCall): Promise<AdminReply> {
  const percent = query.wantedCount("percent", 100);
  const applied = await ports.fleet.throttle(id, percent, "admin-api");
  if (applied === undefined) throw await unknownTenant(ports, id);
  const standing = await standingTerms(ports, id);
  return jsonReply({ tenant: id, percent, ...applied, ...standing });
}

/** What a throttle scales. Each is at least one, so it may be more than the percentage says. */
export interface StandingTerms {
  readonly weight: number;
  readonly requestsPerMinute: number;
  readonly tokensPerMinute: number;
  readonly concurrencyMax: number;
}

async function standingTerms(
  ports: AdminCall["ports"],
  id: string,
): Promise<{ readonly standing?: StandingTerms }> {
  const tenants = (await ports.fleet.current())?.tenants ?? [];
  const found = tenants.find(({ policy }) => policy.tenant === id);
  if (found === undefined) return {};
  const { weight, limits } = standingPolicy(found.policy);
  const { requestsPerMinute, tokensPerMinute, concurrencyMax } = limits;
  return { standing: { weight, requestsPerMinute, tokensPerMinute, concurrencyMax } };
}

/** One quota of a tenant, as it stands. */
export interface QuotaTold extends Quota {
  readonly name: string;
  /** Absent, with all that follows: its queue has not asked for any since it was placed. */
  readonly window?: string;
  readonly resetsAt?: string;
  readonly used?: number;
  readonly held?: number;
  readonly left?: number;
  readonly usedPercent?: number;
  /** Levels that were told of in this window. */
  readonly alerts: readonly number[];
}

async function quota({ ports, id }: AdminCall): Promise<AdminReply> {
  const found = (await ports.view.tenants()).told.find(({ tenant }) => tenant === id);
  if (found === undefined) throw await unknownTenant(ports, id);
  const { tenant, state, quotas = [], quotaWindows = [] } = found;
  const alerts = quotas.length === 0 ? [] : await ports.quotaAlerts.alertsOf(id);
  const told = quotas.map((each) => {
    const standing = quotaWindows.find((one) => quotaName(one) === quotaName(each));
    return quotaTold(each, standing, alerts);
  });
  return jsonReply({ tenant, state, quotas: told });
}

function quotaTold(
  quota: Quota,
  standing: QuotaStanding | undefined,
  alerts: readonly QuotaReached[],
): QuotaTold {
  const { limit } = quota;
  const name = quotaName(quota);
  if (standing === undefined) return { name, ...quota, alerts: [] };
  const { window, endsAtEpochMs, used, held } = standing;
  const levels = alerts
    .filter((each) => quotaName(each) === name && each.window === window && each.limit === limit)
    .map(({ level }) => level);
  return {
    name,
    ...quota,
    window,
    resetsAt: utcSecond(endsAtEpochMs),
    used,
    held,
    left: Math.max(0, limit - used - held),
    usedPercent: limit === 0 ? 100 : Math.floor((used / limit) * 100),
    alerts: levels.toSorted((a, b) => a - b),
  };
}

async function unknownTenant({ view }: AdminCall["ports"], id: string): Promise<AdminError> {
  const known = (await view.tenants()).told.map(({ tenant }) => String(tenant));
  const some = known.slice(0, 10).join(", ") || "none";
  return new AdminError("unknown_tenant", `There is no tenant ${id}; there are ${some}.`);
}
