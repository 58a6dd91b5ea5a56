// Whoever claims a shard admits for its tenants within a second: it has been told who may hold something, has asked them, and
// goes on without those that are silent. Judged where the network and the store are well.

import type { Checker } from "#loadtest/simulation/checker.ts";
import type { FaultPlan } from "#loadtest/simulation/fault-plan.ts";

const withinMs = 1_000;

export const admitsWithinASecondOfItsClaim: Checker = {
  name: "admits-within-a-second-of-its-claim",
  watch(report, worldMs) {
    /** By epoch, which no two claims share. */
    const claimedAtMs = new Map<number, number>();
    const late: string[] = [];
    return {
      observer: {
        noted(process, { event, fields }) {
          if (event === "owner.claimed") claimedAtMs.set(Number(fields["epoch"]), worldMs());
          if (event !== "queue.collected") return;
          const tookMs = worldMs() - (claimedAtMs.get(Number(fields["shardEpoch"])) ?? 0);
          if (tookMs <= withinMs) return;
          late.push(`${process} admits for ${fields["tenant"]} after ${Math.round(tookMs)} ms`);
        },
      },
      judge({ plan }) {
        if (isWell(plan)) for (const what of late) report(what);
      },
    };
  },
};

const isWell = ({ links, faults }: FaultPlan): boolean =>
  links.loss + links.delay + links.reordering === 0 &&
  faults.every(({ kind }) => kind === "kill" || kind === "hand-over");
