import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Run } from "#shared/messages/to-engine.ts";
import { engineCases } from "#services/worker/engine/engine.cases.ts";
import type { EngineLimits } from "#services/worker/engine/engine.cases.ts";
import { engineIsolationCases } from "#services/worker/engine/engine-isolation.cases.ts";
import { known } from "#services/worker/engine/drivers/driver-bench.ts";
import {
  replaceAdapterFile,
  writeTinyModels,
} from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";
import type { TinyModels } from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";
import { promptIds } from "#services/worker/engine/drivers/prompt-ids.ts";
import { openEmbeddedBench, openSoloEngine } from "./embedded-bench.ts";
import type { EmbeddedBench, SoloEngine } from "./embedded-bench.ts";
import { withoutNodeLlamaCpp } from "./node-llama-cpp.ts";

// The engine contract against a real llama.cpp; texts are compared with those of a second one that runs nothing else.

let folder: string;
let models: TinyModels;
let solo: SoloEngine;
/** A case that fails leaves its own open, and a process of it would keep this one. */
const benches: EmbeddedBench[] = [];

if (withoutNodeLlamaCpp === false) {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "fairlead-gguf-"));
    models = writeTinyModels(folder, { size: "tiny", stops: true });
    solo = await openSoloEngine(models);
  });
  after(() => {
    for (const bench of benches) bench.close();
    solo.close();
    rmSync(folder, { recursive: true });
  });
}

/** Alone, from its prompt and what was forced. */
async function legalOutput(run: Run): Promise<number[]> {
  const { adapterDigest, forcedPrefix, outputTokensMax, ignoreEos } = run;
  const ids = [...(promptIds(known(run)) ?? []), ...forcedPrefix];
  const left = outputTokensMax - forcedPrefix.length;
  return solo.run({ ids, adapter: adapterDigest, outputTokensMax: left, ignoreEos });
}

const traits = {
  legalOutput,
  cachedOf: (promptTokens: number) => promptTokens - 1,
  longPromptTokens: 1_500,
  adapters: () => models.adapters.map(({ digest }) => digest),
  exempt: {
    "seeds and temperatures change nothing": "a real engine samples",
    "memory that runs out preempts the latest of equals, and no token changes":
      "each slot has its own memory, which cannot run out",
  },
};

if (withoutNodeLlamaCpp !== false) {
  test(
    "an embedded llama.cpp keeps the engine contract",
    { skip: withoutNodeLlamaCpp },
    () => undefined,
  );
} else {
  const open = (limits: EngineLimits): EmbeddedBench => {
    const bench = openEmbeddedBench({ ...limits, models });
    benches.push(bench);
    return bench;
  };
  engineCases("llama-cpp", open, traits);
  engineIsolationCases("llama-cpp", open, {
    ...traits,
    replaceFile: (digest, by) => replaceAdapterFile(models, digest, by),
  });
}
