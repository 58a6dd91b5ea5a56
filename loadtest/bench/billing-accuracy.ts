// Whether every bill is right: a hundred thousand requests of every kind on a real fleet, workers killed under them, and each client's own
// count of its tokens against the ledger's.

import { parseArgs } from "node:util";
import { runOnCluster } from "./billing-accuracy/cluster-run.ts";
import { untilInterrupted } from "./interruption.ts";

const help = `npm run bench -- billing-accuracy [--json] [--requests 100000] [--edges 2] [--workers 4]
                                 [--clients 96] [--kill-every 20] [--time-percent 2] [--seed 1] [--within 3600]

Brings a local fleet up with simulated GPUs so much faster, and asks it for completions: in one piece, streamed, cut by their client,
cut and read on, sent several times under one key, refused; --kill-every seconds a worker is killed and started again. Each client
counts the letters that reached it. No request is begun after --within seconds.
  requests, cut, refused, failed   by what their clients saw
  failed_over    ran on more than one worker: what was computed again is in the client's text once, and must be billed once
  duplicates     repeats under a key
  mismatches     not cut and not billed exactly what was received; cut and billed less; refused and billed; or never settled
  over_window    cut, and billed more than 256 tokens beyond what was received, or more than its client could read on
  double_billed  one key, billed under two ids
  missing        received, and not in the ledger
  reconcile      what fairlead reconcile says of the run, and its differences
The exit code is 1 if any of the four is not 0.`;

export async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      requests: { type: "string", default: "100000" },
      edges: { type: "string", default: "2" },
      workers: { type: "string", default: "4" },
      clients: { type: "string", default: "96" },
      "kill-every": { type: "string", default: "20" },
      "time-percent": { type: "string", default: "2" },
      seed: { type: "string", default: "1" },
      within: { type: "string", default: "3600" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const figures = await untilInterrupted(() =>
    runOnCluster({
      requests: count("requests", values.requests, 10_000_000),
      edges: count("edges", values.edges, 16),
      workers: count("workers", values.workers, 16),
      clients: count("clients", values.clients, 2_000),
      killEveryMs: count("kill-every", values["kill-every"], 3_600, 0) * 1000,
      timePercent: count("time-percent", values["time-percent"], 1_000),
      seed: count("seed", values.seed, 2 ** 31),
      withinMs: count("within", values.within, 86_400) * 1000,
      say: (line) => console.error(`bench billing-accuracy: ${line}`),
    }),
  );
  const { mismatches, over_window, double_billed, missing } = figures;
  if (mismatches + over_window + double_billed + missing > 0) process.exitCode = 1;
  if (!values.json) console.table({ ...figures, wrong: undefined, differences: undefined });
  return figures;
}

function count(name: string, text: string, max: number, min: number = 1): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Error(`--${name}: a whole number from ${min} to ${max}`);
  }
  return value;
}
