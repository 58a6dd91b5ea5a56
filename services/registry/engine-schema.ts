// The shape of a worker's engine in a fleet file: simulated, or real and reached by its URL or its model's path.

import { evictionNames } from "#shared/model/adapter-policy.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { EngineSpec } from "#shared/model/fleet.ts";
import { z } from "zod";
import { isPrivateUrl } from "./private-url.ts";
import { sha256, whole, word } from "./schema-words.ts";
import { simulatedTerms } from "./simulated-terms.ts";

const size = {
  gpus: whole(1, 64),
  gpuMemoryBytes: z.exactOptional(whole(1, 10_000_000_000_000)),
  kvBlocks: whole(1, 10_000_000),
  kvBlockTokens: whole(1, 1024),
  sequencesMax: whole(1, 100_000),
  adapterEviction: z.exactOptional(z.enum(evictionNames, { error: evictionNames.join(", ") })),
};

const simulated = z
  .strictObject({
    kind: z.literal("simulated"),
    profile: word(/^[a-z0-9_]+\/tp[1-9]\d*\/[a-z0-9]+$/, "MODEL/tpN/DTYPE"),
    ...size,
    stepTokensMax: whole(1, 1_000_000),
    adapterSlots: whole(0, 10_000),
    batching: z.exactOptional(z.enum(["fair", "fifo"], { error: "fair or fifo" })),
    ...simulatedTerms,
    timeScale: z
      .number({ error: "a number above 0" })
      .positive({ error: "a number above 0" })
      .max(1000, { error: "at most 1000" })
      .default(1),
  })
  .refine(({ profile, gpus }) => Number(/\/tp(\d+)\//.exec(profile)?.[1]) === gpus, {
    path: ["gpus"],
    error: "as many as the profile's tensor-parallel degree (the N of tpN)",
  })
  .refine(({ chunking = "total", batching }) => chunking === "total" || batching === "fifo", {
    path: ["chunking"],
    error: "total, unless batching is fifo",
  });

const path = word(/^[^\0]{1,1024}$/, "the path of a file");

const adapters = z
  .array(
    z.strictObject({
      digest: sha256.transform((digest) => digest as AdapterDigest),
      path,
    }),
    { error: "a list of adapters, each with `digest` and `path`" },
  )
  .refine((list) => new Set(list.map(({ digest }) => digest)).size === list.length, {
    error: "each digest once: it names the weights",
  })
  .refine((list) => new Set(list.map((adapter) => adapter.path)).size === list.length, {
    error: "each path once: it has one content, hence one digest",
  });

// It answers whoever reaches it, for any tenant, and says what others asked: nobody but its worker may.
const url = z.string({ error: "http://HOST:PORT" }).refine(isPrivateUrl, {
  error: "http://HOST:PORT on loopback or a private network, without a path",
});

const ofAModel = (most: number) => {
  const error = `a number above 0, at most ${most}`;
  return z.number({ error }).positive({ error }).max(most, { error });
};

const modelShape = z
  .strictObject({
    parameters: ofAModel(1e14),
    wideParameters: ofAModel(1e13),
    layers: whole(1, 10_000),
    heads: whole(1, 10_000),
    headDim: whole(1, 10_000),
    arithmetic: z.enum(["bfloat16", "fp8"], { error: "bfloat16 or fp8" }),
  })
  .refine(({ parameters, wideParameters }) => wideParameters < parameters, {
    path: ["wideParameters"],
    error: "fewer than all parameters",
  });

// A slice of a GPU that MIG made has no readings of its own there.
const gpuIds = z
  .array(word(/^(\d{1,2}|GPU-[\da-f-]{8,40})$/, "a GPU's index or UUID, as in: nvidia-smi -L"), {
    error: "a list of GPUs",
  })
  .refine((ids) => new Set(ids).size === ids.length, { error: "each GPU once" });

const measured = {
  gpuIds: z.exactOptional(gpuIds),
  modelShape: z.exactOptional(modelShape),
};

const hasAsManyGpus = ({
  gpus,
  gpuIds: ids,
}: {
  readonly gpus: number;
  readonly gpuIds?: readonly string[];
}): boolean => ids === undefined || ids.length === 0 || ids.length === gpus;

const asManyGpus = { path: ["gpuIds"], error: "as many as gpus, or none to measure none" };

// A CPU counts as one: its time is what is shared out.
const realSize = {
  ...size,
  gpus: size.gpus.default(1),
  kvBlockTokens: size.kvBlockTokens.default(16),
};

const server = z
  .strictObject({
    kind: z.enum(["llama-server", "vllm", "sglang"]),
    url,
    ...realSize,
    ...measured,
    double: z.exactOptional(z.literal(true, { error: "true, or nothing" })),
    adapters: adapters.default([]),
  })
  .refine(hasAsManyGpus, asManyGpus);

const embedded = z
  .strictObject({
    kind: z.literal("llama-cpp"),
    modelPath: path,
    ...realSize,
    ...measured,
    adapterSlots: z.exactOptional(whole(0, 64)),
    adapters: adapters.default([]),
  })
  .refine(hasAsManyGpus, asManyGpus);

export const engine: z.ZodType<EngineSpec> = z.discriminatedUnion(
  "kind",
  [simulated, server, embedded],
  { error: "simulated, llama-server, vllm, sglang or llama-cpp" },
);
