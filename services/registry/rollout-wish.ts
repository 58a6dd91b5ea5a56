// Whether a name may be moved to another adapter: both must be there, for one base model and the same tenants. A model's own name:
// model-wish.ts. Pure.

import type { Adapter, Fleet } from "#shared/model/fleet.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { Rollout } from "#shared/model/rollout.ts";
import { rolloutAccount } from "#shared/model/rollout.ts";
import type { NewRollout } from "#shared/model/rollout-shelf.ts";
import { judgeModelWish } from "./model-wish.ts";

export type JudgedWish =
  | ({ readonly kind: "possible" } & Pick<Rollout, "from" | "to" | "fromModel" | "toModel">)
  | {
      readonly kind: "refused";
      readonly code: "unknown_adapter" | "unknown_model" | "bad_rollout";
      readonly why: string;
    };

type Wish = Pick<NewRollout, "model" | "name" | "toName" | "toModel" | "tenant">;

export function judgeWish(fleet: Fleet, wish: Wish): JudgedWish {
  const { model, toModel, tenant } = wish;
  if (toModel === undefined) return judgeAdapterWish(fleet, wish);
  return judgeModelWish(fleet, { model, toModel, tenant, standing: standing(fleet, wish) });
}

function judgeAdapterWish(fleet: Fleet, wish: Wish): JudgedWish {
  const { model, name, toName, tenant } = wish;
  const from = named(fleet, { model, name, tenant });
  const to = named(fleet, { model, name: toName, tenant });
  for (const [which, found] of [
    [name, from],
    [toName, to],
  ] as const) {
    if (found.length === 0) return unknown(`${model}:${which}`, tenant);
    if (new Set(found.map(({ digest }) => digest)).size > 1) return ambiguous(`${model}:${which}`);
  }
  const lacking = tenantsOf(from, tenant).filter((one) => !tenantsOf(to, tenant).includes(one));
  if (lacking.length > 0) {
    const who = lacking.slice(0, 5).join(", ");
    return refused(`${model}:${toName} may not be used by ${who}, who may use ${model}:${name}.`);
  }
  const before = standing(fleet, wish)?.to ?? from[0]?.digest;
  const wanted = to[0]?.digest;
  if (before === undefined || wanted === undefined) return unknown(`${model}:${name}`, tenant);
  if (before === wanted) {
    return refused(`${model}:${name} already means ${wanted.slice(0, 12)}: nothing is to change.`);
  }
  return { kind: "possible", from: before, to: wanted };
}

const named = (
  { adapters }: Fleet,
  {
    model,
    name,
    tenant,
  }: { readonly model: string; readonly name: string; readonly tenant: TenantId | undefined },
): readonly Adapter[] =>
  adapters.filter(
    (adapter) =>
      adapter.model === model &&
      adapter.name === name &&
      (tenant === undefined || adapter.tenants.includes(tenant)),
  );

const tenantsOf = (
  adapters: readonly Adapter[],
  tenant: TenantId | undefined,
): readonly TenantId[] =>
  tenant === undefined
    ? adapters.flatMap(({ tenants }) => tenants).filter((one) => one !== rolloutAccount)
    : [tenant];

/** What an earlier rollout has made of it, a tenant's own first. */
function standing({ rollouts = [] }: Fleet, wish: Wish): Rollout | undefined {
  const over = rollouts.filter(
    ({ isOver, model, name }) => isOver && model === wish.model && name === wish.name,
  );
  const own = over.find(({ tenant }) => tenant !== undefined && tenant === wish.tenant);
  return own ?? over.find(({ tenant }) => tenant === undefined);
}

const refused = (why: string): JudgedWish => ({ kind: "refused", code: "bad_rollout", why });

const unknown = (name: string, tenant: TenantId | undefined): JudgedWish => ({
  kind: "refused",
  code: "unknown_adapter",
  why:
    tenant === undefined
      ? `There is no adapter ${name}.`
      : `Tenant ${tenant} has no adapter ${name}.`,
});

const ambiguous = (name: string): JudgedWish =>
  refused(`Several tenants have a ${name} of their own: say which tenant's.`);
