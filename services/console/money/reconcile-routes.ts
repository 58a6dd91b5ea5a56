// The proof of billing at the admin API: asked for, or asked for with repair, of a range of arrivals.

import type { TenantId } from "#shared/model/ids.ts";
import type { ReconcileAsk, Reconciliation } from "#shared/model/reconciliation.ts";
import type { AdminReply } from "#services/console/admin-reply.ts";
import { AdminError, jsonReply } from "#services/console/admin-reply.ts";
import type { AdminCall, AdminRoute } from "#services/console/admin-routes.ts";
import { audited } from "#services/console/tenants/audit-routes.ts";

const path = /^\/admin\/v1\/reconcile$/;
const parameters = ["from", "to", "tenant"];

export const reconcileRoutes: readonly AdminRoute[] = [
  { method: "GET", path, parameters, answer: check },
  { method: "POST", path, parameters, answer: repair },
];

/** A month and what belongs to it on either side. */
const rangeMaxMs = 35 * 86_400_000;

async function check(call: AdminCall): Promise<AdminReply> {
  const ask = await askOf(call);
  return jsonReply(await answered(call.ports.reconciling.check(ask)));
}

async function repair(call: AdminCall): Promise<AdminReply> {
  const ask = await askOf(call);
  const { fromEpochMs, toEpochMs, tenant = "" } = ask;
  await audited(call, "reconcile usage", { fromEpochMs, toEpochMs, tenant });
  return jsonReply(await answered(call.ports.reconciling.repair(ask)));
}

async function askOf({ query, ports }: AdminCall): Promise<ReconcileAsk> {
  const fromEpochMs = query.moment("from");
  const toEpochMs = query.moment("to");
  if (fromEpochMs === undefined) throw missing("from");
  if (toEpochMs === undefined) throw missing("to");
  if (toEpochMs <= fromEpochMs) {
    throw new AdminError("bad_parameter", "to: expected a time after that of from.");
  }
  if (toEpochMs - fromEpochMs > rangeMaxMs) {
    throw new AdminError("bad_parameter", "to: expected at most 35 days after from.");
  }
  const tenant = query.word("tenant");
  if (tenant !== undefined && !(await isKnown(ports, tenant))) {
    throw new AdminError("unknown_tenant", `There is no tenant ${tenant}, and no usage of one.`);
  }
  return { fromEpochMs, toEpochMs, ...(tenant === undefined ? {} : { tenant }) };
}

/** One that has left the fleet is known by its usage. */
async function isKnown({ fleet, ledger }: AdminCall["ports"], tenant: string): Promise<boolean> {
  const current = await fleet.current();
  if (current?.tenants.some(({ policy }) => policy.tenant === tenant) === true) return true;
  const { requests } = await ledger.totals({ tenant: tenant as TenantId });
  return requests > 0;
}

const missing = (name: string): AdminError =>
  new AdminError(
    "bad_parameter",
    `${name}: expected a time such as 2026-01-31 or 2026-01-31T12:00:00Z.`,
  );

/** The ledger may be away: then there is nothing to compare with. */
async function answered(asking: Promise<Reconciliation>): Promise<Reconciliation> {
  try {
    return await asking;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AdminError("no_answer", `The ledger cannot be read: ${reason.slice(0, 200)}.`);
  }
}
