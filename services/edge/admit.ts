// Decides whether a call may become a session: its ranges, its model, its context. Everything that the session
// and the rest of the house need to know is decided here, once; nothing of it comes from the client's word.

import type { Open } from "#shared/messages/open-request.ts";
import type { Tenant } from "#shared/model/fleet.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { shardCountDefault, shardOf } from "#shared/model/shard.ts";
import type { EncodedPrompt } from "./encode-prompt.ts";
import { encodePrompt } from "./encode-prompt.ts";
import type { FleetView, Target } from "./fleet-view.ts";
import { findTarget } from "./fleet-view.ts";
import type { GenerationRequest } from "./generation-request.ts";
import { findViolation, malformed } from "./generation-request.ts";

/** What `open` says, but for who holds the socket and since when. */
export type AdmittedCall = Omit<
  Open,
  "kind" | "requestId" | "edge" | "meter" | "timeoutMs" | "arrivedAtEpochMs"
>;

export type Admission =
  | { readonly kind: "admitted"; readonly call: AdmittedCall }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export function admit(view: FleetView, tenant: Tenant, request: GenerationRequest): Admission {
  const violation = findViolation(request);
  if (violation !== undefined) return refused(violation);
  const target = findTarget(view, tenant, request.model);
  if (target === undefined) return refused(modelNotFound(request.model));
  if (target.pool === undefined) return refused(servedNowhere(target));
  const prompt = encodePrompt(request.prompt);
  const length = decideLength(request, target, prompt);
  if (typeof length !== "number") return refused(length);
  return {
    kind: "admitted",
    call: {
      tenant: tenant.policy.tenant,
      shard: shardOf(tenant.policy.tenant, shardCountDefault),
      pool: target.pool,
      model: target.model.id,
      modelVersion: target.model.version,
      adapterDigest: target.adapterDigest,
      namespace: target.namespace,
      promptBytes: prompt.bytes,
      promptDigest: prompt.digest,
      promptTokens: prompt.tokens,
      outputTokensMax: length,
      outputTokensMin: request.outputTokensMin,
      ignoreEos: request.ignoreEos,
      stopStrings: request.stopStrings,
      sampling: request.sampling,
      ...(target.residency === undefined ? {} : { residency: target.residency }),
    },
  };
}

const shownLengthMax = 128;

/** The same for what is unknown and for what is someone else's. */
export function modelNotFound(name: string): Refusal {
  const message = `The model \`${name.slice(0, shownLengthMax)}\` does not exist or you do not have access to it.`;
  return { code: "model_not_found", message, param: "model" };
}

/** Said at once: nothing here would make it wait for a worker that may never come. */
function servedNowhere({ model, residency }: Target): Refusal {
  if (residency === undefined) {
    const message = `No pool serves the model \`${model.id}\` now.`;
    return { code: "engine_unavailable", message };
  }
  const message = `No worker serves the model \`${model.id}\` now in the zones where your requests may run (${residency.join(", ")}).`;
  return { code: "residency_unavailable", message, retryAfterMs: 5_000 };
}

const refused = (refusal: Refusal): Admission => ({ kind: "refused", refusal });

/** Output tokens at most: what was asked for, or the default shortened to what the context leaves. */
function decideLength(
  request: GenerationRequest,
  { model, contextTokensMax }: Target,
  prompt: EncodedPrompt,
): number | Refusal {
  const left = contextTokensMax - prompt.tokens;
  const isTooLong = left < 1;
  if (isTooLong || (request.outputTokensMax ?? 0) > left) {
    const asked = isTooLong ? "" : ` and ${request.outputTokensMax} for the output`;
    const message = `The context holds at most ${contextTokensMax} tokens; this request has ${prompt.tokens} in the prompt${asked}.`;
    const promptParam = request.prompt.kind === "chat" ? "messages" : "prompt";
    return { code: "context_too_long", message, param: isTooLong ? promptParam : "max_tokens" };
  }
  const outputTokensMax = request.outputTokensMax ?? Math.min(model.outputTokensDefault, left);
  return request.outputTokensMin > outputTokensMax
    ? malformed(`\`min_tokens\` is more than the ${outputTokensMax} output tokens.`, "min_tokens")
    : outputTokensMax;
}
