// From the name that a client writes to what serves it, one step after the other: the name, or the alias's target, is one of the
// tenant's own names; that is a model with or without an adapter's name; of what is rolled out one version is picked; and the target is
// where it runs and how. Law: only a tenant's own names are ever looked up, so what is someone else's and what is not there
// are one and the same miss.

import type { Adapter, Model, Pool, Tenant } from "#shared/model/fleet.ts";
import { tokenizerName } from "#shared/model/fleet.ts";
import { servedName } from "#shared/model/catalogue.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { ArmVersion } from "#shared/model/rollout.ts";
import type { Asker, FleetView, Reached, Target } from "./fleet-view.ts";
import type { PickedArm } from "./pick-arm.ts";
import { pickArm, standingVersion } from "./pick-arm.ts";
import { prefixNamespace } from "./prefix-namespace.ts";
import { servesWithin, takesWork } from "./serving-zones.ts";

/** What this tenant reaches by `base`, `base:adapter` or an alias, whichever conversation it is. Unknown and forbidden look alike. */
export function findTarget(view: FleetView, asker: Asker, name: string): Target | undefined {
  const reached = reachedBy(view, asker, name);
  if (reached === undefined) return undefined;
  const { tenant } = asker;
  const version = standingVersion(view.rollouts, tenant.policy.tenant, rolledOut(reached));
  return (
    versionTarget(view, tenant, { name, reached, version }) ??
    targetOf(view, tenant, { name, reached, digest: digestOf(reached) })
  );
}

function reachedBy(view: FleetView, asker: Asker, name: string): Reached | undefined {
  const reached = namesOf(view, asker.tenant).get(name);
  if (reached === undefined) return undefined;
  return isAllowed(asker, namesFor(name, reached)) ? reached : undefined;
}

/** Of one target: what was asked for, its model, and what the alias leads to. */
const namesFor = (name: string, { model, alias }: Reached): readonly string[] => [
  ...new Set(alias === undefined ? [name, model.id] : [name, model.id, alias.target]),
];

/** By any of its names: a key's list may have the model, the adapter or the alias. What it does not allow looks as unknown as the rest. */
export const isAllowed = ({ models }: Pick<Asker, "models">, names: readonly string[]): boolean =>
  models === undefined || names.some((name) => models.includes(name));

/** Models first, then adapters, then aliases: none of them hides an earlier one. */
export function namesOf(view: FleetView, tenant: Tenant): ReadonlyMap<string, Reached> {
  const known = view.names.get(tenant.policy.tenant);
  if (known !== undefined) return known;
  const names = new Map<string, Reached>();
  for (const id of tenant.models) {
    const model = view.models.get(id);
    if (model !== undefined) names.set(id, { model });
  }
  for (const adapter of view.adapters.get(tenant.policy.tenant) ?? []) {
    const base = names.get(adapter.model);
    const name = adapterName(adapter);
    if (base !== undefined && !names.has(name)) names.set(name, { model: base.model, adapter });
  }
  addAliases(view, tenant, names);
  view.names.set(tenant.policy.tenant, names);
  return names;
}

/** The tenant's own before the platform's. A target that is an alias, or not this tenant's, is none. */
function addAliases(view: FleetView, { policy }: Tenant, names: Map<string, Reached>): void {
  const real = new Map(names);
  for (const owner of [policy.tenant, ""] as const) {
    for (const alias of view.aliases.get(owner) ?? []) {
      const reached = real.get(alias.target);
      if (reached !== undefined && !names.has(alias.name)) {
        names.set(alias.name, { ...reached, alias });
      }
    }
  }
}

export const adapterName = ({ model, name }: Pick<Adapter, "model" | "name">): string =>
  `${model}:${name}`;

/** What serves a request, and which arm of a rollout that is. */
export interface Served {
  readonly target: Target;
  /** Absent: its name means one thing. */
  readonly arm?: PickedArm;
}

/** Where a name is rolled out, the conversation chooses; a version that is not to be had any more is passed over. */
export function findServed(
  view: FleetView,
  asker: Asker,
  name: string,
  conversation: () => string,
): Served | undefined {
  const reached = reachedBy(view, asker, name);
  if (reached === undefined) return undefined;
  const { tenant } = asker;
  const picked = pickArm(view.rollouts, tenant.policy.tenant, rolledOut(reached), conversation);
  const target = versionTarget(view, tenant, { name, reached, version: picked });
  if (picked === undefined || target === undefined) {
    return { target: targetOf(view, tenant, { name, reached, digest: digestOf(reached) }) };
  }
  return picked.rollout.isOver ? { target } : { target, arm: picked };
}

