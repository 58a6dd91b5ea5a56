// The models that a caller may use, in OpenAI's form: base models, then its adapters as `base:adapter`.
// The same filter as admission, so that what is listed works and what works is listed.

import type { Asker, FleetView } from "./fleet-view.ts";
import { adapterName, findTargetOf } from "./fleet-view.ts";

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

export function listModels(view: FleetView, asker: Asker): readonly ModelEntry[] {
  const names = [
    ...view.fleet.models.map((model) => model.id),
    ...view.fleet.adapters
      .filter((adapter) => adapter.tenants.includes(asker.tenant.policy.tenant))
      .map((adapter) => adapterName(adapter)),
  ];
  return names.flatMap((name) => findModel(view, asker, name) ?? []);
}

export function findModel(view: FleetView, asker: Asker, name: string): ModelEntry | undefined {
  const target = findTargetOf(view, asker, name);
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
