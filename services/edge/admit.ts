// Decides whether a call may become a session: its ranges, its model, its context. Everything that the session
// and the rest of the house need to know is decided here, once; nothing of it comes from the client's word.

import type { Open } from "#shared/messages/open-request.ts";
import type { Tenant } from "#shared/model/fleet.ts";
import { quadTokenizer } from "#shared/model/quad-tokenizer.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { versionOf } from "#shared/model/rollout.ts";
import { shardCountDefault, shardOf } from "#shared/model/shard.ts";
import type { EncodedPrompt } from "./encode-prompt.ts";
import { encodePrompt, textOf } from "./encode-prompt.ts";
import type { Asker, FleetView, Target } from "./fleet-view.ts";
import type { PickedArm } from "./pick-arm.ts";
import { conversationOf } from "./pick-arm.ts";
import type { GenerationRequest } from "./generation-request.ts";
import { findViolation, malformed } from "./generation-request.ts";
import type { ModelNotice } from "./model-notice.ts";
import { noticeOf, retiredRefusal } from "./model-notice.ts";
import { findServed, findVersionUnder } from "./resolve-model.ts";
import { withSystemPrompt } from "./system-prompt.ts";

/** What `open` says, but for who holds the socket and since when. */
export type AdmittedCall = Omit<
  Open,
  "kind" | "requestId" | "edge" | "meter" | "timeoutMs" | "arrivedAtEpochMs"
>;

export type Admission =
  | {
      readonly kind: "admitted";
      readonly call: AdmittedCall;
      readonly notice: ModelNotice;
      /** Of a rollout under way. Absent: its model's name means one thing. */
      readonly arm?: AdmittedArm;
    }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export interface AdmittedArm extends PickedArm {
  /** The same request as the other model would have it: its own tokens, pool and bounds. Absent: both run on one model. */
  readonly onOther?: () => AdmittedCall | Refusal | undefined;
}

/** `nowEpochMs`: a model retires at a moment, not with a version of the fleet. */
export function admit(
  view: FleetView,
  asker: Asker,
  request: GenerationRequest,
  nowEpochMs: number,
): Admission {
  const { tenant } = asker;
  const violation = findViolation(request);
  if (violation !== undefined) return refused(violation);
  const found = findServed(view, asker, request.model, () => conversationOf(request));
  if (found === undefined) return refused(modelNotFound(request.model));
  const { target, arm } = found;
  const retired = retiredRefusal(request.model, { model: target.model, tenant }, nowEpochMs);
  if (retired !== undefined) return refused(retired);
  const call = admitTo(target, tenant, request);
  if ("code" in call) return refused(call);
  const notice = noticeOf(target, tenant);
  if (arm === undefined) return { kind: "admitted", call, notice };
  return { kind: "admitted", call, notice, arm: withOther({ view, asker, request }, arm) };
}

interface Asked {
  readonly view: FleetView;
  readonly asker: Asker;
  readonly request: GenerationRequest;
}

/** Encoded only for who asks: most requests have no copy. */
function withOther({ view, asker, request }: Asked, arm: PickedArm): AdmittedArm {
  const { shadowShare, toModel } = arm.rollout;
  if (arm.arm === "v2" || shadowShare === 0 || toModel === undefined) return arm;
  const onOther = (): AdmittedCall | Refusal | undefined => {
    const version = versionOf(arm.rollout, "v2");
    const target = findVersionUnder(view, asker, { name: request.model, version });
    return target === undefined ? undefined : admitTo(target, asker.tenant, request);
  };
  return { ...arm, onOther };
}

/** To what it is to run on, whoever found it, behind the words that go before its chats. */
export function admitTo(
  target: Target,
  { policy: { tenant, tier } }: Tenant,
  given: GenerationRequest,
): AdmittedCall | Refusal {
  if (target.pool === undefined) return servedNowhere(target);
  const request = { ...given, prompt: withSystemPrompt(given.prompt, target.systemPrompt) };
  const { tokenizer } = target;
  if (tokenizer === undefined) return cannotCount(target);
  if (tokenizer.exceeds?.(textOf(request.prompt), target.contextTokensMax) === true) {
    return tooLong(request, target, "more");
  }
  const prompt = encodePrompt(tokenizer, request.prompt);
  if ("why" in prompt) return malformed(prompt.why, "messages");
  const length = decideLength(request, target, prompt);
  if (typeof length !== "number") return length;
  return {
    tenant,
    shard: shardOf(tenant, shardCountDefault),
    pool: target.pool,
    ...(target.poolClass === undefined ? {} : { poolClass: target.poolClass }),
    tier,
    model: target.model.id,
    modelVersion: target.model.version,
    adapterDigest: target.adapterDigest,
    namespace: target.namespace,
    ...(tokenizer === quadTokenizer ? {} : { tokenizer: tokenizer.vocabulary.name }),
    promptBytes: prompt.bytes,
    promptDigest: prompt.digest,
    promptTokens: prompt.tokens,
    outputTokensMax: length,
    outputTokensMin: request.outputTokensMin,
    ignoreEos: request.ignoreEos,
    stopStrings: request.stopStrings,
    sampling: request.sampling,
    ...(target.residency === undefined ? {} : { residency: target.residency }),
    names: target.names,
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

/** A fleet that was changed while this edge ran may name a file that is not here. */
const cannotCount = ({ model }: Target): Refusal => ({
  code: "engine_unavailable",
  message: `The tokenizer of the model \`${model.id}\` cannot be read by this server now.`,
  retryAfterMs: 5_000,
});

const refused = (refusal: Refusal): Admission => ({ kind: "refused", refusal });

function tooLong(
  { prompt }: GenerationRequest,
  { contextTokensMax }: Pick<Target, "contextTokensMax">,
  tokens: number | "more",
): Refusal {
  const message = `The context holds at most ${contextTokensMax} tokens; this request has ${tokens} in the prompt.`;
  const param = prompt.kind === "chat" ? "messages" : "prompt";
  return { code: "context_too_long", message, param };
}

/** Output tokens at most: what was asked for, or the default shortened to what the context leaves. */
function decideLength(
  request: GenerationRequest,
  { model, contextTokensMax }: Target,
  prompt: EncodedPrompt,
): number | Refusal {
  const left = contextTokensMax - prompt.tokens;
  if (left < 1) return tooLong(request, { contextTokensMax }, prompt.tokens);
  if ((request.outputTokensMax ?? 0) > left) {
    const message = `The context holds at most ${contextTokensMax} tokens; this request has ${prompt.tokens} in the prompt and ${request.outputTokensMax} for the output.`;
    return { code: "context_too_long", message, param: "max_tokens" };
  }
  const outputTokensMax = request.outputTokensMax ?? Math.min(model.outputTokensDefault, left);
  return request.outputTokensMin > outputTokensMax
    ? malformed(`\`min_tokens\` is more than the ${outputTokensMax} output tokens.`, "min_tokens")
    : outputTokensMax;
}
