// Keys at the admin API: made, listed, rotated, revoked. The secret of a new key is in the answer that makes it, and nowhere after.

import type { KeyTerms } from "#shared/model/api-key.ts";
import type { KeyRefusal } from "#shared/model/key-desk.ts";
import { keyScopes } from "#shared/model/api-key.ts";
import type { AdminReply } from "#services/console/admin-reply.ts";
import { AdminError, jsonReply } from "#services/console/admin-reply.ts";
import type { AdminCall, AdminRoute } from "#services/console/admin-routes.ts";
import type { Query } from "#services/console/query.ts";

export const keyRoutes: readonly AdminRoute[] = [
  { method: "GET", path: /^\/admin\/v1\/keys$/, parameters: ["tenant"], answer: list },
  {
    method: "POST",
    path: /^\/admin\/v1\/keys$/,
    parameters: ["tenant", "expires", "models", "scopes"],
    answer: create,
  },
  {
    method: "POST",
    path: /^\/admin\/v1\/keys\/([^/]+)\/rotate$/,
    parameters: ["overlap", "expires"],
    answer: rotate,
  },
  { method: "POST", path: /^\/admin\/v1\/keys\/([^/]+)\/revoke$/, answer: revoke },
];

const dayMs = 86_400_000;
const overlap = { fallbackMs: dayMs, maxMs: 30 * dayMs };
/** Beyond it one means no expiry, or has misspelt a year. */
const lifeMaxMs = 3650 * dayMs;
const modelsMax = 64;
const modelForm = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}(?::[A-Za-z0-9._-]{1,63})?$/;

async function list({ ports, query }: AdminCall): Promise<AdminReply> {
  return jsonReply({ keys: await ports.keys.list(query.word("tenant")) });
}

async function create({ ports, query }: AdminCall): Promise<AdminReply> {
  const tenant = query.word("tenant");
  if (tenant === undefined) {
    throw new AdminError("bad_parameter", "tenant: expected the id of a tenant.");
  }
  const made = await ports.keys.create({ tenant, ...termsIn(query) }, "admin-api");
  if ("kind" in made) throw refused(made, tenant);
  const { key, secret, version } = made;
  return jsonReply({ ...key, secret, version }, 201);
}

function termsIn(query: Query): KeyTerms {
  const models = query.list("models", {
    form: modelForm,
    max: modelsMax,
    of: "model or model:adapter",
  });
  const asked = query.list("scopes", {
    form: /^[a-z]+$/,
    max: keyScopes.length,
    of: keyScopes.join(" or "),
  });
  const scopes = keyScopes.filter((scope) => asked?.includes(scope) === true);
  if (asked !== undefined && scopes.length !== new Set(asked).size) {
    throw new AdminError(
      "bad_parameter",
      `scopes: expected ${keyScopes.join(", ")} or some of them.`,
    );
  }
  return {
    ...expiryIn(query),
    ...(models === undefined ? {} : { models }),
    ...(asked === undefined ? {} : { scopes }),
  };
}

function expiryIn(query: Query): Pick<KeyTerms, "expiresAtEpochMs"> {
  const nowEpochMs = Date.now();
  const expiresAtEpochMs = query.momentOrSpan("expires", nowEpochMs);
  if (expiresAtEpochMs === undefined) return {};
  if (expiresAtEpochMs <= nowEpochMs || expiresAtEpochMs > nowEpochMs + lifeMaxMs) {
    throw new AdminError(
      "bad_parameter",
      "expires: expected a time to come, ten years off at most.",
    );
  }
  return { expiresAtEpochMs };
}

async function rotate({ ports, id, query }: AdminCall): Promise<AdminReply> {
  const overlapMs = query.spanMs("overlap", overlap);
  const rotated = await ports.keys.rotate({ id, overlapMs, ...expiryIn(query) }, "admin-api");
  if ("kind" in rotated) throw refused(rotated, id);
  const { key, secret, version, replaced } = rotated;
  return jsonReply({ ...key, secret, version, replaced }, 201);
}

async function revoke({ ports, id }: AdminCall): Promise<AdminReply> {
  const revoked = await ports.keys.revoke(id, "admin-api");
  if ("kind" in revoked) throw refused(revoked, id);
  return jsonReply(revoked);
}

function refused(why: KeyRefusal, named: string): AdminError {
  switch (why.kind) {
    case "unknown-tenant":
      return new AdminError("unknown_tenant", `There is no tenant ${named}.`);
    case "unknown-key":
      return new AdminError(
        "unknown_key",
        `There is no key ${named}; keys are named by their handle, as in: fairlead key list.`,
      );
    case "unknown-model":
      return new AdminError(
        "bad_parameter",
        `models: ${why.model} is no model of this tenant; it has ${why.known.join(", ")}.`,
      );
    case "too-many":
      return new AdminError(
        "too_many_keys",
        `The tenant has ${why.keysMax} live keys already: revoke one, or rotate without overlap.`,
      );
    case "ended":
      return new AdminError("key_ended", `The key ${named} is ${why.state}: create another.`);
    default:
      return why satisfies never;
  }
}
