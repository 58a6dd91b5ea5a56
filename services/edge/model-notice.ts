// What a caller is told of the model that serves it, beside the output: which version and weights, and, while it is on its way
// out, since when and until when (RFC 9745, RFC 8594). Once it is out, a refusal that names what is there instead.

import { isRetired } from "#shared/model/catalogue.ts";
import type { Model, Tenant } from "#shared/model/fleet.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Target } from "./fleet-view.ts";

export interface ModelNotice {
  /** `model@version`, and `:digest` of an adapter. */
  readonly served: string;
  /** Name, value, name, value, … Empty unless it is deprecated. */
  readonly deprecation: readonly string[];
}

export const noticeOf = (
  { model, servedName }: Pick<Target, "model" | "servedName">,
  tenant: Tenant,
): ModelNotice => ({ served: servedName, deprecation: deprecationOf(model, tenant) });

function deprecationOf(model: Model, tenant: Tenant): readonly string[] {
  const { status, deprecatedAtEpochMs, retiresAtEpochMs } = model;
  if (status !== "deprecated") return [];
  const pairs: string[] = [];
  if (deprecatedAtEpochMs !== undefined) {
    pairs.push("deprecation", `@${Math.floor(deprecatedAtEpochMs / 1000)}`);
  }
  if (retiresAtEpochMs !== undefined) {
    pairs.push("sunset", new Date(retiresAtEpochMs).toUTCString());
  }
  const replacement = replacementFor(model, tenant);
  if (replacement !== undefined) {
    pairs.push("link", `</v1/models/${encodeURIComponent(replacement)}>; rel="successor-version"`);
  }
  return pairs;
}

/** What a tenant may not use is not named to it. */
export const replacementFor = (
  { replacement }: Model,
  { models }: Pick<Tenant, "models">,
): string | undefined =>
  replacement !== undefined && models.includes(replacement) ? replacement : undefined;

/** Undefined: it is served now. Its callers knew it, so that it is told apart from what never was. */
export function retiredRefusal(
  name: string,
  { model, tenant }: { readonly model: Model; readonly tenant: Tenant },
  nowEpochMs: number,
): Refusal | undefined {
  if (!isRetired(model, nowEpochMs)) return undefined;
  const { retiresAtEpochMs } = model;
  const since =
    retiresAtEpochMs === undefined || retiresAtEpochMs > nowEpochMs
      ? "is retired"
      : `was retired at ${new Date(retiresAtEpochMs).toISOString()}`;
  const replacement = replacementFor(model, tenant);
  const instead = replacement === undefined ? "" : ` Use \`${replacement}\` instead.`;
  return {
    code: "model_retired",
    message: `The model \`${name}\` ${since}.${instead}`,
    param: "model",
    ...(replacement === undefined ? {} : { detail: replacement }),
  };
}
