// After each arrival an accountant's books add up: what is booked and what is free is what there is, or what the
// engine itself reports beyond it; so does an engine's pool. No booking outlives its attempt until the reports give
// it away, and at rest nothing is booked.

import type { KvAccountant } from "#services/kv-accountant/kv-accountant.actor.ts";
import type { WorkerBlocks } from "#services/kv-accountant/block-pool.ts";
import { assertBlocksConserved } from "#services/worker/engine/block-pool.ts";
import type { Replica } from "#services/worker/engine/replica.ts";
import type { Checker, Report } from "#loadtest/simulation/checker.ts";

/** An engine's whole pool is counted at each so many of its arrivals: it is large. */
const engineEvery = 64;

export const blocksAreConserved: Checker = {
  name: "blocks-are-conserved",
  watch(report) {
    let engineArrivals = 0;
    return {
      kinds: ["kv-accountant", "engine"],
      observer: {
        received(_process, _self, { kind, state }) {
          if (kind === "kv-accountant") {
            const { owned } = state as KvAccountant;
            for (const worker of owned?.workers.values() ?? []) judgeBooks(report, worker);
          } else if (++engineArrivals % engineEvery === 0) {
            judgePool(report, state as Replica);
          }
        },
        noted(_process, { actor, event, fields }) {
          if (event !== "kv.drift" || Number(fields["orphanBlocks"]) === 0) return;
          report(
            `${actor}: ${fields["orphanBlocks"]} blocks booked for nobody on ${fields["worker"]}`,
          );
        },
      },
      judge({ statesOf }) {
        for (const [self, state] of statesOf("kv-accountant")) {
          for (const worker of (state as KvAccountant).owned?.workers.values() ?? []) {
            const { bookedBlocks } = worker;
            if (bookedBlocks > 0)
              report(`${self}: ${bookedBlocks} blocks booked on ${worker.worker}`);
          }
        }
      },
    };
  },
};

function judgeBooks(report: Report, books: WorkerBlocks): void {
  const { worker, totalBlocks, freeBlocks, overcommittedBlocks, bookings } = books;
  let booked = 0;
  for (const { blocks } of bookings.values()) booked += blocks;
  const isWhole =
    freeBlocks >= 0 &&
    overcommittedBlocks >= 0 &&
    (freeBlocks === 0 || overcommittedBlocks === 0) &&
    booked + freeBlocks === totalBlocks + overcommittedBlocks;
  if (isWhole) return;
  report(`${worker}: ${booked} booked, ${freeBlocks} free, ${totalBlocks} in all`);
}

function judgePool(report: Report, { worker, pool, sequences }: Replica): void {
  try {
    assertBlocksConserved(
      pool,
      [...sequences.values()].map(({ table }) => table.blocks),
    );
  } catch (cause) {
    report(`the engine of ${worker}: ${String(cause)}`);
  }
}
