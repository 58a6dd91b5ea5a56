// The processes of a metering run: forked, killed without warning, and started again under the name that they had.

import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const readyWithinMs = 30_000;

export interface Child {
  readonly pid: number;
  readonly child: ChildProcess;
  kill(): Promise<void>;
}

export async function startChild(
  program: "emitter-main" | "metering-main",
  settings: object,
  onSaid: (said: unknown) => void = () => undefined,
): Promise<Child> {
  const child = fork(new URL(`./${program}.ts`, import.meta.url), [JSON.stringify(settings)]);
  child.on("message", onSaid);
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${program}: ${why}`));
    const timer = setTimeout(() => fail("not ready in time"), readyWithinMs);
    child.once("message", () => {
      clearTimeout(timer);
      resolve();
    });
    child.once("exit", (code) => fail(`ended with ${String(code)}`));
  });
  return {
    pid: child.pid ?? 0,
    child,
    kill: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once("exit", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}

/** CPU seconds so far of a process and of its own children: Postgres works in those. */
export function cpuSecondsOfTree(pid: number): number {
  return [pid, ...childrenOf(pid)].reduce((sum, each) => sum + cpuSecondsOf(each), 0);
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync("/proc").flatMap((name) => {
    const fields = /^\d+$/.test(name) ? statOf(name) : undefined;
    return fields !== undefined && Number(fields[1]) === pid ? [Number(name)] : [];
  });
}

const ticksPerSecond = 100;

function cpuSecondsOf(pid: number): number {
  const fields = statOf(`${pid}`);
  if (fields === undefined) return 0;
  // With those of its children that have ended.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
}

/** From the third field on: the name before it may hold spaces. */
function statOf(pid: string): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
