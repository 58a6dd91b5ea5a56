// The whole platform before the house's llama-server, in a process of its own as `npm start` has it, with the model's own
// tokenizer: what a client's tokens go through.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "#deploy/local/processes/free-ports.ts";
import { launch } from "#loadtest/bench/overhead/child-process.ts";
import type { EngineHouse } from "./engine-house.ts";
import { tenants } from "./engine-house.ts";

export const platformModel = "bench";
export const keyOf = (tenant: string): string => `fl-bench-${tenant}`;

export interface BenchPlatform {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** As `npm start` has them. */
const nodeSettings = ["--min-semi-space-size=16", "--max-semi-space-size=16"];

/** Resolves when it serves. */
export async function startBenchPlatform(house: EngineHouse): Promise<BenchPlatform> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-engines-platform-"));
  const fleetFile = join(folder, "fleet.yaml");
  writeFileSync(fleetFile, fleetText(house));
  const [http = 0, grpc = 0, admin = 0] = await freePorts(3);
  const running = await launch({
    command: [process.execPath, ...nodeSettings, "services/embedded/main.ts"],
    env: {
      FAIRLEAD_HTTP_PORT: `${http}`,
      FAIRLEAD_GRPC_PORT: `${grpc}`,
      FAIRLEAD_ADMIN_PORT: `${admin}`,
      FAIRLEAD_DATA_DIRECTORY: join(folder, "data"),
      FAIRLEAD_FLEET_FILE: fleetFile,
      FAIRLEAD_DRAIN_PATIENCE: "1s",
    },
    readyWord: "fairlead ready",
  });
  const stop = async (): Promise<void> => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: `http://127.0.0.1:${http}`, pid: running.pid, stop };
}

/** JSON is YAML. */
function fleetText({ spec, models }: EngineHouse): string {
  const { gpus: _all, ...engine } = spec;
  const contextTokensMax = (spec.kvBlocks / spec.sequencesMax) * spec.kvBlockTokens;
  const limits = {
    requestsPerMinute: 1_000_000,
    tokensPerMinute: 1_000_000_000,
    concurrencyMax: 256,
    queueLengthMax: 1_024,
    contextTokensMax,
  };
  const pool = "bench.local.interactive";
  return JSON.stringify({
    tiers: [{ id: "all", weight: 1, limits }],
    tenants: tenants.map((id) => ({
      id,
      tier: "all",
      models: [platformModel],
      keys: [{ id: `${id}-key`, secret: keyOf(id) }],
    })),
    models: [
      {
        id: platformModel,
        version: "1",
        tokenizer: { file: models.model },
        contextTokensMax,
        outputTokensDefault: 16,
      },
    ],
    pools: [{ id: pool, model: platformModel, region: "local", class: "interactive" }],
    workers: [{ id: "w1", pool, zone: "local", host: "here", engine }],
    adapters: spec.adapters.map(({ digest }, index) => ({
      name: `lora${index}`,
      digest,
      model: platformModel,
      bytes: 27_648,
      tenants,
    })),
  });
}
