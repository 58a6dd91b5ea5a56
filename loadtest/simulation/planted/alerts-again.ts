// A tenant's owner forgets which alerts it has told: each is told with everything that happens.

import type { Arrival, Effect } from "#shared/actor/actor.ts";
import type { TenantQueue } from "#services/tenant-queue/tenant-queue.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { altering, onlyTheQuotaTenants } from "./planted-bug.ts";

export const alertsAgain: PlantedBug = {
  name: "alerts-again",
  foundBy: ["quotas-are-kept"],
  choose: onlyTheQuotaTenants,
  plant: altering("tenant-queue", {
    effects(effects: readonly Effect[], _: Arrival<never>, { quota }: TenantQueue) {
      quota.alerted.clear();
      return effects;
    },
  }),
};
