// What an operator sees of the catalogue, and the other names that it may give to what is in it.

import type { AliasRefusal } from "#shared/model/alias-desk.ts";
import type { Alias } from "#shared/model/catalogue.ts";
import type { Fleet, Tenant } from "#shared/model/fleet.ts";
import { isTenantName } from "#shared/model/tenant-name.ts";
import type { AdminErrorCode, AdminReply } from "#services/console/admin-reply.ts";
import { AdminError, errorReply, jsonReply } from "#services/console/admin-reply.ts";
import type { AdminCall, AdminRoute } from "#services/console/admin-routes.ts";

export const catalogueRoutes: readonly AdminRoute[] = [
  { method: "GET", path: /^\/admin\/v1\/models$/, answer: models },
  { method: "GET", path: /^\/admin\/v1\/aliases$/, parameters: ["tenant"], answer: aliases },
  {
    method: "POST",
    path: /^\/admin\/v1\/aliases\/([^/]+)\/set$/,
    parameters: ["tenant", "target"],
    answer: ({ query, ...call }) => setAlias({ query, ...call }, query.target("target")),
  },
  {
    method: "POST",
    path: /^\/admin\/v1\/aliases\/([^/]+)\/remove$/,
    parameters: ["tenant"],
    answer: (call) => setAlias(call, undefined),
  },
];

async function models({ ports }: AdminCall): Promise<AdminReply> {
  const fleet = await ports.fleet.current();
  if (fleet === undefined) return errorReply("no_fleet", "No fleet has been applied yet.");
  return jsonReply({
    models: fleet.models.map((model) => ({
      ...model,
      status: model.status ?? "active",
      scope: model.scope ?? "private",
      // Accounts of ours are no tenants.
      tenants: fleet.tenants.filter(
        ({ policy, models: own }) => isTenantName(policy.tenant) && own.includes(model.id),
      ).length,
      pools: fleet.pools.flatMap(({ id, model: served }) => (served === model.id ? [id] : [])),
    })),
  });
}

async function aliases({ ports, query }: AdminCall): Promise<AdminReply> {
  const tenant = query.word("tenant");
  const all = await ports.fleet.aliases();
  const isAsked = ({ tenants }: (typeof all)[number]): boolean =>
    tenant === undefined || tenants === undefined || tenants.includes(tenant);
  return jsonReply({ aliases: all.filter(isAsked) });
}

const aliasName = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/;

async function setAlias(
  { ports, id: name, query }: AdminCall,
  target: string | undefined,
): Promise<AdminReply> {
  const tenant = query.word("tenant") ?? "";
  if (!aliasName.test(name)) {
    throw new AdminError(
      "bad_parameter",
      "name: expected 1 to 128 of A-Z, a-z, 0-9, ., _, / and -.",
    );
  }
  const outcome = await ports.fleet.setAlias({ tenant, name, target }, "admin-api");
  if (typeof outcome === "string") throw refusalOf(outcome, { tenant, name, target });
  return jsonReply({
    tenant: tenant === "" ? null : tenant,
    name,
    target: target ?? null,
    ...outcome,
  });
}

interface Asked {
  readonly tenant: string;
  readonly name: string;
  readonly target: string | undefined;
}

function refusalOf(refusal: AliasRefusal, { tenant, name, target = "" }: Asked): AdminError {
  const whose = tenant === "" ? "the platform" : tenant;
  const texts: Readonly<Record<AliasRefusal, readonly [AdminErrorCode, string]>> = {
    "no-fleet": ["no_fleet", "No fleet has been applied yet."],
    "unknown-tenant": ["unknown_tenant", `There is no tenant ${tenant}.`],
    "unknown-alias": ["unknown_alias", `No alias ${name} of ${whose} was set by command.`],
    "unknown-target": ["unknown_model", `There is no model or adapter ${target}.`],
    "forbidden-target": ["bad_alias", `${whose} may not use ${target}.`],
    "alias-of-alias": ["bad_alias", `${target} is an alias itself: name what it leads to.`],
    "hides-model": ["bad_alias", `${name} is the name of a model there: it would be hidden.`],
    "too-many": ["bad_alias", "There are too many: write them in the fleet file."],
  };
  return new AdminError(...texts[refusal]);
}

/** As operators may read it: a tenant's words are counted, not shown. */
export const withoutWords = (fleet: Fleet): object => ({
  ...fleet,
  tenants: fleet.tenants.map(({ systemPrompts, ...tenant }: Tenant) => ({
    ...tenant,
    ...(systemPrompts === undefined
      ? {}
      : {
          systemPrompts: systemPrompts.map(({ model, text }) => ({
            model,
            characters: text.length,
          })),
        }),
  })),
  ...(fleet.aliases === undefined
    ? {}
    : {
        aliases: fleet.aliases.map(({ systemPrompt, ...alias }: Alias) => ({
          ...alias,
          ...(systemPrompt === undefined
            ? {}
            : { systemPrompt: { characters: systemPrompt.length } }),
        })),
      }),
});
