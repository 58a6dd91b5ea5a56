// An embedded engine on a bench, and a second one that runs nothing else: what the live tests drive and compare with.

import type { EmbeddedEngineSpec } from "#shared/model/fleet.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import type { DriverBench } from "#services/worker/engine/drivers/driver-bench.ts";
import { openBenchOf } from "#services/worker/engine/drivers/driver-bench.ts";
import type { TinyModels } from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";
import type { EmbeddedEngine } from "./llama-cpp-engine.ts";
import { llamaCppEngine } from "./llama-cpp-engine.ts";
import { Stepper } from "./stepper.ts";
import type { StepPart } from "./stepper-words.ts";
import { endToken } from "./stepper-words.ts";

export interface EmbeddedBenchWish {
  readonly models: TinyModels;
  readonly sequencesMax: number;
  readonly kvBlocks: number;
  readonly adapterSlots?: number;
}

export interface EmbeddedBench extends DriverBench {
  /** Of the process that holds the model. */
  readonly pid: () => number;
  readonly opened: Promise<void>;
}

export function openEmbeddedBench({ models, ...wish }: EmbeddedBenchWish): EmbeddedBench {
  const { sequencesMax, kvBlocks, ...rest } = wish;
  const spec: EmbeddedEngineSpec = {
    kind: "llama-cpp",
    modelPath: models.model,
    gpus: 1,
    sequencesMax,
    kvBlocks,
    kvBlockTokens: 16,
    adapters: models.adapters,
  };
  const engines: EmbeddedEngine[] = [];
  const bench = openBenchOf((ports) => {
    const engine = llamaCppEngine({ ...ports, spec: () => spec, threads: 1, ...rest });
    engines.push(engine);
    return engine;
  });
  const [engine] = engines;
  return {
    ...bench,
    pid: () => engine?.pid() ?? 0,
    opened: engine?.opened ?? Promise.reject(new Error("there is no engine")),
  };
}

export interface SoloRun {
  readonly ids: readonly Token[];
  readonly adapter: AdapterDigest;
  readonly outputTokensMax: number;
  readonly ignoreEos: boolean;
}

export interface SoloEngine {
  /** Greedy; without the end token. */
  run(wish: SoloRun): Promise<Token[]>;
  close(): void;
}

/** One slot, the whole prompt in one step, then a token a step. */
export async function openSoloEngine(models: TinyModels): Promise<SoloEngine> {
  const stepper = new Stepper(() => undefined);
  await stepper.order(
    {
      kind: "open-model",
      modelPath: models.model,
      threads: 1,
      slots: 1,
      slotTokens: 4096,
      stepTokensMax: 4096,
    },
    "model-opened",
  );
  for (const { digest: adapter, path } of models.adapters) {
    await stepper.order({ kind: "add-context", adapter, path }, "order-done");
  }
  const next = { temperature: 0, topP: 1, seed: 0, presencePenalty: 0, frequencyPenalty: 0 };
  const run = async (wish: SoloRun): Promise<Token[]> => {
    const output: Token[] = [];
    let [from, ids] = [0, wish.ids];
    while (output.length < wish.outputTokensMax) {
      const { adapter, ignoreEos: mustGoOn } = wish;
      const part: StepPart = { adapter, slot: 0, from, ids, next: { ...next, output, mustGoOn } };
      const { tokens } = await stepper.order(
        { kind: "compute-step", parts: [part] },
        "step-computed",
      );
      const [token = endToken] = tokens;
      if (token === endToken) break;
      output.push(token);
      from += ids.length;
      ids = [token];
    }
    return output;
  };
  return { run, close: () => stepper.end() };
}
