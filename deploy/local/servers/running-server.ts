// A server of the fleet as a process of ours: it counts as started when it has given a real answer, and is signalled,
// stopped and started again by its own pid.

import { setTimeout as sleep } from "node:timers/promises";
import { endProcess } from "#deploy/local/processes/end-process.ts";
import type { ProcessCommand, SpawnedProcess } from "#deploy/local/processes/process-command.ts";
import { lastLines, spawnProcess } from "#deploy/local/processes/process-command.ts";
import { signalProcess } from "#deploy/local/processes/process-identity.ts";

export interface RunningServer {
  readonly name: string;
  readonly zone: string;
  /** Another one after a restart. */
  readonly pid: number;
  readonly port: number;
  readonly startedAtTicks: string;
  readonly command: ServerCommand;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when it is gone; killed when it does not go by itself. */
  stop(): Promise<void>;
  /** Same port, same data. */
  restart(): Promise<void>;
}

export interface ServerCommand extends ProcessCommand {
  readonly port: number;
}

/** Rejects while the server gives no answer. */
export type Ask = () => Promise<void>;

const answerWithinMs = 20_000;
const askEveryMs = 50;

interface Launched {
  readonly server: RunningServer;
  readonly answered: () => Promise<void>;
}

/** All of them, or none: what was launched is stopped when one gives no answer. */
export async function startServers(
  planned: readonly { readonly command: ServerCommand; readonly ask: Ask }[],
): Promise<readonly RunningServer[]> {
  const launched: Launched[] = [];
  try {
    for (const { command, ask } of planned) launched.push(await launch(command, ask));
    // Members of a cluster answer only together.
    await Promise.all(launched.map(({ answered }) => answered()));
    return launched.map(({ server }) => server);
  } catch (error) {
    await stopServers(launched.map(({ server }) => server));
    throw error;
  }
}

export async function stopServers(servers: readonly RunningServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}

async function launch(command: ServerCommand, ask: Ask): Promise<Launched> {
  let current = await spawnProcess(command);
  const stop = async (): Promise<void> => {
    await endProcess(current, { signal: command.endSignal, patienceMs: command.endPatienceMs });
  };
  const server: RunningServer = {
    name: command.name,
    zone: command.zone,
    port: command.port,
    command,
    get pid() {
      return current.pid;
    },
    get startedAtTicks() {
      return current.startedAtTicks;
    },
    signal: (signal) => void signalProcess(current, signal),
    stop,
    restart: async () => {
      await stop();
      current = await spawnProcess(command);
      await answerOf(command, current, ask);
    },
  };
  return { server, answered: () => answerOf(command, current, ask) };
}

/** Rejects when it has ended, or gives no answer in time. */
export async function answerOf(
  { name, logFile }: ProcessCommand,
  spawned: SpawnedProcess,
  ask: Ask,
): Promise<void> {
  const failed = (why: string): Error =>
    new Error(`${name} ${why}; its log ${logFile} ends:\n  ${lastLines(logFile)}`);
  const untilMs = performance.now() + answerWithinMs;
  let reason = "";
  while (performance.now() < untilMs) {
    const end = spawned.ended();
    if (end !== undefined) throw failed(end);
    try {
      await ask();
      return;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    await sleep(askEveryMs);
  }
  throw failed(`gave no answer within ${answerWithinMs / 1000} s (${reason})`);
}
