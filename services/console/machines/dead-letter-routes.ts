// Dead letters at the admin API: listed, shown, dropped; and a replay, which lets the client send its request again.

import type { DeadLetter } from "#shared/bus/dead-letters.ts";
import type { AdminReply } from "#services/console/admin-reply.ts";
import { AdminError, jsonReply } from "#services/console/admin-reply.ts";
import type { AdminCall, AdminRoute } from "#services/console/admin-routes.ts";
import { audited } from "#services/console/tenants/audit-routes.ts";

export const deadLetterRoutes: readonly AdminRoute[] = [
  {
    method: "GET",
    path: /^\/admin\/v1\/dead-letters$/,
    parameters: ["tenant", "limit"],
    answer: list,
  },
  {
    method: "GET",
    path: /^\/admin\/v1\/dead-letters\/([^/]+)$/,
    answer: async (call) => jsonReply(await letterOf(call)),
  },
  { method: "POST", path: /^\/admin\/v1\/dead-letters\/([^/]+)\/replay$/, answer: replay },
  { method: "POST", path: /^\/admin\/v1\/dead-letters\/([^/]+)\/drop$/, answer: drop },
];

async function list({ ports, query }: AdminCall): Promise<AdminReply> {
  const tenant = query.word("tenant");
  const limit = query.count("limit", { fallback: 50, max: 1000 });
  const filter = { limit, ...(tenant === undefined ? {} : { tenant }) };
  return jsonReply({ deadLetters: await answered(ports.deadLetters.list(filter)) });
}

async function letterOf({ ports, id }: AdminCall): Promise<DeadLetter> {
  const letter = await answered(ports.deadLetters.find(idInside(id)));
  if (letter === undefined) throw noLetter(id);
  return letter;
}

async function replay(call: AdminCall): Promise<AdminReply> {
  const { ports, id } = call;
  const requestId = idInside(id);
  await auditedOf(call, "replay dead letter");
  const outcome = await answered(ports.deadLetters.replay(requestId));
  if (outcome === "no-letter") throw noLetter(id);
  if (outcome === "no-answer") {
    throw new AdminError("no_answer", "The coordination store does not answer: ask again.");
  }
  return jsonReply({ requestId, mayBeSentAgain: true });
}

async function drop(call: AdminCall): Promise<AdminReply> {
  const { ports, id } = call;
  const requestId = idInside(id);
  await auditedOf(call, "drop dead letter");
  if (!(await answered(ports.deadLetters.drop(requestId)))) throw noLetter(id);
  return jsonReply({ requestId, isDropped: true });
}

/** Once it is clear that there is one. */
async function auditedOf(call: AdminCall, action: string): Promise<void> {
  const { requestId, tenant } = await letterOf(call);
  await audited(call, action, { requestId, tenant });
}

/** Clients see ids such as `chatcmpl-<request id>`; both are taken. */
const idInside = (id: string): string => id.slice(id.lastIndexOf("-") + 1);

const noLetter = (id: string): AdminError =>
  new AdminError(
    "not_found",
    `No dead letter of request ${id}: it did not fail for good, or its letter was dropped or grew too old.`,
  );

/** What keeps them may be away. */
async function answered<Answer>(asking: Promise<Answer>): Promise<Answer> {
  try {
    return await asking;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AdminError("no_answer", `The dead letters cannot be read: ${reason.slice(0, 200)}.`);
  }
}
