// The worker takes whatever epochs a start carries for good ones: an order of a deposed owner is carried out.

import type { Arrival } from "#shared/actor/actor.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering } from "./planted-bug.ts";

interface WorkerSeen {
  readonly fence: { readonly shards: ReadonlyMap<number, number>; readonly poolEpoch: number };
}

export const noEpochFence: PlantedBug = {
  name: "no-epoch-fence",
  foundBy: ["epochs-never-go-back"],
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
