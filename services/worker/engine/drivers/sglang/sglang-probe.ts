// What a SGLang server is, asked before anything runs on it. It tells its arguments: what would break a law of ours is
// refused with the flag that mends it.

import type { EngineServerSpec } from "#shared/model/fleet.ts";
import { callEngine } from "#services/worker/engine/drivers/engine-call.ts";
import { EngineFault, faultOf } from "#services/worker/engine/drivers/engine-fault.ts";
import type { ServerProfile } from "#services/worker/engine/drivers/batch-server/dialect.ts";

type Told = Readonly<Record<string, unknown>>;

const answerMs = 3_000;

/** Rejects with an `EngineFault` that tells an operator what to do. */
export async function probeSglang(url: string, spec: EngineServerSpec): Promise<ServerProfile> {
  const told = await readInfo(url);
  const why = whyUnfit(told, spec);
  if (why !== undefined) throw unfit(why);
  const tokens = wholeOf(told, "max_total_num_tokens");
  const inputTokens = wholeOf(told, "max_req_input_len");
  return {
    workerType: `sglang/${textOf(told, "version")}/${textOf(told, "model_path")}`,
    contextTokens: inputTokens,
    kvBlocks: Math.floor(tokens / spec.kvBlockTokens),
    adapterSlots: spec.adapters.length === 0 ? 0 : wholeOf(told, "max_loras_per_batch"),
    leftAdapters: await readLeft(url),
  };
}

const unfit = (why: string): EngineFault => new EngineFault("malformed", why);

const ask = (url: string): Promise<unknown> =>
  callEngine({ url, method: "GET", patienceMs: answerMs });

/** Renamed in 2026; the old name goes on for a while. */
async function readInfo(url: string): Promise<Told> {
  const said = await ask(`${url}/server_info`).catch((error: unknown) => {
    if (faultOf(error).status !== 404) throw error;
    return ask(`${url}/get_server_info`);
  });
  if (typeof said !== "object" || said === null) throw unfit("it is no SGLang: it tells nothing");
  return said as Told;
}

function whyUnfit(told: Told, spec: EngineServerSpec): string | undefined {
  if (told["incremental_streaming_output"] !== true && told["stream_output"] !== true) {
    return "start it with --incremental-streaming-output: each event must bring new ids alone";
  }
  // The salt covers the radix tree in its own process, and nothing beyond (#26747, #37058, #37160).
  for (const [flag, option] of beyond) {
    if (told[flag] === true) return `start it without ${option}: it shares prefixes across salts`;
  }
  if (told["page_size"] !== spec.kvBlockTokens) {
    return `its pages have ${String(told["page_size"])} tokens, and the fleet says ${spec.kvBlockTokens}: start it with --page-size ${spec.kvBlockTokens}`;
  }
  if (spec.adapters.length > 0 && told["enable_lora"] !== true) {
    return "the fleet file has adapters for it: start it with --enable-lora";
  }
  return undefined;
}

const beyond = [
  ["enable_hierarchical_cache", "--enable-hierarchical-cache"],
  ["enable_lmcache", "--enable-lmcache"],
] as const;

function wholeOf(told: Told, field: string): number {
  const value = told[field];
  if (!Number.isSafeInteger(value)) throw unfit(`it does not tell its ${field}`);
  return value as number;
}

const textOf = (told: Told, field: string): string => {
  const value = told[field];
  return typeof value === "string" ? value.slice(0, 80) : "unknown";
};

/** Adapters have a parent in its list of models. */
async function readLeft(url: string): Promise<readonly string[]> {
  const said = (await ask(`${url}/v1/models`)) as { readonly data?: unknown } | null;
  const cards = Array.isArray(said?.data) ? (said.data as readonly Told[]) : [];
  return cards.filter(({ parent }) => typeof parent === "string").map(({ id }) => String(id));
}
