// What an adapter is needed for under other names than its own, and what its own name means: rollouts move names, and a name that
// was moved leads to a version that must stay. Law: nothing that a name leads to is deleted in silence.

import type { Fleet, Tenant } from "#shared/model/fleet.ts";
import type { Rollout } from "#shared/model/rollout.ts";
import { rolledName } from "#shared/model/rollout.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { UploadedAdapter } from "#shared/model/uploaded-adapter.ts";

type Named = Pick<UploadedAdapter, "model" | "name" | "digest">;

/** Why its tenant may not delete it now. Undefined: it may. */
export function neededFor(fleet: Fleet, tenant: Tenant, adapter: Named): Refusal | undefined {
  const rollouts = rolloutsOf(fleet, tenant, adapter.model);
  const isNamed = ({ name, to }: Rollout): boolean =>
    name === adapter.name || to === adapter.digest;
  const live = rollouts.find((rollout) => !rollout.isOver && isNamed(rollout));
  if (live !== undefined) {
    return inUse(
      `Rollout ${live.id} of ${rolledName(live)} needs it. Abort that first, or wait for its end.`,
    );
  }
  const led = rollouts.find(
    ({ isOver, name, to }) => isOver && to === adapter.digest && name !== adapter.name,
  );
  if (led === undefined || hasAnother(fleet, tenant, adapter)) return undefined;
  return inUse(
    `${rolledName(led)} means this version since rollout ${led.id}. Delete ${led.name} first, or roll it on to another version.`,
  );
}

/** The digest that its name leads to, where a rollout has moved it. */
export function movedTo(fleet: Fleet, tenant: Tenant, adapter: Named): string | undefined {
  const over = rolloutsOf(fleet, tenant, adapter.model).filter(
    ({ isOver, name, to }) => isOver && name === adapter.name && to !== adapter.digest,
  );
  return (over.find((rollout) => rollout.tenant !== undefined) ?? over[0])?.to;
}

const rolloutsOf = (
  { rollouts = [] }: Fleet,
  { policy }: Tenant,
  model: string,
): readonly Rollout[] =>
  rollouts.filter(
    (rollout) =>
      rollout.name !== "" &&
      rollout.model === model &&
      (rollout.tenant ?? policy.tenant) === policy.tenant,
  );

/** The same bytes under another of its names, or the operator's. */
const hasAnother = (
  { adapters }: Fleet,
  { policy }: Tenant,
  { model, name, digest }: Named,
): boolean =>
  adapters.some(
    (other) =>
      other.model === model &&
      other.digest === digest &&
      other.name !== name &&
      other.tenants.includes(policy.tenant),
  );

const inUse = (message: string): Refusal => ({ code: "adapter_in_use", message, param: "name" });
