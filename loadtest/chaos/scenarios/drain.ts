// Planned ends: no client may notice more than a pause.

import { setTimeout as sleep } from "node:timers/promises";
import type { Scenario } from "#loadtest/chaos/scenario.ts";
import type { Stage } from "#loadtest/chaos/stage.ts";

const readyWithinMs = 30_000;
const drainWithinMs = 60_000;
const lookEveryMs = 200;

interface Workers {
  readonly workers: readonly { readonly worker: string }[];
}

interface Progress {
  readonly isOver: boolean;
  readonly left: readonly string[];
}

export const drain: Scenario = {
  name: "drain",
  about: "each worker in turn is drained by the operator (patience 2 s) and started again",
  async disturb(stage) {
    const { workers } = await stage.admins<Workers>("/admin/v1/workers");
    for (const { worker } of workers) {
      stage.fault(`drains ${worker}`);
      await stage.admins(`/admin/v1/workers/${worker}/drain?patience=2s`, "POST");
      await untilDrained(stage, `workers/${worker}`);
      await stage.restart(memberOf(stage, worker));
      // The wish outlasts the process.
      await stage.admins(`/admin/v1/workers/${worker}/uncordon`, "POST");
      await stage.untilReady(readyWithinMs);
    }
  },
};

export const drainZone: Scenario = {
  name: "drain-zone",
  about:
    "each zone in turn is drained by the operator (patience 2 s), once more while it drains, and undrained",
  async disturb(stage, { everyMs }) {
    const zones = [...new Set(stage.members("worker").map(({ zone }) => zone))];
    for (const zone of zones) {
      stage.fault(`drains ${zone}`);
      await stage.admins(`/admin/v1/zones/${zone}/drain?patience=2s&force=true`, "POST");
      await stage.admins(`/admin/v1/zones/${zone}/drain?patience=2s&force=true`, "POST");
      await untilDrained(stage, `zones/${zone}`);
      stage.say(`${zone} is drained`);
      await sleep(everyMs);
      await stage.admins(`/admin/v1/zones/${zone}/uncordon`, "POST");
      await stage.untilReady(readyWithinMs);
    }
  },
};

async function untilDrained(stage: Stage, target: string): Promise<void> {
  const untilMs = performance.now() + drainWithinMs;
  for (;;) {
    const { isOver, left } = await stage.admins<Progress>(`/admin/v1/${target}/drain`);
    if (isOver) return;
    if (performance.now() > untilMs)
      throw new Error(`${target} is not drained: ${left.join("; ")}`);
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
