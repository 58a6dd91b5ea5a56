// The audit at the admin API: read, and verified. And how an operator's action gets its row: before it is done, so that
// nothing is done of which no row tells; a row alone may tell of what then came to nothing.

import type { AdminReply } from "#services/console/admin-reply.ts";
import { AdminError, jsonReply } from "#services/console/admin-reply.ts";
import type { AdminCall, AdminRoute } from "#services/console/admin-routes.ts";

export const auditRoutes: readonly AdminRoute[] = [
  {
    method: "GET",
    path: /^\/admin\/v1\/audit$/,
    parameters: ["since", "limit", "actor", "action"],
    answer: list,
  },
  {
    method: "GET",
    path: /^\/admin\/v1\/audit\/verify$/,
    parameters: ["after", "head"],
    answer: verify,
  },
];

async function list({ ports, query }: AdminCall): Promise<AdminReply> {
  const limit = query.count("limit", { fallback: 50, max: 1000 });
  const sinceEpochMs = query.moment("since");
  const actor = query.text("actor");
  const action = query.text("action");
  const rows = await ports.audit.rows({
    limit,
    ...(sinceEpochMs === undefined ? {} : { sinceEpochMs }),
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action }),
  });
  return jsonReply({ audit: rows });
}

async function verify({ ports, query }: AdminCall): Promise<AdminReply> {
  const after = query.chainPlace("after");
  const head = query.chainPlace("head");
  const verdict = await ports.audit.verify({
    ...(after === undefined ? {} : { after }),
    ...(head === undefined ? {} : { head }),
  });
  return jsonReply({ isWhole: verdict.broken === undefined, ...verdict });
}

/** Of an action that changes nothing in the database. Without a row it is refused, unless it is forced: then it is said. */
export async function audited(
  { ports, query }: Pick<AdminCall, "ports" | "query">,
  action: string,
  detail: object,
): Promise<{ readonly isAudited?: false }> {
  try {
    await ports.audit.write({ actor: "admin-api", action, detail });
    return {};
  } catch (error) {
    if (query.flag("force")) return { isAudited: false };
    const reason = error instanceof Error ? error.message : String(error);
    throw new AdminError(
      "not_audited",
      `The audit cannot be written (${reason.slice(0, 200)}): nothing was done.`,
    );
  }
}