/** One version as the name leads to it: behind the same words, where its tenant may run. */
export function findVersionUnder(
  view: FleetView,
  asker: Asker,
  { name, version }: { readonly name: string; readonly version: ArmVersion },
): Target | undefined {
  const reached = reachedBy(view, asker, name);
  if (reached === undefined) return undefined;
  return versionTarget(view, asker.tenant, { name, reached, version });
}

/** An alias follows the name that it leads to. */
const rolledOut = ({ model, adapter }: Reached): string =>
  adapter === undefined ? model.id : adapterName(adapter);

/** Under the name that was asked for. Undefined: its tenant has no right to it, or nothing serves it where it may run. */
function versionTarget(
  view: FleetView,
  tenant: Tenant,
  {
    name,
    reached,
    version,
  }: {
    readonly name: string;
    readonly reached: Reached;
    readonly version: ArmVersion | undefined;
  },
): Target | undefined {
  if (version === undefined || !hasVersion(view, tenant, version)) return undefined;
  const model = view.models.get(version.model);
  if (model === undefined) return undefined;
  const { digest } = version;
  const target = targetOf(view, tenant, { name, reached: { ...reached, model }, digest });
  return target.pool === undefined ? undefined : target;
}

/** One version, which the tenant must have a right to under whatever name. No client can name one. */
export function findVersion(
  view: FleetView,
  tenant: Tenant,
  version: ArmVersion,
): Target | undefined {
  const { model: id, digest } = version;
  const model = view.models.get(id);
  if (model === undefined || !hasVersion(view, tenant, version)) return undefined;
  return targetOf(view, tenant, { name: `${id}:${digest}`, reached: { model }, digest });
}

const hasVersion = (
  view: FleetView,
  { policy, models }: Tenant,
  { model, digest }: ArmVersion,
): boolean =>
  digest === baseModel
    ? models.includes(model)
    : (view.adapters.get(policy.tenant) ?? []).some(
        (adapter) => adapter.model === model && adapter.digest === digest,
      );

const digestOf = ({ adapter }: Reached): AdapterDigest => adapter?.digest ?? baseModel;

interface Picked {
  readonly name: string;
  readonly reached: Reached;
  readonly digest: AdapterDigest;
}

function targetOf(view: FleetView, tenant: Tenant, picked: Picked): Target {
  // No digest and no model's id has a blank in it.
  const mark = `${picked.digest} ${picked.reached.model.id} ${picked.name}`;
  const known = view.targets.get(tenant.policy.tenant);
  const found = known?.get(mark);
  if (found !== undefined) return found;
  const target = makeTarget(view, tenant, picked);
  if (known === undefined) view.targets.set(tenant.policy.tenant, new Map([[mark, target]]));
  else known.set(mark, target);
  return target;
}

function makeTarget(view: FleetView, tenant: Tenant, { name, reached, digest }: Picked): Target {
  const { model, alias } = reached;
  const { residency } = tenant.policy;
  const systemPrompt =
    alias?.systemPrompt ?? tenant.systemPrompts?.find((one) => one.model === model.id)?.text;
  const pool = pickPool(view, tenant, model);
  return {
    model,
    names: namesFor(name, reached),
    servedName: servedName(model, digest),
    ...(alias === undefined ? {} : { aliasOf: alias.target }),
    ...(systemPrompt === undefined ? {} : { systemPrompt }),
    tokenizer: view.tokenizers(model.tokenizer),
    ...(residency === undefined ? {} : { residency }),
    pool: pool?.id,
    ...(pool === undefined ? {} : { poolClass: pool.class.replace(/:.*/, "") }),
    adapterDigest: digest,
    namespace: prefixNamespace({
      trustGroup: tenant.trustGroup,
      modelVersion: model.version,
      tokenizer: tokenizerName(model.tokenizer),
      adapterDigest: digest,
    }),
    contextTokensMax: Math.min(model.contextTokensMax, tenant.policy.limits.contextTokensMax),
  };
}

/**
 * Its own reserved pool, while that has a worker that takes work and the tenant has not been moved out of it, before the shared
 * interactive ones; this region before others; none that has no worker where it may run.
 */
function pickPool(view: FleetView, tenant: Tenant, model: Model): Pool | undefined {
  const { tenant: id, residency } = tenant.policy;
  const pools = (view.poolsByModel.get(model.id) ?? []).filter((pool) =>
    servesWithin(view.zones, pool.id, residency),
  );
  const own =
    tenant.pool === "shared"
      ? []
      : pools.filter((pool) => pool.class === `reserved:${id}` && takesWork(view.zones, pool.id));
  for (const choice of [own, pools.filter((pool) => pool.class === "interactive")]) {
    const pool = choice.find(({ region }) => region === view.region) ?? choice[0];
    if (pool !== undefined) return pool;
  }
  return undefined;
}
