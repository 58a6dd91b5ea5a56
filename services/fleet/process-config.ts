// What every process of the fleet is started with: who it is, whom it trusts, and where the servers are. From the
// environment only; each role adds its own doors.

import type { EnvironmentReader } from "#shared/config/environment.ts";
import type { TrustFiles } from "#shared/config/trust.ts";
import type { LogLevel } from "#shared/telemetry/log-levels.ts";
import { logLevels } from "#shared/telemetry/log-levels.ts";

export interface DatabasePlace {
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

export interface ProcessConfig {
  /** Unique in the fleet: two processes of one name would fence each other. */
  readonly process: string;
  readonly zone: string;
  /** For every door of this process. */
  readonly listenHost: string;
  /** Under which others reach it. */
  readonly advertiseHost: string;
  readonly natsServers: readonly string[];
  readonly etcdEndpoints: readonly string[];
  readonly postgres: DatabasePlace;
  readonly trustFiles: TrustFiles;
  readonly adminPort: number;
  /** What is open may end by itself this long after SIGTERM. */
  readonly drainPatienceMs: number;
  readonly logLevel: LogLevel;
}

/** To be called inside `readEnvironment`: wrong settings are named together with the role's own. */
export function processSettings(read: EnvironmentReader): ProcessConfig {
  const listenHost = read.text("FAIRLEAD_LISTEN_HOST", "127.0.0.1");
  return {
    process: nameOf(read, "FAIRLEAD_PROCESS"),
    zone: nameOf(read, "FAIRLEAD_ZONE"),
    listenHost,
    advertiseHost: read.text("FAIRLEAD_ADVERTISE_HOST", listenHost),
    natsServers: placesOf(read, "FAIRLEAD_NATS_SERVERS"),
    etcdEndpoints: placesOf(read, "FAIRLEAD_ETCD_ENDPOINTS"),
    postgres: databaseOf(read),
    trustFiles: {
      caFile: read.required("FAIRLEAD_TLS_CA_FILE", "a file: the fleet's authority, in PEM"),
      certFile: read.required("FAIRLEAD_TLS_CERT_FILE", "a file: this process's certificate"),
      keyFile: read.required("FAIRLEAD_TLS_KEY_FILE", "a file: the certificate's private key"),
    },
    adminPort: read.port("FAIRLEAD_ADMIN_PORT", 0),
    drainPatienceMs: read.durationMs("FAIRLEAD_DRAIN_PATIENCE", 20_000),
    logLevel: read.oneOf("FAIRLEAD_LOG_LEVEL", logLevels, "warn"),
  };
}

/** Part of addresses, subjects and keys. */
function nameOf(read: EnvironmentReader, setting: string): string {
  const expected = "a name of at most 63 letters, digits and hyphens";
  return read.matching(setting, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i, expected);
}

const place = "[^\\s:,/]+:\\d{1,5}";
const placeList = new RegExp(`^${place}(,${place})*$`);
const databasePlace = new RegExp(`^${place}/[\\w-]+$`);

const placesOf = (read: EnvironmentReader, setting: string): readonly string[] =>
  read.matching(setting, placeList, "host:port, or several with commas between").split(",");

function databaseOf(read: EnvironmentReader): DatabasePlace {
  const text = read.matching("FAIRLEAD_POSTGRES", databasePlace, "host:port/database");
  const [at = "", database = ""] = text.split("/");
  const [host = "", port = ""] = at.split(":");
  return { host, port: Number(port), database };
}
