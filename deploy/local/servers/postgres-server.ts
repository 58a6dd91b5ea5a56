// Postgres as the local fleet runs it: one server, one database, one account a role. With an authority an account is
// let in by the certificate that names it, and there is no password and no superuser to reach over the network.

import { execFile } from "node:child_process";
import { appendFileSync, cpSync, existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { freePorts } from "#deploy/local/processes/free-ports.ts";
import type { TrustFiles } from "#shared/config/trust.ts";
import { fleetRoles } from "#shared/config/trust.ts";
import { findProgram } from "./find-program.ts";
import { askPostgres } from "./postgres-ask.ts";
import type { RunningServer } from "./running-server.ts";
import { startServers } from "./running-server.ts";
import type { Owner } from "./server-folder.ts";
import { giveTo, isOpenTo, letPass, makeFolder, ownerUnlessRoot } from "./server-folder.ts";
import type { ServerOptions } from "./server-options.ts";
import { bareEnvironment, loopback, zones } from "./server-options.ts";

export interface PostgresOptions extends ServerOptions {
  /** False for tests only: faster, and a power cut may lose what was acknowledged. */
  readonly isDurable?: boolean;
}

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly database: "fairlead";
  readonly member: RunningServer;
  stop(): Promise<void>;
}

const database = "fairlead";
const name = "postgres-a";
const execute = promisify(execFile);

export const postgresData = (folder: string): string => join(folder, name, "data");

export async function startPostgresServer(options: PostgresOptions): Promise<PostgresServer> {
  const { authority, folder, isDetached = false, environment } = options;
  const own = makeFolder(folder, name);
  const owner = ownerUnlessRoot();
  letPass(own);
  giveTo(owner, own);
  const trust = authority?.issue("postgres", name);
  const programs = reachablePrograms(own, owner);
  const data = postgresData(folder);
  if (!existsSync(join(data, "PG_VERSION"))) await initialise({ programs, data, owner });
  const [port = 0] = await freePorts(1);
  writeSettings(data, options.isDurable ?? true, trust);
  if (trust !== undefined) giveTo(owner, trust.keyFile);
  const asked = authority?.issue("registry", "postgres-ask");
  const [member] = await startServers([
    {
      command: {
        name,
        zone: zones[0],
        port,
        program: join(programs, "postgres"),
        args: ["-D", data, "-p", `${port}`],
        environment: { ...bareEnvironment, ...environment },
        workingFolder: "/",
        logFile: join(own, "log"),
        // Ends sessions instead of waiting until clients leave.
        endSignal: "SIGINT",
        endPatienceMs: 10_000,
        isDetached,
        ...(owner === undefined ? {} : { owner }),
      },
      ask: () => askPostgres(port, asked),
    },
  ]);
  if (member === undefined) throw new Error(`${name} was not started`);
  return { host: loopback, port, database, member, stop: () => member.stop() };
}

/** The programs' folder, or a copy of it where their account cannot reach the project. */
function reachablePrograms(own: string, owner: Owner | undefined): string {
  const programs = dirname(findProgram("initdb"));
  if (isOpenTo(owner, join(programs, "postgres"))) return programs;
  // Postgres finds its files relative to its program: ROOT/lib/postgresql/N/bin, ROOT/share/postgresql/N.
  const version = dirname(programs);
  const root = dirname(dirname(dirname(version)));
  for (const part of [version, version.replace("/lib/", "/share/")]) {
    const copy = join(own, "programs", part.slice(root.length));
    if (!existsSync(copy)) cpSync(part, copy, { recursive: true });
  }
  return join(own, "programs", programs.slice(root.length));
}

interface Initialising {
  readonly programs: string;
  readonly data: string;
  readonly owner: Owner | undefined;
}

async function initialise({ programs, data, owner }: Initialising): Promise<void> {
  const run = async (program: string, args: readonly string[], input = ""): Promise<void> => {
    const settings = { env: bareEnvironment, timeout: 30_000, cwd: "/", ...owner };
    const running = execute(join(programs, program), args, settings);
    running.child.stdin?.end(input);
    await running.catch((error: unknown) => {
      throw new Error(`${program} failed: ${String(error)}`, { cause: error });
    });
  };
  // The superuser is only ever used by the single-user mode below: no line of pg_hba.conf lets it in.
  const words = `-U fairlead_local -A reject -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions`;
  await run("initdb", ["-D", data, ...words.split(" ")]);
  const single = ["--single", "-D", data, "-c", "fsync=off", "-c", "exit_on_error=on"];
  await run("postgres", [...single, "postgres"], setUp.join("\n"));
}

/** One statement a line, as the single-user mode reads them. */
const setUp: readonly string[] = [
  ...fleetRoles.map((role) => `create role ${role} login;`),
  // In whose name a tenant's rows are asked for; only by the process that keeps what tenants bring.
  "create role fairlead_tenant nologin;",
  "grant fairlead_tenant to registry;",
  `create database ${database} owner registry;`,
  `revoke all on database ${database} from public;`,
  `grant connect on database ${database} to ${fleetRoles.join(", ")};`,
  "",
];

function writeSettings(data: string, isDurable: boolean, trust: TrustFiles | undefined): void {
  const settings: Readonly<Record<string, string>> = {
    listen_addresses: loopback,
    unix_socket_directories: "",
    max_connections: "200",
    shared_buffers: "64MB",
    dynamic_shared_memory_type: "mmap",
    ...(isDurable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
    ...(trust === undefined
      ? {}
      : {
          ssl: "on",
          ssl_ca_file: trust.caFile,
          ssl_cert_file: trust.certFile,
          ssl_key_file: trust.keyFile,
        }),
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = '${value}'`);
  appendFileSync(join(data, "postgresql.conf"), `\n${lines.join("\n")}\n`);
  const accounts = fleetRoles.join(",");
  writeFileSync(
    join(data, "pg_hba.conf"),
    trust === undefined
      ? `host ${database} ${accounts} ${loopback}/32 trust\n`
      : `hostssl ${database} ${accounts} ${loopback}/32 cert\nhostnossl all all all reject\n`,
  );
}
