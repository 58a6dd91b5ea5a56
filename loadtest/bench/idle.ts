// `npm run bench -- idle`: what a fleet of a hundred workers costs its control process while nobody asks anything. Real
// processes: one control process, and one worker process with a hundred production workers on simulated engines.
// `control_cores` is all CPU of the control process, user and system; `router_cores` the part that the workers cause:
// the difference to the same process after the workers were stopped and their lease has ended.

import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { onFleetStage } from "./overhead/stage.ts";
import type { Platform } from "./overhead/stage.ts";
import { cpuOf } from "./bus/cpu-of.ts";

const help = `npm run bench -- idle [--json] [--workers 100] [--seconds 20]

Cores (CPU seconds a second) over a window without requests:
  router_cores   of the control process, what the workers' beats cause: capacity at the router, block reports at the KV
                 accountant, and receiving both; the difference to the same process without workers
  control_cores  of the control process, everything: also its lease, its watches, its own timers
  others         the worker process, the servers of NATS, etcd and Postgres, and the other roles`;

const workersMax = 1000;
/** Starting and compiling are over by then. */
const settleMs = 15_000;
/** A stopped process's lease has ended, and its pool has been told. */
const forgottenMs = 12_000;
const sequencesMax = 64;

export interface IdleFigures {
  readonly workers: number;
  readonly router_cores: number;
  readonly control_cores: number;
  readonly others: Readonly<Record<string, number>>;
  readonly seconds: number;
}

export async function run(args: string[]): Promise<IdleFigures | undefined> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      workers: { type: "string", default: "100" },
      seconds: { type: "string", default: "20" },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const workers = wholeNumber("--workers", values.workers, { min: 1, max: workersMax });
  const seconds = wholeNumber("--seconds", values.seconds, { min: 5, max: 300 });
  const say = values.json ? () => undefined : (line: string): void => console.log(line);
  say(`starting a fleet of ${workers} workers`);
  const stage = { timePercent: 100, nodeArgs: [] };
  const figures = await onFleetStage(stage, { count: workers, sequencesMax }, (fleet) =>
    measure(fleet, { workers, seconds, say }),
  );
  say(
    `control ${figures.control_cores.toFixed(3)} cores, ${figures.router_cores.toFixed(3)} of it for ${workers} workers`,
  );
  for (const [name, cores] of Object.entries(figures.others)) {
    say(`${name.padEnd(10)} ${cores.toFixed(3)} cores`);
  }
  return figures;
}

interface Measuring {
  readonly workers: number;
  readonly seconds: number;
  readonly say: (line: string) => void;
}

async function measure(
  { target: { parts } }: Platform,
  { workers, seconds, say }: Measuring,
): Promise<IdleFigures> {
  await sleep(settleMs);
  say(`${seconds} s with ${workers} workers beating`);
  const beating = await coresOf(parts, seconds);
  const pids = parts["worker"] ?? [];
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  try {
    await sleep(forgottenMs);
    say(`${seconds} s without them`);
    const alone = await coresOf(parts, seconds);
    const { control = 0, ...others } = beating;
    return {
      workers,
      router_cores: rounded(Math.max(0, control - (alone["control"] ?? 0))),
      control_cores: rounded(control),
      others: Object.fromEntries(
        Object.entries(others).map(([name, cores]) => [name, rounded(cores)]),
      ),
      seconds,
    };
  } finally {
    for (const pid of pids) process.kill(pid, "SIGCONT");
  }
}

type Parts = Platform["target"]["parts"];

async function coresOf(parts: Parts, seconds: number): Promise<Readonly<Record<string, number>>> {
  const known = Object.entries(parts).map(([name, pids]) => ({ name, pids }));
  const before = known.map(({ pids }) => cpuOf(pids));
  const beganAtMs = performance.now();
  await sleep(seconds * 1000);
  const wallS = (performance.now() - beganAtMs) / 1000;
  return Object.fromEntries(
    known.map(({ name, pids }, at) => [name, Math.max(0, cpuOf(pids) - (before[at] ?? 0)) / wallS]),
  );
}

const rounded = (cores: number): number => Math.round(cores * 10_000) / 10_000;

function wholeNumber(
  flag: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`${flag} must be a whole number from ${min} to ${max}, not "${text}"`);
}
