// Whether a name may be moved to another adapter: both must be there, for one base model and the same tenants. Pure.

import type { Adapter, Fleet } from "#shared/model/fleet.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import { rolloutAccount } from "#shared/model/rollout.ts";
import type { NewRollout } from "#shared/model/rollout-shelf.ts";

export type JudgedWish =
  | { readonly kind: "possible"; readonly from: AdapterDigest; readonly to: AdapterDigest }
  | {
      readonly kind: "refused";
      readonly code: "unknown_adapter" | "bad_rollout";
      readonly why: string;
    };

type Wish = Pick<NewRollout, "model" | "name" | "toName" | "tenant">;

export function judgeWish(fleet: Fleet, wish: Wish): JudgedWish {
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
  const standing = meaningOf(fleet, wish) ?? from[0]?.digest;
  const wanted = to[0]?.digest;
  if (standing === undefined || wanted === undefined) return unknown(`${model}:${name}`, tenant);
  if (standing === wanted) {
    return refused(`${model}:${name} already means ${wanted.slice(0, 12)}: nothing is to change.`);
  }
  return { kind: "possible", from: standing, to: wanted };
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
function meaningOf({ rollouts = [] }: Fleet, wish: Wish): AdapterDigest | undefined {
  const over = rollouts.filter(
    ({ isOver, model, name }) => isOver && model === wish.model && name === wish.name,
  );
  const own = over.find(({ tenant }) => tenant !== undefined && tenant === wish.tenant);
  return (own ?? over.find(({ tenant }) => tenant === undefined))?.to;
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
