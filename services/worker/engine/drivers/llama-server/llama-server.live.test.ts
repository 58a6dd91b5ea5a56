import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Run } from "#shared/messages/to-engine.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { EngineServerSpec } from "#shared/model/fleet.ts";
import { engineCases } from "#services/worker/engine/engine.cases.ts";
import type { EngineLimits } from "#services/worker/engine/engine.cases.ts";
import { engineIsolationCases } from "#services/worker/engine/engine-isolation.cases.ts";
import type { DriverBench } from "#services/worker/engine/drivers/driver-bench.ts";
import { promptIds } from "#services/worker/engine/drivers/prompt-ids.ts";
import { known } from "#services/worker/engine/drivers/driver-bench.ts";
import { startLlamaServer, withoutLlamaServer } from "./local-llama-server.ts";
import {
  replaceAdapterFile,
  writeTinyModels,
} from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";
import type { LocalLlamaServer } from "./local-llama-server.ts";
import type { TinyModels } from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";
import { openServerBench } from "./server-bench.ts";
import { soloRun } from "./solo-run.ts";

// The engine contract against a real llama-server; texts are compared with those of a second one that runs nothing else.

const slotTokens = 4096;
let folder: string;
let models: TinyModels;
let server: LocalLlamaServer;
let reference: LocalLlamaServer;

if (withoutLlamaServer === false) {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "fairlead-llama-"));
    models = writeTinyModels(folder, { size: "tiny", stops: true });
    const wish = { ...models, contextTokens: slotTokens };
    [server, reference] = await Promise.all([
      startLlamaServer({ ...wish, slots: 8 }),
      startLlamaServer({ ...wish, slots: 1 }),
    ]);
  });
  after(async () => {
    await Promise.all([server.stop(), reference.stop()]);
    rmSync(folder, { recursive: true });
  });
}

const digests = (): readonly AdapterDigest[] => models.adapters.map(({ digest }) => digest);
const adapterNumber = (digest: AdapterDigest): number | undefined =>
  digest === "" ? undefined : digests().indexOf(digest);

const specOf = ({ sequencesMax, kvBlocks }: EngineLimits): EngineServerSpec => ({
  kind: "llama-server",
  url: server.url,
  gpus: 1,
  sequencesMax,
  kvBlocks: Math.min(kvBlocks, (sequencesMax * slotTokens) / 16),
  kvBlockTokens: 16,
  adapters: models.adapters,
});

/** Alone, from its prompt and what was forced. */
async function legalOutput(run: Run): Promise<number[]> {
  const { adapterDigest, forcedPrefix, outputTokensMax, ignoreEos } = run;
  const ids = [...(promptIds(known(run)) ?? []), ...forcedPrefix];
  const left = outputTokensMax - forcedPrefix.length;
  if (left === 0) return [];
  const adapter = adapterNumber(adapterDigest);
  return [...(await soloRun(reference.url, { ids, adapter, outputTokensMax: left, ignoreEos }))];
}

const notOurs = "its batches are its own: it computes all that it was given";
const traits = {
  legalOutput,
  cachedOf: (promptTokens: number) => promptTokens - 1,
  longPromptTokens: 3_500,
  adapters: digests,
  exempt: {
    "seeds and temperatures change nothing": "a real engine samples",
    "memory that runs out preempts the latest of equals, and no token changes": notOurs,
  },
};

if (withoutLlamaServer !== false) {
  test(
    "a real llama-server keeps the engine contract",
    { skip: withoutLlamaServer },
    () => undefined,
  );
} else {
  const open = (limits: EngineLimits): DriverBench =>
    openServerBench({ spec: specOf(limits), adapterSlots: limits.adapterSlots });
  engineCases("llama-server", open, traits);
  engineIsolationCases("llama-server", open, {
    ...traits,
    replaceFile: (digest, by) => replaceAdapterFile(models, digest, by),
  });
}
