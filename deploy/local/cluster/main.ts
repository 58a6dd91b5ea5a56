// `npm run cluster`: a whole fleet on this machine, brought up, looked at and taken down.

import { endProcess } from "#shared/config/end-process.ts";
import { clusterFolder } from "./cluster-folder.ts";
import type { CommandLine } from "./command-line.ts";
import { help, readCommandLine } from "./command-line.ts";
import { clusterDown } from "./down.ts";
import { fetchServers } from "./fetch-servers.ts";
import { demoKeys } from "./fleet-file.ts";
import { statusTable, upText } from "./printed.ts";
import { restartProcess } from "./restart.ts";
import { clusterStatus } from "./status.ts";
import { clusterUp } from "./up.ts";

const say = (line: string): void => console.error(`fairlead: ${line}`);

type Asked<Kind extends CommandLine["kind"]> = Extract<CommandLine, { readonly kind: Kind }>;

async function up({ folder, edges, workers }: Asked<"up">): Promise<void> {
  fetchServers();
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => ending.abort(new Error(`ended by ${signal}`)));
  }
  const { signal } = ending;
  const state = await clusterUp({ folder, edges, workers, signal, onProgress: say });
  console.log(upText(state, demoKeys()));
}

async function status({ folder, isJson }: Asked<"status">): Promise<void> {
  const found = await clusterStatus(clusterFolder(folder));
  if (isJson) console.log(JSON.stringify(found));
  else if (found.processes.length > 0) console.log(statusTable(found));
  else console.log(`no fleet runs in ${clusterFolder(folder)}; npm run cluster -- up starts one`);
}

async function restart({ folder, process: name }: Asked<"restart">): Promise<void> {
  const { pid } = await restartProcess(clusterFolder(folder), name);
  console.log(`${name} runs again, pid ${pid}`);
}

async function down({ folder }: Asked<"down">): Promise<void> {
  const { wasThere, ended, killed } = await clusterDown(clusterFolder(folder), say);
  if (!wasThere) return console.log(`nothing to take down: no fleet in ${clusterFolder(folder)}`);
  const forced = killed.length === 0 ? "" : `, killed ${killed.join(", ")}`;
  console.log(`ended ${ended} processes${forced}; nothing is left`);
}

async function act(asked: CommandLine): Promise<void> {
  if (asked.kind === "help") return console.log(help);
  if (asked.kind === "up") return up(asked);
  if (asked.kind === "status") return status(asked);
  if (asked.kind === "down") return down(asked);
  if (asked.kind === "restart") return restart(asked);
  say(`${asked.why}. See npm run cluster -- --help`);
  process.exitCode = 2;
}

act(readCommandLine(process.argv.slice(2)))
  .catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  })
  .finally(() => endProcess());
