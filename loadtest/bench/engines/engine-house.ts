// The real servers of a benchmark, and the requests that are put to them.

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run } from "#shared/messages/to-engine.ts";
import type { EngineServerSpec } from "#shared/model/fleet.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import type { LocalLlamaServer } from "#services/worker/engine/drivers/llama-server/local-llama-server.ts";
import type { TinyModels } from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";
import {
  startLlamaServer,
  withoutLlamaServer,
} from "#services/worker/engine/drivers/llama-server/local-llama-server.ts";
import { writeTinyModels } from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";

export const tenants: readonly TenantId[] = ["acme", "bolt", "corner"].map(
  (name) => name as TenantId,
);
export interface EngineHouse {
  readonly server: LocalLlamaServer;
  /** Same build, same model, one slot, and nobody else. */
  readonly alone: LocalLlamaServer;
  readonly spec: EngineServerSpec;
  readonly models: TinyModels;
  /** The base model, and the three adapters. */
  readonly weights: readonly AdapterDigest[];
}

/** As the servers count their adapters. Undefined: the base model. */
export const adapterNumber = (
  { weights }: Pick<EngineHouse, "weights">,
  digest: AdapterDigest,
): number | undefined => (digest === baseModel ? undefined : weights.indexOf(digest) - 1);

export interface HouseWish {
  readonly size: "tiny" | "small" | "medium";
  readonly slots: number;
  readonly contextTokens: number;
  readonly flags?: readonly string[];
  readonly isText?: boolean;
}

export async function withEngineHouse<Result>(
  wish: HouseWish,
  work: (house: EngineHouse) => Promise<Result>,
): Promise<Result> {
  if (withoutLlamaServer !== false) throw new Error(withoutLlamaServer);
  const folder = mkdtempSync(join(tmpdir(), "fairlead-engines-"));
  const started: LocalLlamaServer[] = [];
  const start = async (models: TinyModels, slots: number): Promise<LocalLlamaServer> => {
    const server = await startLlamaServer({ ...models, ...wish, slots });
    started.push(server);
    return server;
  };
  try {
    const models = writeTinyModels(folder, { ...wish, stops: false });
    const server = await start(models, wish.slots);
    const alone = await start(models, 1);
    const weights = [baseModel, ...models.adapters.map(({ digest }) => digest)];
    return await work({ server, alone, spec: specOf(server, models, wish), models, weights });
  } finally {
    await Promise.all(started.map((server) => server.stop()));
    rmSync(folder, { recursive: true });
  }
}

/** What it calls itself. */
export async function buildOf({ server }: EngineHouse): Promise<string> {
  const props = (await (await fetch(`${server.url}/props`)).json()) as { build_info: string };
  return `llama-server ${props.build_info}`;
}

const kvBlockTokens = 16;

const specOf = (
  { url }: LocalLlamaServer,
  { adapters }: TinyModels,
  { slots, contextTokens }: HouseWish,
): EngineServerSpec => ({
  kind: "llama-server",
  url,
  gpus: 1,
  sequencesMax: slots,
  kvBlocks: (slots * contextTokens) / kvBlockTokens,
  kvBlockTokens,
  adapters,
});

/** Words of the tiny vocabulary. */
const wordsFrom = 400;
const words = 600;

/** Another prompt for each number, all beginning with the same half: what a shared cache would mix up. */
export const promptOf = (number: number, tokens: number): readonly Token[] =>
  Array.from({ length: tokens }, (_, index) =>
    index < tokens / 2 ? wordsFrom + index : wordsFrom + ((number * 97 + index * 31) % words),
  );

let made = 0;

export interface Ask {
  readonly tenant: TenantId;
  readonly adapterDigest: AdapterDigest;
  readonly ids: readonly Token[];
  readonly outputTokensMax: number;
}

/** Greedy, to its full length. */
export function runFor({ tenant, adapterDigest, ids, outputTokensMax }: Ask): Run {
  made++;
  const promptBytes = new Uint8Array(Uint32Array.from(ids).buffer);
  return {
    kind: "run",
    sequence: `${made.toString(16).padStart(32, "0")}.1`,
    tenant,
    namespace: `${tenant}/${adapterDigest}`,
    adapterDigest,
    promptBytes,
    promptDigest: createHash("sha256").update(promptBytes).digest("hex"),
    promptTokens: ids.length,
    forcedPrefix: [],
    outputTokensMax,
    outputTokensMin: 0,
    ignoreEos: true,
    sampling: { temperature: 0 },
  };
}
