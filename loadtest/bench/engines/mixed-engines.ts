// The engines that are asked in mixed company: a llama-server, and llama.cpp in a process of its own.

import type { EmbeddedEngineSpec } from "#shared/model/fleet.ts";
import { openSoloEngine } from "#services/worker/engine/drivers/llama-cpp/embedded-bench.ts";
import { llamaCppEngine } from "#services/worker/engine/drivers/llama-cpp/llama-cpp-engine.ts";
import { withoutNodeLlamaCpp } from "#services/worker/engine/drivers/llama-cpp/node-llama-cpp.ts";
import { llamaServerEngine } from "#services/worker/engine/drivers/llama-server/llama-server-engine.ts";
import { soloRun } from "#services/worker/engine/drivers/llama-server/solo-run.ts";
import { adapterNumber } from "./engine-house.ts";
import type { EngineHouse } from "./engine-house.ts";
import type { EnginePort } from "./engine-port.ts";
import { openEnginePort } from "./engine-port.ts";
import type { MixedEngine } from "./mixed-adapters.ts";

type Measure<Result> = (engine: MixedEngine) => Promise<Result>;
type WithEngine = <Result>(house: EngineHouse, measure: Measure<Result>) => Promise<Result>;

/** The driver of the house's server. */
export const serverPort = ({ spec }: EngineHouse): Promise<EnginePort> =>
  openEnginePort((ports) => llamaServerEngine({ ...ports, spec: () => spec }), spec.adapters);

const withLlamaServer: WithEngine = async (house, measure) => {
  const port = await serverPort(house);
  const solo: MixedEngine["solo"] = ({ ids, adapterDigest, outputTokensMax }) => {
    const adapter = adapterNumber(house, adapterDigest);
    return soloRun(house.alone.url, { ids, adapter, outputTokensMax, ignoreEos: true });
  };
  try {
    return await measure({ engine: "llama-server", port, solo });
  } finally {
    port.close();
  }
};

const withLlamaCpp: WithEngine = async (house, measure) => {
  if (withoutNodeLlamaCpp !== false) throw new Error(withoutNodeLlamaCpp);
  const { spec: served, models } = house;
  const { gpus, sequencesMax, kvBlocks, kvBlockTokens, adapters } = served;
  const size = { gpus, sequencesMax, kvBlocks, kvBlockTokens };
  const modelPath = models.model;
  const spec: EmbeddedEngineSpec = { kind: "llama-cpp", modelPath, ...size, adapters };
  const alone = await openSoloEngine(models);
  try {
    const port = await openEnginePort(
      (ports) => llamaCppEngine({ ...ports, spec: () => spec, threads: 1 }),
      adapters,
    );
    const solo: MixedEngine["solo"] = ({ adapterDigest: adapter, ...ask }) =>
      alone.run({ ...ask, adapter, ignoreEos: true });
    try {
      return await measure({ engine: "llama-cpp", port, solo });
    } finally {
      port.close();
    }
  } finally {
    alone.close();
  }
};

export const mixedEngines: Readonly<Record<string, WithEngine>> = {
  "llama-server": withLlamaServer,
  "llama-cpp": withLlamaCpp,
};
