// What each role is started with beside the settings of every process: its doors, and what it is to run.

import type { Environment, EnvironmentReader } from "#shared/config/environment.ts";
import { readEnvironment, unknownSettings } from "#shared/config/environment.ts";
import type { FleetRole } from "#shared/config/trust.ts";
import type { EdgeConfig } from "#services/edge/config.ts";
import { edgeSettings } from "#services/edge/config.ts";
import type { ArtefactSettings } from "./artefact-settings.ts";
import { artefactSettings } from "./artefact-settings.ts";
import type { EngineSettings } from "./engine-settings.ts";
import { engineSettings } from "./engine-settings.ts";
import type { OutboxSettings } from "./open-outbox.ts";
import { outboxSettings } from "./open-outbox.ts";
import type { DeskSettings } from "./open-desks.ts";
import type { WebhookSettings } from "./open-alerts.ts";
import { webhookSettings } from "./open-alerts.ts";
import type { ProcessConfig } from "./process-config.ts";
import { processSettings } from "./process-config.ts";
import { trialTimeout } from "./trial-timeout.ts";

export interface EdgeProcessConfig extends ProcessConfig, OutboxSettings {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly edge: EdgeConfig;
}

export interface WorkerProcessConfig extends ProcessConfig, OutboxSettings {
  /** All of the fleet's workers on this host run in this process. */
  readonly workerHost: string;
  readonly dataPlanePort: number;
  readonly engines: EngineSettings;
  readonly artefacts: ArtefactSettings;
}

export interface RegistryProcessConfig extends ProcessConfig, DeskSettings {
  readonly fleetFile: string;
  /** A file that the operator names is applied at each start; the example only fills an empty registry. */
  readonly isFleetFileNamed: boolean;
  /** Who may judge golden prompts of rollouts. Empty: nobody. */
  readonly evaluatorsFile: string;
}

export interface MeteringProcessConfig extends ProcessConfig, WebhookSettings {
  /** Where it remembers what it has stored, for a ledger that is restored from an older backup. Empty: it does not. */
  readonly spoolFolder: string;
  readonly spoolBytesMax: number;
}

const meteringSettings = (read: EnvironmentReader): MeteringProcessConfig => ({
  ...processSettings(read),
  ...webhookSettings(read),
  spoolFolder: read.text("FAIRLEAD_USAGE_SPOOL_FOLDER", ""),
  spoolBytesMax:
    read.integer("FAIRLEAD_USAGE_SPOOL_MIB", { fallback: 1024, min: 1, max: 1_000_000 }) *
    1024 ** 2,
});

const edgeProcessSettings = (read: EnvironmentReader): EdgeProcessConfig => ({
  ...processSettings(read),
  ...outboxSettings(read),
  httpPort: read.port("FAIRLEAD_HTTP_PORT", 8080),
  grpcPort: read.port("FAIRLEAD_GRPC_PORT", 8081),
  edge: edgeSettings(read),
});

const workerSettings = (read: EnvironmentReader): WorkerProcessConfig => ({
  ...processSettings(read),
  ...outboxSettings(read),
  workerHost: read.required("FAIRLEAD_WORKER_HOST", "the host of workers in the fleet file"),
  dataPlanePort: read.port("FAIRLEAD_DATA_PLANE_PORT", 0),
  engines: engineSettings(read),
  artefacts: artefactSettings(read),
});

const registrySettings = (read: EnvironmentReader): RegistryProcessConfig => ({
  ...processSettings(read),
  ...artefactSettings(read),
  intakePort: read.port("FAIRLEAD_INTAKE_PORT", 0),
  trialTimeoutMs: trialTimeout(read),
  fleetFile: read.text("FAIRLEAD_FLEET_FILE", "deploy/fleet.example.yaml"),
  isFleetFileNamed: read.optionalText("FAIRLEAD_FLEET_FILE") !== undefined,
  evaluatorsFile: read.text("FAIRLEAD_EVALUATORS_FILE", ""),
});

const settingsOf: Readonly<Record<FleetRole, (read: EnvironmentReader) => ProcessConfig>> = {
  edge: edgeProcessSettings,
  control: processSettings,
  worker: workerSettings,
  metering: meteringSettings,
  registry: registrySettings,
};

/** Each throws one error that lists every wrong setting. */
export const readEdgeProcessConfig = (environment: Environment): EdgeProcessConfig =>
  readEnvironment(environment, edgeProcessSettings);
export const readProcessConfig = (environment: Environment): ProcessConfig =>
  readEnvironment(environment, processSettings);
export const readMeteringProcessConfig = (environment: Environment): MeteringProcessConfig =>
  readEnvironment(environment, meteringSettings);
export const readWorkerProcessConfig = (environment: Environment): WorkerProcessConfig =>
  readEnvironment(environment, workerSettings);
export const readRegistryProcessConfig = (environment: Environment): RegistryProcessConfig =>
  readEnvironment(environment, registrySettings);

/** Names that look like settings of this role and are none: most likely misspelt. */
export const unknownRoleSettings = (role: FleetRole, environment: Environment): readonly string[] =>
  unknownSettings(
    environment,
    settingsOf[role],
    /^FAIRLEAD_(ADMIN_URL|API_KEY|CLUSTER_FOLDER|URL)$/,
  );
