// Of each owned thing, the process that was placed last is the only one that still says anything: whoever owned it
// before has fenced itself by then. Only a process whose own clock stood still cannot know, nor can one that is cut off from a
// store which ends leases before their time; their receivers' fences are what holds then, and `epochs-never-go-back` sees to them.

import type { Checker } from "#loadtest/simulation/checker.ts";
import { struckBy } from "#loadtest/simulation/fault-plan.ts";

interface Placement {
  readonly process: string;
  readonly epoch: number;
}

interface Heard {
  readonly kind: string;
  readonly shardEpoch?: number;
  readonly poolEpoch?: number;
}

export const aDeposedOwnerIsSilent: Checker = {
  name: "a-deposed-owner-is-silent",
  watch(report) {
    const last = new Map<string, Placement>();
    /** What each process said after another had been placed, once for each thing. */
    const said = new Map<string, { readonly process: string; readonly what: string }>();
    return {
      kinds: ["tenant-queue", "router", "kv-accountant"],
      observer: {
        received(process, self, { arrival, effects }) {
          const { kind, shardEpoch, poolEpoch } = arrival.message as Heard;
          const standing = last.get(self);
          const epoch = shardEpoch ?? poolEpoch ?? 0;
          if (kind === "placed" && epoch > (standing?.epoch ?? -1)) {
            last.set(self, { process, epoch });
            return;
          }
          if (standing === undefined || standing.process === process) return;
          if (!effects.some((effect) => effect.kind === "send")) return;
          const what = `${process} speaks for ${self} after ${standing.process} was placed`;
          said.set(`${process} ${self}`, { process, what });
        },
      },
      judge({ plan }) {
        if (plan.faults.some(({ kind }) => kind === "lease-storm")) return;
        const asleep = struckBy(plan, ["suspend"]);
        for (const { process, what } of said.values()) if (!asleep.has(process)) report(what);
      },
    };
  },
};
