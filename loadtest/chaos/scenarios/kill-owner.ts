// A control process dies: who owned tenants' queues, or a pool's router. Streams go on; admission waits for the lease.

import { setTimeout as sleep } from "node:timers/promises";
import type { Scenario } from "#loadtest/chaos/scenario.ts";
import type { Stage } from "#loadtest/chaos/stage.ts";

/** The lease, a second of collection, and some quiet for the figures. */
const betweenMs = 12_000;
const readyWithinMs = 30_000;

async function killThoseWith(stage: Stage, gauge: string, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn++) {
    const owner = await stage.controlWithMost(gauge);
    if (owner === undefined) throw new Error(`no control process has any ${gauge}`);
    stage.kill(owner);
    await sleep(betweenMs);
    await stage.restart(owner);
    await stage.untilReady(readyWithinMs);
  }
}

export const killOwner: Scenario = {
  name: "kill-owner",
  about: "twice, the control process that owns most of what tenants run is killed",
  disturb: (stage) => killThoseWith(stage, "fairlead_tenant_running_requests", 2),
};

export const killRouter: Scenario = {
  name: "kill-router",
  about: "twice, the control process that owns the pool's router is killed",
  disturb: (stage) => killThoseWith(stage, "fairlead_pool_running_requests", 2),
};
