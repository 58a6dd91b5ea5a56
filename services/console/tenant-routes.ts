// What an operator may do to one tenant, and see of it alone.

import type { AdminReply } from "./admin-reply.ts";
import { standingPolicy } from "#shared/model/standing-policy.ts";
import { AdminError, jsonReply } from "./admin-reply.ts";
import type { AdminCall, AdminRoute } from "./admin-routes.ts";

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

async function quota({ ports, id }: AdminCall): Promise<AdminReply> {
  const found = (await ports.view.tenants()).told.find(({ tenant }) => tenant === id);
  if (found === undefined) throw await unknownTenant(ports, id);
  const { tenant, state, quota: terms, quotaWindows } = found;
  const windows = quotaWindows?.map((each) => ({
    ...each,
    leftTokens: Math.max(0, each.limitTokens - each.usedTokens),
  }));
  return jsonReply({ tenant, state, quota: terms ?? null, windows: windows ?? null });
}

async function unknownTenant({ view }: AdminCall["ports"], id: string): Promise<AdminError> {
  const known = (await view.tenants()).told.map(({ tenant }) => String(tenant));
  const some = known.slice(0, 10).join(", ") || "none";
  return new AdminError("unknown_tenant", `There is no tenant ${id}; there are ${some}.`);
}
