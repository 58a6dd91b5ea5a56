// An embedded platform in this process with a pool for each scene, its tenants and their adapters; and the files that an operator applies
// to it: GPU rates and prices.

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommandLine } from "#services/console/command-line.ts";
import { readEmbeddedConfig } from "#services/embedded/config.ts";
import { startPlatform } from "#services/embedded/platform.ts";
import type { Scene } from "./scenes.ts";

export interface ScenePlatform {
  readonly url: string;
  /** As an operator types it; throws what it complains. */
  command(...words: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

export const keyOf = (tenant: string): string => `fl-bench-${tenant}`;

const adapterName = (index: number): string => `a${index}`;

/** As clients write it. */
export const servedModel = ({ model }: Scene, adapter: number | undefined): string =>
  adapter === undefined ? model : `${model}:${adapterName(adapter)}`;

export async function startScenePlatform(scenes: readonly Scene[]): Promise<ScenePlatform> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-margin-"));
  const fleetFile = join(folder, "fleet.json");
  writeFileSync(fleetFile, JSON.stringify(fleetOf(scenes)));
  writeFileSync(join(folder, "rates.json"), JSON.stringify(rates));
  writeFileSync(join(folder, "prices.json"), JSON.stringify(pricesOf(scenes)));
  const environment = {
    FAIRLEAD_HTTP_PORT: "0",
    FAIRLEAD_GRPC_PORT: "0",
    FAIRLEAD_ADMIN_PORT: "0",
    FAIRLEAD_DRAIN_PATIENCE: "1s",
    FAIRLEAD_FLEET_FILE: fleetFile,
  };
  const config = { ...readEmbeddedConfig(environment), dataDirectory: "" };
  const platform = await startPlatform(config, environment);
  const admin = `http://127.0.0.1:${platform.adminPort}`;
  const command = (...words: readonly string[]): Promise<string> => ask(words, admin);
  await command("gpu-rates", "-f", join(folder, "rates.json"));
  await command("prices", "apply", join(folder, "prices.json"));
  return {
    url: `http://127.0.0.1:${platform.httpPort}`,
    command,
    close: async () => {
      await platform.drain();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ask(words: readonly string[], admin: string): Promise<string> {
  const out: string[] = [];
  const complaints: string[] = [];
  const { readFile } = await import("node:fs/promises");
  const code = await runCommandLine([...words, "--admin", admin], {
    environment: {},
    print: (line) => out.push(line),
    complain: (line) => complaints.push(line),
    readFile: (path) => readFile(path, "utf8"),
    openFile: () => Promise.reject(new Error("no file is sent")),
  });
  if (code !== 0) throw new Error(`${words.join(" ")}: ${complaints.join("\n")}`);
  return out.join("\n");
}

/** JSON is YAML. A GPU-second costs 1. */
const rates = { gpuRates: [{ perGpuHour: "3600", currency: "USD", from: "2020-01-01T00:00Z" }] };

const pricesOf = (scenes: readonly Scene[]): object => ({
  issuers: [{ id: "FL", name: "Bench", address: "here" }],
  accounts: [{ tenant: "*", currency: "USD" }],
  books: [
    {
      id: "bench",
      currency: "USD",
      effectiveFrom: "2020-01-01",
      models: Object.fromEntries(scenes.map(({ model, prices }) => [model, prices])),
    },
  ],
});

const limits = {
  requestsPerMinute: 1_000_000,
  tokensPerMinute: 1_000_000_000,
  concurrencyMax: 64,
  queueLengthMax: 1024,
  contextTokensMax: 8192,
};

function fleetOf(scenes: readonly Scene[]): object {
  const tenants = scenes.flatMap((scene) =>
    scene.clients.map(({ tenant }) => ({
      id: tenant,
      tier: tenant === "vip" ? "first" : "other",
      models: [scene.model],
      keys: [{ id: `${tenant}-key`, secret: keyOf(tenant) }],
    })),
  );
  return {
    tiers: [
      { id: "first", weight: 1, band: 0, mayPreempt: true, limits },
      { id: "other", weight: 1, band: 1, limits },
    ],
    tenants,
    models: scenes.map(({ model, contextTokensMax }) => ({
      id: model,
      version: "1",
      tokenizer: "quad",
      contextTokensMax,
      outputTokensDefault: 16,
    })),
    pools: scenes.map(({ model }) => ({
      id: poolOf(model),
      model,
      region: "eu",
      class: "interactive",
    })),
    workers: scenes.map(({ model, engine }) => ({
      id: `worker-${model}`,
      pool: poolOf(model),
      zone: "eu-a",
      host: "here",
      engine: {
        kind: "simulated",
        profile: "llama3_8b/tp1/bfloat16",
        gpus: 1,
        kvBlockTokens: 16,
        sequencesMax: 64,
        stepTokensMax: 2048,
        ...engine,
      },
    })),
    adapters: scenes.flatMap(adaptersOf),
  };
}

const poolOf = (model: string): string => `${model}.eu.interactive`;

const adaptersOf = ({ model, clients }: Scene): readonly object[] =>
  clients.flatMap(({ tenant, adapters = 0 }) =>
    Array.from({ length: adapters }, (_, index) => ({
      name: adapterName(index),
      model,
      digest: createHash("sha256").update(`${model} ${index}`).digest("hex"),
      bytes: 83_886_080,
      tenants: [tenant],
    })),
  );
