// How long a dispatch decision takes, and how that grows with tenants and queued requests.

import { parseArgs } from "node:util";
import { percentile } from "#loadtest/load/percentile.ts";
import type { HouseSize } from "./dispatch-house.ts";
import { DispatchHouse, workerCount } from "./dispatch-house.ts";

const sizes: readonly HouseSize[] = [
  { tenants: 100, queued: 1000 },
  { tenants: 1000, queued: 10_000 },
  { tenants: 10_000, queued: 100_000 },
];
const warmUps = 10_000;
const samples = 40_000;

const help = `npm run bench -- dispatch [--json]

Offer → granted through the production Router and KvAccountant, ${workerCount} saturated workers, adapters, prefix
affinity and block reservations on. Steady state: for each decision one sequence ends, and the tenant that was
granted a place offers again, so that the number of queued offers stays what it is.

One sample is wall time over the arrival of a fresh offer and of a worker's free capacity, the pick, the pin and
its answer, the reservation's round trip router → accountant → router, until the grant's effects are out: all
receive calls of both actors, their effects and notes, and the hand-over of messages in the process. The end of
the sequence that freed the capacity comes before it; with_end adds it: charge-back, the release's round trip
and the unpin. The start that follows and the workers' beats are in neither. decisions_per_s counts everything.

Rows: tenants, queued, p50_ns, p99_ns, decisions_per_s, with_end_p50_ns, with_end_p99_ns.`;

interface Row {
  readonly tenants: number;
  readonly queued: number;
  readonly p50_ns: number;
  readonly p99_ns: number;
  readonly decisions_per_s: number;
  readonly with_end_p50_ns: number;
  readonly with_end_p99_ns: number;
}

function measure(size: HouseSize): Row {
  const house = new DispatchHouse(size);
  for (let count = 0; count < warmUps; count++) house.decide();
  const tookNs = new Float64Array(samples);
  const withEndNs = new Float64Array(samples);
  const beganMs = performance.now();
  for (let count = 0; count < samples; count++) {
    house.decide();
    tookNs[count] = house.offerToGrantNs;
    withEndNs[count] = house.offerToGrantNs + house.endNs;
  }
  const seconds = (performance.now() - beganMs) / 1000;
  // The offer in hand between two decisions is the one that is not in the router.
  if (house.queued + 1 !== size.queued) throw new Error(`queued drifted to ${house.queued}`);
  const took = tookNs.toSorted();
  const withEnd = withEndNs.toSorted();
  return {
    ...size,
    p50_ns: Math.round(percentile(took, 0.5)),
    p99_ns: Math.round(percentile(took, 0.99)),
    decisions_per_s: Math.round(samples / seconds),
    with_end_p50_ns: Math.round(percentile(withEnd, 0.5)),
    with_end_p99_ns: Math.round(percentile(withEnd, 0.99)),
  };
}

export async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const rows: Row[] = [];
  for (const size of sizes) {
    const row = measure(size);
    rows.push(row);
    if (!values.json) {
      console.log(
        `${row.tenants} tenants, ${row.queued} queued: p50 ${row.p50_ns} ns, p99 ${row.p99_ns} ns, with its end p99 ${row.with_end_p99_ns} ns, ${row.decisions_per_s}/s`,
      );
    }
  }
  return { rows };
}
