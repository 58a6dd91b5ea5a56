// A program started for a benchmark on a free port, watched through /proc, stopped by its pid.

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

export interface BenchProcess {
  readonly pid: number;
  stop(): Promise<void>;
}

interface Launch {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Printed on its standard output once it serves; absent: it serves at once. */
  readonly readyWord?: string;
}

const startTimeoutMs = 60_000;
const stopTimeoutMs = 20_000;

export function launch({ command, env = {}, readyWord }: Launch): Promise<BenchProcess> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => fail("did not get ready"), startTimeoutMs);
    const fail = (reason: string): void => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new Error(`${command.join(" ")} ${reason}:\n${output.slice(-2000)}`));
    };
    const ready = (): void => {
      clearTimeout(timer);
      resolve({ pid: child.pid ?? 0, stop: () => stop(child) });
    };
    const hear = (chunk: Buffer): void => {
      if (output.length < 100_000) output += chunk.toString();
      if (readyWord !== undefined && output.includes(readyWord)) ready();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`ended with ${String(code)}`));
    if (readyWord === undefined) setTimeout(ready, 300);
  });
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
    child.removeAllListeners("exit");
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

/** CPU seconds of a process and its children so far, all threads that still live (nanoseconds in schedstat). */
export function cpuSeconds(pid: number): number {
  return processTree(pid)
    .flatMap(threadsOf)
    .map((path) => Number(textOf(path).split(" ")[0]) / 1e9)
    .reduce((sum, seconds) => sum + seconds, 0);
}

/** Resident memory of a process and its children, KiB. */
export function residentKb(pid: number): number {
  return processTree(pid)
    .map((id) => /VmRSS:\s+(\d+)/.exec(textOf(`/proc/${id}/status`))?.[1])
    .reduce((sum, kb) => sum + Number(kb ?? 0), 0);
}

function threadsOf(pid: number): readonly string[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.map((thread) => `/proc/${pid}/task/${thread}/schedstat`);
  } catch {
    return [];
  }
}

/** Nothing of what has just ended. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function processTree(pid: number): readonly number[] {
  const children = textOf(`/proc/${pid}/task/${pid}/children`)
    .split(" ")
    .filter((text) => text !== "")
    .map(Number);
  return [pid, ...children.flatMap(processTree)];
}
