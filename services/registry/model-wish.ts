// Whether a model's own name may be moved to another model: one that stands beside it with pools of its own, where each of the
// name's tenants may run and finds as much context. Its adapters are not moved: `model:adapter` means what it meant. Pure.

import { isRetired } from "#shared/model/catalogue.ts";
import type { Fleet, Model, Tenant } from "#shared/model/fleet.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { Rollout } from "#shared/model/rollout.ts";
import { rolloutAccount } from "#shared/model/rollout.ts";
import type { JudgedWish } from "./rollout-wish.ts";

export interface ModelWish {
  readonly model: string;
  readonly toModel: string;
  readonly tenant: TenantId | undefined;
  /** What an earlier rollout has made of the name. */
  readonly standing: Rollout | undefined;
}

const namedMax = 5;

export function judgeModelWish(fleet: Fleet, wish: ModelWish): JudgedWish {
  const { model: name, toModel } = wish;
  for (const one of [name, toModel]) {
    if (modelOf(fleet, one) === undefined) return unknown(fleet, one);
  }
  const fromModel = modelOf(fleet, wish.standing?.toModel ?? name)?.id ?? name;
  const [from, to] = [modelOf(fleet, fromModel), modelOf(fleet, toModel)];
  if (from === undefined || to === undefined) return unknown(fleet, toModel);
  const why = reasonAgainst(fleet, wish, { from, to });
  if (why !== undefined) return refused(why);
  return { kind: "possible", from: baseModel, to: baseModel, fromModel, toModel };
}

/** The first that holds. */
function reasonAgainst(
  fleet: Fleet,
  wish: ModelWish,
  { from, to }: { readonly from: Model; readonly to: Model },
): string | undefined {
  if (from === to) return `${wish.model} already means ${to.id}: nothing is to change.`;
  return (
    movedAway(fleet, wish) ??
    endOf(to) ??
    lackOf(fleet, wish, to) ??
    noPlaceFor(fleet, wish, to) ??
    shorter(tenantsOf(fleet, wish), from, to)
  );
}

const modelOf = ({ models }: Fleet, id: string): Model | undefined =>
  models.find((model) => model.id === id);

const refused = (why: string): JudgedWish => ({ kind: "refused", code: "bad_rollout", why });

function unknown({ aliases = [] }: Fleet, name: string): JudgedWish {
  const alias = aliases.find((one) => one.name === name);
  const why =
    alias === undefined
      ? `There is no model ${name}.`
      : `${name} is an alias, of ${alias.target}: roll that name out, which the alias follows, or set the alias with fairlead alias set.`;
  return { kind: "refused", code: "unknown_model", why };
}

/** Names would change places, or lead elsewhere than they say. Back to what it was is no such thing. */
function movedAway({ rollouts = [] }: Fleet, { model, toModel }: ModelWish): string | undefined {
  if (toModel === model) return undefined;
  const other = rollouts.find(
    (one) => one.model === toModel && one.toModel !== undefined && one.toModel !== toModel,
  );
  if (other === undefined) return undefined;
  const moved = other.isOver ? "was moved" : "is on its way";
  return `The name ${toModel} itself ${moved} to ${other.toModel} by rollout ${other.id}: move it back first, or name a model that means itself.`;
}

function endOf(to: Model): string | undefined {
  // Whether the moment has come the edge decides with its clock: one that has an end is no place to move to.
  if (!isRetired(to, 0) && to.status !== "deprecated" && to.retiresAtEpochMs === undefined) {
    return undefined;
  }
  return `${to.id} is on its way out (${to.status ?? "it has a day on which it retires"}).`;
}

/** Those for whom the name is moved. */
const tenantsOf = (
  { tenants }: Fleet,
  { model, tenant }: Pick<ModelWish, "model" | "tenant">,
): readonly Tenant[] =>
  tenants.filter(
    ({ policy, models }) =>
      policy.tenant !== rolloutAccount &&
      models.includes(model) &&
      (tenant === undefined || policy.tenant === tenant),
  );

function lackOf(fleet: Fleet, wish: ModelWish, to: Model): string | undefined {
  const { model, tenant } = wish;
  const tenants = tenantsOf(fleet, wish);
  if (tenants.length === 0) {
    const who = tenant === undefined ? "No tenant" : `Tenant ${tenant}`;
    return tenant === undefined ? `${who} may use ${model}.` : `${who} may not use ${model}.`;
  }
  const lacking = tenants.filter(({ models }) => !models.includes(to.id));
  return lacking.length === 0
    ? undefined
    : `${to.id} may not be used by ${named(lacking)}, who may use ${model}.`;
}

const named = (tenants: readonly Tenant[]): string => {
  const ids = tenants.map(({ policy }) => policy.tenant);
  const more = ids.length > namedMax ? ` and ${ids.length - namedMax} more` : "";
  return `${ids.slice(0, namedMax).join(", ")}${more}`;
};

/** As the edge picks: a tenant's own pool or an interactive one, with a worker where it may run. */
function noPlaceFor(fleet: Fleet, wish: ModelWish, to: Model): string | undefined {
  const pools = fleet.pools.filter(({ model }) => model === to.id);
  if (pools.length === 0) {
    return `${to.id} has no pool: put one with its workers beside those of ${wish.model} first.`;
  }
  const placeless = tenantsOf(fleet, wish).filter(({ policy, pool: choice }) => {
    const own = choice === "shared" ? undefined : `reserved:${policy.tenant}`;
    const { residency } = policy;
    return !pools.some(
      (pool) =>
        (pool.class === "interactive" || pool.class === own) &&
        fleet.workers.some(
          (worker) =>
            worker.pool === pool.id && (residency === undefined || residency.includes(worker.zone)),
        ),
    );
  });
  if (placeless.length === 0) return undefined;
  return `${to.id} has no pool with a worker where ${named(placeless)} may run.`;
}

/** Who fits today is not to be refused tomorrow: both in tokens, which another tokenizer counts otherwise. */
function shorter(tenants: readonly Tenant[], from: Model, to: Model): string | undefined {
  const lengthMax = Math.max(0, ...tenants.map(({ policy }) => policy.limits.contextTokensMax));
  if (to.contextTokensMax >= Math.min(from.contextTokensMax, lengthMax)) return undefined;
  return `${to.id} holds ${to.contextTokensMax} tokens, ${from.id} ${from.contextTokensMax}: what fits today would be refused.`;
}
