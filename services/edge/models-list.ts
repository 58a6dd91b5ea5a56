// The models that a tenant may use, in OpenAI's form: base models, then its adapters as `base:adapter`, then aliases.
// The same filter as admission, so that what is listed works and what works is listed.

import type { ModelStatus } from "#shared/model/catalogue.ts";
import type { Tenant } from "#shared/model/fleet.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { modelNotFound } from "./admit.ts";
import type { Asker, FleetView, Target } from "./fleet-view.ts";
import { replacementFor, retiredRefusal } from "./model-notice.ts";
import { findTarget, namesOf } from "./resolve-model.ts";

interface ModelEntry {
  readonly id: string;
  readonly object: "model";
  readonly created: number;
  readonly owned_by: string;
  /** Of an adapter: its base model. */
  readonly parent: string | null;
  /** Prompt plus output, for this tenant. */
  readonly max_model_len: number;
  readonly status: ModelStatus;
  /** Of an alias: what it leads to. */
  readonly alias_of?: string;
  /** From this moment, in seconds, it is refused. */
  readonly retires_at?: number;
  /** What is there in its place. */
  readonly replacement?: string;
}

export function listModels(
  view: FleetView,
  asker: Asker,
  nowEpochMs: number,
): readonly ModelEntry[] {
  return [...namesOf(view, asker.tenant).keys()].flatMap((name) => {
    const entry = findModel(view, asker, { name, nowEpochMs });
    return "code" in entry ? [] : entry;
  });
}

export function findModel(
  view: FleetView,
  asker: Asker,
  { name, nowEpochMs }: { readonly name: string; readonly nowEpochMs: number },
): ModelEntry | Refusal {
  const { tenant } = asker;
  const target = findTarget(view, asker, name);
  if (target === undefined) return modelNotFound(name);
  const { model } = target;
  return retiredRefusal(name, { model, tenant }, nowEpochMs) ?? entryOf(name, target, tenant);
}

function entryOf(name: string, target: Target, tenant: Tenant): ModelEntry {
  const { model, aliasOf, adapterDigest } = target;
  const { status = "active", retiresAtEpochMs } = model;
  const replacement = replacementFor(model, tenant);
  return {
    id: name,
    object: "model",
    created: model.createdAtEpochS,
    owned_by: "fairlead",
    parent: adapterDigest === "" ? null : model.id,
    max_model_len: target.contextTokensMax,
    status,
    ...(aliasOf === undefined ? {} : { alias_of: aliasOf }),
    ...(retiresAtEpochMs === undefined ? {} : { retires_at: Math.floor(retiresAtEpochMs / 1000) }),
    ...(replacement === undefined ? {} : { replacement }),
  };
}
