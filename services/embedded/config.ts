// What the embedded platform is started with: the environment only, each knob with an argued default.

import { join } from "node:path";
import type { Environment, EnvironmentReader } from "#shared/config/environment.ts";
import { readEnvironment, unknownSettings } from "#shared/config/environment.ts";
import type { LogLevel } from "#shared/telemetry/log-levels.ts";
import { logLevels } from "#shared/telemetry/log-levels.ts";
import { edgeSettings } from "#services/edge/config.ts";
import type { EngineSettings } from "#services/fleet/engine-settings.ts";
import { engineSettings } from "#services/fleet/engine-settings.ts";
import type { WebhookSettings } from "#services/fleet/open-alerts.ts";
import { webhookSettings } from "#services/fleet/open-alerts.ts";
import type { ObjectStoreSettings } from "#services/fleet/object-store-settings.ts";
import { trialTimeout } from "#services/fleet/trial-timeout.ts";
import { objectStoreSettings } from "#services/fleet/object-store-settings.ts";

export interface EmbeddedConfig {
  /** Loopback by default: the demo keys are public. */
  readonly listenHost: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly adminPort: number;
  /** Ledger, registry and coordination live here. Empty (tests set it so): in memory, forgotten at the end. */
  readonly dataDirectory: string;
  /** Usage waits here until the ledger has it. Absent: beside the data; where they are in memory, in memory like them. */
  readonly outboxFolder?: string;
  /** Desired state to apply at the start. */
  readonly fleetFile: string;
  /** A GGUF to serve instead of a fleet file. Empty: none. */
  readonly modelFile: string;
  /** LoRA weights for it. */
  readonly adapterFiles: readonly string[];
  /** Of what tenants bring. */
  readonly objectStore: ObjectStoreSettings;
  /** An uploaded adapter has brought a token by then, or its upload is turned back. */
  readonly trialTimeoutMs: number;
  /** Who may judge golden prompts of rollouts. Empty: nobody. */
  readonly evaluatorsFile: string;
  /** Open calls may end by themselves this long after SIGTERM. */
  readonly drainPatienceMs: number;
  /** Of all engines in this process. */
  readonly engines: EngineSettings;
  readonly webhooks: WebhookSettings;
  /** To standard error, as JSON lines. */
  readonly logLevel: LogLevel;
}

/** Throws one error that lists every wrong setting. */
export const readEmbeddedConfig = (environment: Environment): EmbeddedConfig =>
  readEnvironment(environment, settings);

const settings = (read: EnvironmentReader): EmbeddedConfig => {
  const modelFile = read.text("FAIRLEAD_MODEL", "");
  const place = placeOf(read, modelFile);
  const outboxFolder = read.optionalText("FAIRLEAD_OUTBOX_FOLDER");
  const named = outboxFolder === undefined ? {} : { outboxFolder };
  return { ...place, ...named, ...modelOf(read, modelFile) };
};

/** Empty: in memory. */
export function outboxFolderOf({ outboxFolder, dataDirectory }: EmbeddedConfig): string {
  return outboxFolder ?? (dataDirectory === "" ? "" : join(dataDirectory, "outbox"));
}

const modelOf = (
  read: EnvironmentReader,
  modelFile: string,
): Pick<EmbeddedConfig, "modelFile" | "adapterFiles"> => ({
  modelFile,
  adapterFiles: read
    .text("FAIRLEAD_ADAPTERS", "")
    .split(",")
    .map((file) => file.trim())
    .filter((file) => file !== ""),
});

const placeOf = (
  read: EnvironmentReader,
  modelFile: string,
): Omit<EmbeddedConfig, "modelFile" | "adapterFiles" | "outboxFolder"> => ({
  listenHost: read.text("FAIRLEAD_LISTEN_HOST", "127.0.0.1"),
  httpPort: read.port("FAIRLEAD_HTTP_PORT", 8080),
  grpcPort: read.port("FAIRLEAD_GRPC_PORT", 8081),
  adminPort: read.port("FAIRLEAD_ADMIN_PORT", 8082),
  dataDirectory: read.text(
    "FAIRLEAD_DATA_DIRECTORY",
    // A registry of its own: without the model the next start finds the fleet that it had.
    modelFile === "" ? ".fairlead" : ".fairlead/own-model",
  ),
  fleetFile: read.text("FAIRLEAD_FLEET_FILE", "deploy/fleet.example.yaml"),
  evaluatorsFile: read.text("FAIRLEAD_EVALUATORS_FILE", ""),
  drainPatienceMs: read.durationMs("FAIRLEAD_DRAIN_PATIENCE", 20_000),
  objectStore: objectStoreSettings(read),
  trialTimeoutMs: trialTimeout(read),
  engines: engineSettings(read),
  webhooks: webhookSettings(read),
  logLevel: read.oneOf("FAIRLEAD_LOG_LEVEL", logLevels, "warn"),
});

/** Names that look like settings and are none: most likely misspelt. */
export const unknownEmbeddedSettings = (environment: Environment): readonly string[] =>
  unknownSettings(
    environment,
    (read) => [settings(read), edgeSettings(read)],
    /^FAIRLEAD_(ADMIN_URL|API_KEY|CLUSTER_FOLDER|URL)$/,
  );
