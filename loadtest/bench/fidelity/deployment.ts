// Which simulated replica stands for a measured row. Law: what is chosen rests on system, engine, model, precision and
// degree alone, never on the row's load or on what it measured.

import { kvCapacity } from "#services/worker/engine/kv-capacity.ts";
import { profileNamed, profileNames } from "#services/worker/engine/profiles.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { MeasuredRow } from "./measured-rows.ts";

export interface Deployment {
  readonly kind: "deployment";
  /** Of the step table: one for all degrees of a model. */
  readonly model: string;
  readonly profile: string;
  readonly gpus: number;
  readonly hostMs: number;
  readonly kvTokens: number;
}

export interface Unsupported {
  readonly kind: "unsupported";
  readonly why: string;
}

const models: readonly (readonly [RegExp, string])[] = [
  [/llama-3(\.\d)?-8b/i, "llama3_8b"],
  [/llama-3(\.\d)?-70b/i, "llama3_70b"],
  [/qwen2\.5-72b/i, "qwen25_72b"],
  [/qwen3-32b/i, "qwen3_32b"],
];

/** What is fitted, by the least mean error on the published rows: host time per engine and model. Others take their profile's. */
const hostMs: Readonly<Record<string, number>> = {
  "trtllm llama3_8b": 0.7,
  "vllm llama3_70b": 1.3,
  "vllm qwen3_32b": 2.3,
};

/** As the KV-bound pair of rows shows: some 34 sequences of 8,192 tokens fit. Others have what memory arithmetic gives. */
const kvTokensOf: Readonly<Record<string, number>> = { "vllm llama3_70b/tp2/fp8": 280_000 };

export function deploymentOf(row: MeasuredRow): Deployment | Unsupported {
  if (row.system !== "h100_sxm") return unsupported(`no step table for ${row.system}`);
  const model = models.find(([pattern]) => pattern.test(row.modelPath))?.[1];
  if (model === undefined) return unsupported(`no step table for ${row.modelPath}`);
  const dtype = dtypeOf(row.precision);
  const name = `${model}/tp${row.gpus}/${dtype}`;
  if (!profileNames.includes(name)) return unsupported(`no step table ${name}`);
  if (row.outputTokens < 2) return unsupported("one output token has no time per output token");
  const profile = profileNamed(name);
  const capacity = kvCapacity(profile.memory, { gpus: row.gpus });
  return {
    kind: "deployment",
    model,
    profile: name,
    gpus: row.gpus,
    hostMs: hostMs[`${row.backend} ${model}`] ?? profile.hostMs,
    kvTokens: kvTokensOf[`${row.backend} ${name}`] ?? capacity.kvTokens,
  };
}

const unsupported = (why: string): Unsupported => ({ kind: "unsupported", why });

/** Where none was recorded BF16 is assumed: it fits, FP8 does not. */
function dtypeOf(precision: string): string {
  return precision === "" || precision === "bf16" ? "bfloat16" : precision;
}

const kvBlockTokens = 16;
/** Chunked prefill, decodes first, prompts in order of arrival. */
const stepTokensMax = 8192;

export function engineFor(deployment: Deployment, concurrency: number): SimulatedEngineSpec {
  const { profile, gpus, hostMs, kvTokens } = deployment;
  return {
    kind: "simulated",
    profile,
    gpus,
    hostMs,
    kvBlocks: Math.floor(kvTokens / kvBlockTokens),
    kvBlockTokens,
    sequencesMax: concurrency,
    stepTokensMax: Math.max(stepTokensMax, concurrency),
    adapterSlots: 0,
    batching: "fifo",
    timeScale: 1,
  };
}
