// What of its tenant's usage a key that is narrowed to some models may see. Pure.

import type { SeenModel } from "#shared/model/books-desk.ts";
import type { Caller } from "#services/edge/authenticate.ts";
import type { FleetView } from "#services/edge/fleet-view.ts";
import { adapterName } from "#services/edge/resolve-model.ts";

/**
 * Undefined: all of it. A model that is served no more keeps its usage; of an adapter it is that of the weights which the name means
 * now. An alias shows nothing: usage does not know by which name it was asked for.
 */
export function seenModels(view: FleetView, caller: Caller): readonly SeenModel[] | undefined {
  const { models, tenant } = caller;
  if (models === undefined) return undefined;
  const own = view.adapters.get(tenant.policy.tenant) ?? [];
  return [
    ...models.filter((name) => !name.includes(":")).map((model) => ({ model })),
    ...own
      .filter((adapter) => models.includes(adapterName(adapter)))
      .map(({ model, digest }) => ({ model, adapterDigest: digest })),
  ];
}
