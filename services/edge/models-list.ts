// The models that a tenant may use, in OpenAI's form: base models, then its adapters as `base:adapter`.
// The same filter as admission, so that what is listed works and what works is listed.

import type { Tenant } from "#shared/model/fleet.ts";
import type { FleetView } from "./fleet-view.ts";
import { adapterName, findTarget } from "./fleet-view.ts";

export interface ModelEntry {
  readonly id: string;
  readonly object: "model";
  readonly created: number;
  readonly owned_by: string;
  /** Of an adapter: its base model. */
  readonly parent: string | null;
  /** Prompt plus output, for this tenant. */
  readonly max_model_len: number;
}

export function listModels(view: FleetView, tenant: Tenant): readonly ModelEntry[] {
  const names = [
    ...view.fleet.models.map((model) => model.id),
    ...view.fleet.adapters
      .filter((adapter) => adapter.tenants.includes(tenant.policy.tenant))
      .map((adapter) => adapterName(adapter)),
  ];
  return names.flatMap((name) => findModel(view, tenant, name) ?? []);
}

export function findModel(view: FleetView, tenant: Tenant, name: string): ModelEntry | undefined {
  const target = findTarget(view, tenant, name);
  if (target === undefined) return undefined;
  return {
    id: name,
    object: "model",
    created: target.model.createdAtEpochS,
    owned_by: "fairlead",
    parent: target.adapterDigest === "" ? null : target.model.id,
    max_model_len: target.contextTokensMax,
  };
}
