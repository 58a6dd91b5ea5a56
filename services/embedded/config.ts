// What the embedded platform is started with: the environment only, each knob with an argued default.

import type { Environment } from "#shared/config/environment.ts";
import { readEnvironment } from "#shared/config/environment.ts";
import type { LogLevel } from "#shared/telemetry/log-levels.ts";
import { logLevels } from "#shared/telemetry/log-levels.ts";

export interface EmbeddedConfig {
  /** Loopback by default: the demo keys are public. */
  readonly listenHost: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly adminPort: number;
  /** Ledger, registry and coordination live here. Empty (tests set it so): in memory, forgotten at the end. */
  readonly dataDirectory: string;
  /** Desired state to apply at the start. */
  readonly fleetFile: string;
  /** Open calls may end by themselves this long after SIGTERM. */
  readonly drainPatienceMs: number;
  /** Multiplies every engine's own time scale: benchmarks run the simulated GPUs faster or slower with it. */
  readonly engineTimeScale: number;
  /** To standard error, as JSON lines. */
  readonly logLevel: LogLevel;
}

/** Throws one error that lists every wrong setting. */
export function readEmbeddedConfig(environment: Environment): EmbeddedConfig {
  return readEnvironment(environment, (read) => ({
    listenHost: read.text("FAIRLEAD_LISTEN_HOST", "127.0.0.1"),
    httpPort: read.port("FAIRLEAD_HTTP_PORT", 8080),
    grpcPort: read.port("FAIRLEAD_GRPC_PORT", 8081),
    adminPort: read.port("FAIRLEAD_ADMIN_PORT", 8082),
    dataDirectory: read.text("FAIRLEAD_DATA_DIRECTORY", ".fairlead"),
    fleetFile: read.text("FAIRLEAD_FLEET_FILE", "deploy/fleet.example.yaml"),
    drainPatienceMs: read.durationMs("FAIRLEAD_DRAIN_PATIENCE", 20_000),
    engineTimeScale:
      read.integer("FAIRLEAD_ENGINE_TIME_SCALE_PERCENT", { fallback: 100, min: 1, max: 100_000 }) /
      100,
    logLevel: read.oneOf("FAIRLEAD_LOG_LEVEL", logLevels, "warn"),
  }));
}

const otherSettings = /^FAIRLEAD_(EDGE_[A-Z_]+|REGION|ADMIN_URL)$/;

/** Names that look like settings and are none: most likely misspelt. */
export function unknownSettings(environment: Environment): readonly string[] {
  const known = new Set<string>();
  const heard = new Proxy(environment, {
    get: (target, name) => {
      known.add(String(name));
      return target[String(name)];
    },
  });
  readEmbeddedConfig(heard);
  return Object.keys(environment).filter(
    (name) => name.startsWith("FAIRLEAD_") && !known.has(name) && !otherSettings.test(name),
  );
}
