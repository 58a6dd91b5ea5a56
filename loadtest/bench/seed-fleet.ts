// How fast the simulator runs the seed fleet: 500 tenants, 2,000 GPUs, 10,000 requests a second of production actors on
// one core, beside the virtual time that passes meanwhile; and what the simulator does without them.

import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { SchedulerSpeed } from "./seed-fleet/bare-scheduler.ts";
import { measureScheduler } from "./seed-fleet/bare-scheduler.ts";
import type { FleetRun, FleetWanted } from "./seed-fleet/run-fleet.ts";

const help = `npm run bench -- seed-fleet [--json] [--scale X] [--seconds N] [--warm-up N] [--burst N] [--seed S]

The production sessions, session directories, tenant queues, routers, KV accountants, adapter caches, workers and meters of a whole
fleet in the simulator, in one thread and virtual time: 500 tenants (the nth asks n^-0.8 times as often as the first; one in
five has an adapter), 2,000 GPUs with a replica each (Llama-3.1-8B on an H100, 250 hosts, 20 pools), 16 edges, 8 control processes,
10,000 requests a second whose lengths are drawn from the quantiles of the Azure conversation trace of 2023 (prompts of 1,240 tokens, outputs of
216 on average). Played: clients, the ledger. Left out: owners and the coordination store (who owns what is placed once), packing, and faults.

--scale X     of all that (1): tenants, GPUs, requests, processes
--seconds N   virtual seconds that are measured (3), after --warm-up N of them (5); then everything has to come to rest
--burst N     a replica decides its batch for N steps and tells their tokens together, as multi-step scheduling does (32); each
              step takes its profile's time. 1: the production simulated engine, which tells each step
--seed S      of arrivals, lengths, prompts and delays (1)

realtime_ratio         virtual seconds per second of wall time
realtime_ratio_of_cpu  per second of this thread's CPU time: what the core would do, were it left alone
events_per_s           arrivals at actors per second of wall time
cpu_share              of the time by kind of actor, one arrival in 31 timed; kernel: all else: simulator, clients, ledger, garbage collection
scheduler_…            the bare simulator: actors that only pass a word on; packed: with every message packed and unpacked
faults                 what is wrong, in words: each request must have ended once and whole, the oracle's text (1 in 16 compared) and
                       its bill included, and nothing may be held anywhere in the end. Exit code 1 if there is any`;

/** Scavenges of a small young generation would copy what only waits for its next message. */
const youngGenerationMb = 384;
const oldGenerationMb = 16_384;
const schedulerMs = 1000;

export async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      scale: { type: "string", default: "1" },
      seconds: { type: "string", default: "3" },
      "warm-up": { type: "string", default: "5" },
      burst: { type: "string", default: "32" },
      seed: { type: "string", default: "1" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const wanted: FleetWanted = {
    scale: numberOf("--scale", values.scale, [0.002, 4]),
    seconds: numberOf("--seconds", values.seconds, [0.1, 600]),
    warmUpSeconds: numberOf("--warm-up", values["warm-up"], [0, 600]),
    burst: whole(numberOf("--burst", values.burst, [1, 256])),
    seed: whole(numberOf("--seed", values.seed, [0, Number.MAX_SAFE_INTEGER])),
  };
  const scheduler = measureScheduler(schedulerMs);
  const fleet = await runInThread(wanted);
  if (!values.json) tell(fleet, scheduler);
  if (fleet.faults.length > 0) process.exitCode = 1;
  return { ...fleet, ...scheduler };
}

/** A heap of its own, with a young generation as large as the fleet's messages need. */
function runInThread(wanted: FleetWanted): Promise<FleetRun> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL("seed-fleet/fleet-thread.ts", import.meta.url), {
      workerData: wanted,
      resourceLimits: {
        maxYoungGenerationSizeMb: youngGenerationMb,
        maxOldGenerationSizeMb: oldGenerationMb,
      },
    });
    thread.once("message", resolve);
    thread.once("error", reject);
    thread.once("exit", () => reject(new Error("the fleet's thread ended without a result")));
  });
}

function tell({ events_of, cpu_share, ...fleet }: FleetRun, scheduler: SchedulerSpeed): void {
  console.table({ ...fleet, ...scheduler, faults: fleet.faults.length });
  console.table({ events_of, cpu_share });
}

function numberOf(flag: string, text: string, [least, most]: readonly [number, number]): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= least && value <= most) return value;
  throw new Error(`${flag}: "${text}" is not a number from ${least} to ${most}`);
}

function whole(value: number): number {
  if (Number.isInteger(value)) return value;
  throw new Error(`${value} is not a whole number`);
}
