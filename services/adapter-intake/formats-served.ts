// Which files a tenant may bring for a model: those that every one of its workers can load while it runs.

import type { EngineSpec, Fleet } from "#shared/model/fleet.ts";

type Format = "safetensors" | "gguf";

/** An engine that is reached over HTTP reads files of its own machine, which we do not write. */
const formatsOf: Readonly<Record<EngineSpec["kind"], readonly Format[]>> = {
  simulated: ["safetensors", "gguf"],
  "llama-cpp": ["gguf"],
  "llama-server": [],
  vllm: [],
  sglang: [],
};

/** Empty: none, or nothing serves the model. */
export function formatsServed(
  { pools, workers }: Pick<Fleet, "pools" | "workers">,
  model: string,
): readonly Format[] {
  const ids = new Set(pools.filter((pool) => pool.model === model).map(({ id }) => id));
  const engines = workers.filter(({ pool }) => ids.has(pool)).map(({ engine }) => engine.kind);
  if (engines.length === 0) return [];
  return (["safetensors", "gguf"] as const).filter((format) =>
    engines.every((kind) => formatsOf[kind].includes(format)),
  );
}
