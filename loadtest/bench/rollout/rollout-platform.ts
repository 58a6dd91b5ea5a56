// An embedded platform in a process of its own, as `npm start` has it, with one name and several versions that it may be rolled
// out to: a good one, and one for each thing that can be wrong with one.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "#deploy/local/processes/free-ports.ts";
import { launch } from "#loadtest/bench/overhead/child-process.ts";
import { sha256Hex } from "#services/registry/desired-fleet.ts";

export const benchModel = "llama-3.1-8b";
export const benchKey = "fl-bench-acme";

export const versions = ["tone", "good", "slow", "erring", "wrong", "nan"] as const;
export type Version = (typeof versions)[number];

export const digestOf = (version: Version): string => sha256Hex(`version ${version}`);

/** Which a request had, by the header of its reply. */
export const versionOf = (digest: string): Version | undefined =>
  versions.find((version) => digestOf(version) === digest);

export interface RolloutPlatform {
  readonly url: string;
  readonly admin: string;
  stop(): Promise<void>;
}

const nodeSettings = ["--min-semi-space-size=16", "--max-semi-space-size=16"];

/** Resolves when it serves. */
export async function startRolloutPlatform(): Promise<RolloutPlatform> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-rollout-"));
  const fleetFile = join(folder, "fleet.json");
  writeFileSync(fleetFile, fleetText());
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
      FAIRLEAD_ENGINE_ADAPTER_FAULTS: [
        `${digestOf("slow")}=prefill:2.3`,
        `${digestOf("erring")}=error:3`,
        `${digestOf("nan")}=nan:50`,
      ].join(" "),
    },
    readyWord: "fairlead ready",
  });
  const stop = async (): Promise<void> => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: `http://127.0.0.1:${http}`, admin: `http://127.0.0.1:${admin}`, stop };
}

/** JSON is YAML. */
function fleetText(): string {
  const limits = {
    requestsPerMinute: 1_000_000,
    tokensPerMinute: 1_000_000_000,
    concurrencyMax: 256,
    queueLengthMax: 1_024,
    contextTokensMax: 8_192,
  };
  const pool = "rollout.eu.interactive";
  const engine = {
    kind: "simulated",
    profile: "llama3_8b/tp1/bfloat16",
    gpus: 1,
    kvBlocks: 27_000,
    kvBlockTokens: 16,
    sequencesMax: 256,
    stepTokensMax: 2_048,
    adapterSlots: 8,
  };
  return JSON.stringify({
    tiers: [{ id: "all", weight: 1, limits }],
    tenants: [
      {
        id: "acme",
        tier: "all",
        models: [benchModel],
        keys: [{ id: "acme-key", secret: benchKey }],
      },
    ],
    models: [
      {
        id: benchModel,
        version: "1",
        tokenizer: "quad",
        contextTokensMax: 8_192,
        outputTokensDefault: 16,
      },
    ],
    pools: [{ id: pool, model: benchModel, region: "eu", class: "interactive" }],
    workers: ["w1", "w2", "w3", "w4"].map((id) => ({
      id,
      pool,
      zone: "eu-a",
      host: "here",
      engine,
    })),
    adapters: versions.map((name) => ({
      name,
      model: benchModel,
      digest: digestOf(name),
      bytes: 41_943_040,
      tenants: ["acme"],
    })),
  });
}
