// Planned ends: no client may notice more than a pause.

import { setTimeout as sleep } from "node:timers/promises";
import type { Scenario } from "#loadtest/chaos/scenario.ts";
import type { Stage } from "#loadtest/chaos/stage.ts";

const readyWithinMs = 30_000;
const drainWithinMs = 60_000;
const lookEveryMs = 200;

interface Workers {
  readonly workers: readonly {
    readonly worker: string;
    readonly state: string;
    readonly running: number;
  }[];
}

export const drain: Scenario = {
  name: "drain",
  about: "each worker in turn is drained by the operator (patience 2 s) and started again",
  async disturb(stage) {
    const { workers } = await stage.admins<Workers>("/admin/v1/workers");
    for (const { worker } of workers) {
      stage.fault(`drains ${worker}`);
      await stage.admins(`/admin/v1/workers/${worker}/drain?patience=2s`, "POST");
      await untilDrained(stage, worker);
      const member = memberOf(stage, worker);
      await stage.restart(member);
      await stage.untilReady(readyWithinMs);
    }
  },
};

async function untilDrained(stage: Stage, worker: string): Promise<void> {
  const untilMs = performance.now() + drainWithinMs;
  for (;;) {
    const { workers } = await stage.admins<Workers>("/admin/v1/workers");
    const found = workers.find((one) => one.worker === worker);
    if (found?.state === "drained" || found?.state === "down") return;
    if (performance.now() > untilMs) throw new Error(`${worker} is not drained: ${found?.state}`);
    await sleep(lookEveryMs);
  }
}

/** The local fleet's n-th worker runs in its n-th worker process. */
function memberOf(stage: Stage, worker: string) {
  const at = Number(worker.slice(worker.lastIndexOf("-") + 1)) - 1;
  const host = `host-${at + 1}`;
  const member = stage
    .members("worker")
    .find(({ command }) => Object.values(command.environment).includes(host));
  if (member === undefined) throw new Error(`no process runs ${worker}`);
  return member;
}

export const rollingRestart: Scenario = {
  name: "rolling-restart",
  about: "each worker, control process and edge in turn gets SIGTERM, ends, and is started again",
  async disturb(stage) {
    const roles = ["worker", "control", "edge"] as const;
    for (const { name } of roles.flatMap((role) => stage.members(role))) {
      const member = roles.flatMap((role) => stage.members(role)).find((one) => one.name === name);
      if (member === undefined) continue;
      stage.terminate(member);
      await stage.restart(member);
      await stage.untilReady(readyWithinMs);
    }
  },
};
