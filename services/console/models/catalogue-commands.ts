// Commands about the catalogue: `models`, and `alias set TENANT NAME TARGET`, `alias list [TENANT]`, `alias remove TENANT NAME`.

import type { ListedAlias } from "#shared/model/alias-desk.ts";
import { isRetired } from "#shared/model/catalogue.ts";
import type { Model } from "#shared/model/fleet.ts";
import { wrongOperand } from "#services/console/command-failure.ts";
import type { Command, CommandCall } from "#services/console/commands.ts";
import { textTable } from "#services/console/text-table.ts";

/** In the place of a tenant's id, which none can have: every tenant's that has none of its own. */
const everyTenant = "@all";

export const catalogueCommands: readonly Command[] = [
  {
    name: "models",
    usage: "models",
    does: "the catalogue: each model's version, status, weights, and who may use it",
    operands: [],
    options: [],
    explains: [
      [
        "STATUS",
        "active; canary: new; deprecated: refused from RETIRES on, then retired; archived: refused",
      ],
      ["SCOPE", "public: of every tenant that does not decline; private: of those that list it"],
      ["RUNTIMES", "engines that may run it"],
      ["TENANTS", "how many may use it"],
    ],
    run: async (call) => {
      const answer = await call.client.get("/admin/v1/models");
      call.terminal.print(
        call.isJson ? JSON.stringify(answer) : modelsText(answer as ModelsAnswer),
      );
    },
  },
  {
    name: "alias",
    usage: "alias set TENANT NAME TARGET | list [TENANT] | remove TENANT NAME",
    does: "other names for models and adapters, beside those of the fleet file",
    operands: ["verb", "tenant", "name", "target"],
    operandsMin: 1,
    options: [],
    explains: [
      ["TENANT", `whose it is; ${everyTenant}: every tenant's that has none of its own`],
      ["NAME", "what clients write in `model`; it may hide no model that they may use"],
      ["TARGET", "MODEL or MODEL:ADAPTER, never another alias"],
      ["", "goes before an alias of that name in the fleet file, and outlives restarts"],
    ],
    run: alias,
  },
];

interface ModelsAnswer {
  readonly models: readonly (Model & {
    readonly tenants: number;
    readonly pools: readonly string[];
  })[];
}

/** A moment passes without a word from anyone. */
const standingOf = (model: Model): string =>
  model.status === "deprecated" && isRetired(model, Date.now())
    ? "retired"
    : (model.status ?? "active");

const modelsText = ({ models }: ModelsAnswer): string =>
  textTable(
    [
      "MODEL",
      "VERSION",
      "STATUS",
      "RETIRES",
      "SCOPE",
      "FORMAT",
      "QUANTISATION",
      "RUNTIMES",
      "TENANTS",
      "POOLS",
    ],
    models.map((model) => [
      model.id,
      model.version,
      standingOf(model),
      model.retiresAtEpochMs === undefined ? "" : new Date(model.retiresAtEpochMs).toISOString(),
      model.scope ?? "private",
      model.format ?? "",
      model.quantisation ?? "",
      model.runtimes?.join(" ") ?? "any",
      model.tenants,
      model.pools.length,
    ]),
  );

const usages: Readonly<Record<string, readonly [least: number, most: number, usage: string]>> = {
  set: [3, 3, "set TENANT NAME TARGET"],
  list: [0, 1, "list [TENANT]"],
  remove: [2, 2, "remove TENANT NAME"],
};

async function alias(call: CommandCall): Promise<void> {
  const [verb = "", ...rest] = call.words;
  const known = usages[verb];
  if (known === undefined) {
    throw wrongOperand(`alias knows ${Object.keys(usages).join(", ")}, not ${verb}`);
  }
  const [least, most, usage] = known;
  if (rest.length < least || rest.length > most)
    throw wrongOperand(`expected: fairlead alias ${usage}`);
  const [tenant = everyTenant, name = "", target] = rest;
  return verb === "list" ? list(call, tenant) : change(call, { verb, tenant, name, target });
}

interface Change {
  readonly verb: string;
  readonly tenant: string;
  readonly name: string;
  /** Undefined: it is removed. */
  readonly target: string | undefined;
}

async function change(
  { client, terminal, isJson }: CommandCall,
  { verb, tenant, name, target }: Change,
): Promise<void> {
  const query = new URLSearchParams({
    ...(tenant === everyTenant ? {} : { tenant }),
    ...(target === undefined ? {} : { target }),
  });
  const path = `/admin/v1/aliases/${encodeURIComponent(name)}/${verb}`;
  const answer = (await client.write("POST", `${path}?${query.toString()}`)) as {
    readonly version: number;
    readonly isChanged: boolean;
  };
  const whose = tenant === everyTenant ? "every tenant" : tenant;
  const already = answer.isChanged ? "" : " already";
  const done =
    target === undefined
      ? `${name} of ${whose} is removed`
      : `${name} of ${whose} leads to ${target}${already}`;
  const text = `${done} (fleet version ${answer.version})`;
  terminal.print(isJson ? JSON.stringify(answer) : text);
}

async function list({ client, terminal, isJson }: CommandCall, tenant: string): Promise<void> {
  const query = tenant === everyTenant ? "" : `?${new URLSearchParams({ tenant }).toString()}`;
  const answer = await client.get(`/admin/v1/aliases${query}`);
  const { aliases } = answer as { readonly aliases: readonly ListedAlias[] };
  const text =
    aliases.length === 0
      ? "no aliases"
      : textTable(
          ["NAME", "LEADS TO", "TENANTS", "SET BY"],
          aliases.map((each) => [
            each.name,
            each.target,
            each.tenants?.join(" ") ?? "all",
            each.source,
          ]),
        );
  terminal.print(isJson ? JSON.stringify(answer) : text);
}
