// The worker takes whatever epochs a start carries for good ones: an order of a deposed owner is carried out.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";
import { controlNames } from "#loadtest/simulation/seed-fleet.ts";

interface WorkerSeen {
  readonly fence: { readonly shards: ReadonlyMap<number, number>; readonly poolEpoch: number };
}

export const noEpochFence: PlantedBug = {
  name: "no-epoch-fence",
  foundBy: ["epochs-never-go-back"],
  // Owners move all the time, and what the last one ordered is under way for long.
  aim: (plan) => ({
    ...plan,
    links: { loss: 0.01, duplication: 0.1, delay: 0.1, reordering: 0.1, lateMs: 1500 },
    faults: Array.from({ length: 12 }, (_, index) => ({
      atMs: 4000 + index * 3500,
      kind: "hand-over",
      process: controlNames[index % controlNames.length] ?? "",
      downMs: 1500,
    })),
  }),
  plant: altering("worker", {
    arrival(arrival: Arrival<ToWorker>, { fence }: WorkerSeen) {
      const { message } = arrival;
      if (message.kind !== "start") return arrival;
      const { shard, shardEpoch, poolEpoch } = message;
      const passing = {
        shardEpoch: Math.max(shardEpoch, fence.shards.get(shard) ?? 0),
        poolEpoch: Math.max(poolEpoch, fence.poolEpoch),
      };
      return { ...arrival, message: { ...message, ...passing } };
    },
  }),
};
