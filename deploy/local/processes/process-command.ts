// How a process is started, as plain data: it can be kept in a file and started again by another process.

import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import type { ProcessIdentity } from "./process-identity.ts";
import { identityOf } from "./process-identity.ts";

export interface ProcessCommand {
  readonly name: string;
  readonly zone: string;
  readonly program: string;
  readonly args: readonly string[];
  /** All of it: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workingFolder: string;
  /** Standard output and errors, appended. */
  readonly logFile: string;
  /** What makes it end in good order. */
  readonly endSignal: NodeJS.Signals;
  /** After which it is killed. */
  readonly endPatienceMs: number;
  /** Out of the terminal's reach, to outlive the command that starts it. */
  readonly isDetached: boolean;
  /** Whom it runs as, where that is not who starts it. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

export interface SpawnedProcess extends ProcessIdentity {
  /** Why it ended, once it has. */
  ended(): string | undefined;
}

/** Throws an error that names the program and why it did not start. */
export async function spawnProcess(command: ProcessCommand): Promise<SpawnedProcess> {
  const log = openSync(command.logFile, "a");
  try {
    const child = spawn(command.program, command.args, {
      env: command.environment,
      stdio: ["ignore", log, log],
      detached: command.isDetached,
      cwd: command.workingFolder,
      ...command.owner,
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) =>
        reject(new Error(`${command.name}: cannot run ${command.program}: ${error.message}`)),
      );
    });
    child.unref();
    const { pid = 0 } = child;
    const startedAtTicks = identityOf(pid)?.startedAtTicks ?? "ended";
    return {
      pid,
      startedAtTicks,
      ended: () => {
        if (child.exitCode !== null) return `ended with ${child.exitCode}`;
        return child.signalCode === null ? undefined : `ended by ${child.signalCode}`;
      },
    };
  } finally {
    closeSync(log);
  }
}

/** The log's last lines, for an error message. */
export function lastLines(logFile: string, count = 12): string {
  try {
    const lines = readFileSync(logFile, "utf8").trimEnd().split("\n");
    return lines.slice(-count).join("\n  ");
  } catch {
    return "(no log)";
  }
}
