// The fleet of `FAIRLEAD_MODEL`: a user's own GGUF on this machine, for the three demonstration tenants.

import { createReadStream, statSync } from "node:fs";
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Environment } from "#shared/config/environment.ts";
import { cannotRead } from "#shared/config/file-reason.ts";
import type { GgufModel } from "#shared/tokenizer/gguf-model.ts";
import { readGgufModel } from "#shared/tokenizer/gguf-model.ts";
import type { FleetSource } from "#services/fleet/first-fleet.ts";
import type { EmbeddedConfig } from "./config.ts";

/** Memory for all of them is taken at once: of an 8B model with grouped attention 2 GiB. */
const sequencesMax = 4;
const contextTokensMax = 4096;
const kvBlockTokens = 16;
/** For adapters that tenants bring, beside those that the operator named: each takes as much memory as the base model's. */
const uploadedSlots = 2;
const pool = "own-model.local.interactive";

/** Throws an error that says what is wrong with the model's file, or with an adapter's. */
export async function fleetSource(
  { fleetFile, modelFile, adapterFiles }: EmbeddedConfig,
  environment: Environment,
): Promise<FleetSource> {
  const isNamedByOperator = environment["FAIRLEAD_FLEET_FILE"] !== undefined;
  if (modelFile === "") {
    if (adapterFiles.length > 0) throw new Error("FAIRLEAD_ADAPTERS: of which FAIRLEAD_MODEL?");
    return { file: fleetFile, isNamedByOperator };
  }
  if (isNamedByOperator) {
    throw new Error("FAIRLEAD_MODEL and FAIRLEAD_FLEET_FILE: name one of them");
  }
  const read = readGgufModel(modelFile);
  if (read.kind === "unusable") throw new Error(`FAIRLEAD_MODEL: ${read.why}`);
  const adapters = await Promise.all(adapterFiles.map(readAdapter));
  // JSON is YAML.
  const text = JSON.stringify(fleetOf(modelFile, read.model, adapters));
  return { file: modelFile, text, isNamedByOperator: true };
}

interface OwnAdapter {
  readonly name: string;
  readonly path: string;
  readonly digest: string;
  readonly bytes: number;
}

async function readAdapter(path: string): Promise<OwnAdapter> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash);
    const name = basename(path, ".gguf")
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, "-");
    return { name, path, digest: hash.digest("hex"), bytes: statSync(path).size };
  } catch (error) {
    throw new Error(`FAIRLEAD_ADAPTERS: ${cannotRead(path, error).message}`, { cause: error });
  }
}

/** As clients may write it. */
function nameOf(file: string, { name = "" }: GgufModel): string {
  const plain = (text: string): string =>
    text
      .trim()
      .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
      .replaceAll(/^[^A-Za-z0-9]+|-+$/g, "")
      .slice(0, 128);
  return plain(name) || plain(basename(file, ".gguf")) || "model";
}

/** A version never changes: another file of the same name is another. Weights are not read for it, which may be many gigabytes. */
const versionOf = ({ tokenizerDigest, shape }: GgufModel): string =>
  createHash("sha256")
    .update(JSON.stringify([tokenizerDigest, shape]))
    .digest("hex")
    .slice(0, 12);

function fleetOf(file: string, model: GgufModel, adapters: readonly OwnAdapter[]): object {
  const id = nameOf(file, model);
  const contextTokens = Math.min(contextTokensMax, model.contextTokens ?? contextTokensMax);
  const slotBlocks = Math.ceil(contextTokens / kvBlockTokens);
  return {
    tiers: tiers.map(({ tier, weight }) => ({ id: tier, weight, band: 0, limits })),
    tenants: tiers.map(({ tier, tenant }) => ({
      id: tenant,
      tier,
      models: [id],
      keys: [{ id: `${tenant}-demo`, secret: `fl-demo-${tenant}` }],
    })),
    models: [
      {
        id,
        version: versionOf(model),
        tokenizer: { file },
        format: "gguf",
        contextTokensMax: contextTokens,
        outputTokensDefault: Math.min(512, Math.ceil(contextTokens / 2)),
        createdAtEpochS: 0,
        ...(model.shape === undefined ? {} : { shape: model.shape }),
      },
    ],
    pools: [{ id: pool, model: id, region: "local", class: "interactive" }],
    workers: [
      {
        id: "own-model-1",
        pool,
        zone: "local",
        host: "here",
        engine: {
          kind: "llama-cpp",
          modelPath: file,
          sequencesMax,
          kvBlocks: sequencesMax * slotBlocks,
          kvBlockTokens,
          adapterSlots: adapters.length + uploadedSlots,
          adapters: adapters.map(({ path, digest }) => ({ path, digest })),
        },
      },
    ],
    adapters: adapters.map(({ name, digest, bytes }) => ({
      name,
      digest,
      bytes,
      model: id,
      tenants: tiers.map(({ tenant }) => tenant),
    })),
  };
}

/** As in the example fleet. */
const tiers = [
  { tier: "enterprise", tenant: "acme", weight: 8 },
  { tier: "business", tenant: "bolt", weight: 4 },
  { tier: "starter", tenant: "corner", weight: 1 },
] as const;

const limits = {
  requestsPerMinute: 60_000,
  tokensPerMinute: 60_000_000,
  concurrencyMax: 64,
  queueLengthMax: 1024,
  contextTokensMax: 1_000_000,
};
