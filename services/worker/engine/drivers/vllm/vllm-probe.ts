// What a vLLM server is, asked before anything runs on it. Whatever it does not say is taken as absent: without its word
// on LoRA slots there are none.

import type { EngineServerSpec } from "#shared/model/fleet.ts";
import { callEngine, readPage } from "#services/worker/engine/drivers/engine-call.ts";
import { EngineFault, faultOf } from "#services/worker/engine/drivers/engine-fault.ts";
import type { ServerProfile } from "#services/worker/engine/drivers/batch-server/dialect.ts";
import { GaugePage } from "#services/worker/engine/drivers/batch-server/gauge-page.ts";
import { hasEvictionDefect, whyUnusable } from "./vllm-version.ts";

export interface VllmProfile extends ServerProfile {
  readonly baseModel: string;
  readonly hasTokensApi: boolean;
}

const answerMs = 3_000;

/** Rejects with an `EngineFault` that tells an operator what to do. */
export async function probeVllm(url: string, spec: EngineServerSpec): Promise<VllmProfile> {
  const version = await readVersion(url);
  const why = whyUnusable(version);
  if (why !== undefined) throw unfit(why);
  const page = new GaugePage(await readPage(`${url}/metrics`, answerMs));
  const blockTokens = page.wholeLabel("vllm:cache_config_info", "block_size");
  const kvBlocks = page.wholeLabel("vllm:cache_config_info", "num_gpu_blocks");
  if (blockTokens === undefined || kvBlocks === undefined) {
    throw unfit("its metrics do not tell its KV blocks (vllm:cache_config_info)");
  }
  if (blockTokens !== spec.kvBlockTokens) {
    throw unfit(`its blocks have ${blockTokens} tokens, and the fleet says ${spec.kvBlockTokens}`);
  }
  const models = await readModels(url);
  const slots = page.wholeLabel("vllm:lora_requests_info", "max_lora") ?? 0;
  const adapterSlots = spec.adapters.length === 0 ? 0 : await usableSlots(url, slots);
  const mark = hasEvictionDefect(version) ? "+free-slots-only" : "";
  return {
    ...models,
    workerType: `vllm/${version}${mark}/${models.baseModel}`,
    // One holds nothing: the null block.
    kvBlocks: kvBlocks - 1,
    adapterSlots,
    hasTokensApi: await hasTokensApi(url),
  };
}

const unfit = (why: string): EngineFault => new EngineFault("malformed", why);

const ask = (url: string): Promise<unknown> =>
  callEngine({ url, method: "GET", patienceMs: answerMs });

async function readVersion(url: string): Promise<string> {
  const said = (await ask(`${url}/version`)) as { readonly version?: unknown } | null;
  const version = said?.version;
  if (typeof version !== "string") throw unfit("it is no vLLM: it has no version");
  return version.slice(0, 40);
}

interface Card {
  readonly id?: unknown;
  readonly parent?: unknown;
  readonly max_model_len?: unknown;
}

async function readModels(
  url: string,
): Promise<Pick<VllmProfile, "baseModel" | "contextTokens" | "leftAdapters">> {
  const said = (await ask(`${url}/v1/models`)) as { readonly data?: readonly Card[] } | null;
  const cards = Array.isArray(said?.data) ? (said.data as readonly Card[]) : [];
  const base = cards.find(({ parent }) => parent === null || parent === undefined);
  const contextTokens = base?.max_model_len;
  if (typeof base?.id !== "string" || !Number.isSafeInteger(contextTokens)) {
    throw unfit("it does not list its model with a context length");
  }
  const leftAdapters = cards
    .filter((card) => card !== base && typeof card.parent === "string")
    .map(({ id }) => String(id));
  return { baseModel: base.id, contextTokens: contextTokens as number, leftAdapters };
}

/** Loading at run time must be allowed. A path without a name tells: that is refused as such, or the route is not there. */
async function usableSlots(url: string, slots: number): Promise<number> {
  if (slots === 0) throw unfit("the fleet file has adapters for it: start it with --enable-lora");
  const call = {
    url: `${url}/v1/load_lora_adapter`,
    method: "POST",
    patienceMs: answerMs,
  } as const;
  const fault = await callEngine({ ...call, body: '{"lora_name":"","lora_path":""}' }).then(
    () => undefined,
    (error: unknown) => faultOf(error),
  );
  if (fault?.status === 404 || fault?.status === 405) {
    throw unfit(
      "start it with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True: adapters are loaded by its worker",
    );
  }
  return slots;
}

/** An empty body is refused by the route, or there is none. */
async function hasTokensApi(url: string): Promise<boolean> {
  const call = {
    url: `${url}/inference/v1/generate`,
    method: "POST",
    patienceMs: answerMs,
  } as const;
  try {
    await callEngine({ ...call, body: "{}" });
    return false;
  } catch (error) {
    const { kind, status } = faultOf(error);
    return kind === "status" && status !== 404 && status !== 405;
  }
}
