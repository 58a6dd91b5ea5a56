// Kills whoever owns the limited tenant, again and again, and starts it again each time.

import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterMember } from "#deploy/local/cluster/cluster-state.ts";
import { requiredState } from "#deploy/local/cluster/cluster-state.ts";
import { restartProcess } from "#deploy/local/cluster/restart.ts";
import { signalProcess } from "#deploy/local/processes/process-identity.ts";
import { limitedTenant } from "./limited-fleet.ts";

const firstAfterMs = 2_000;
const everyMs = 15_000;
const lookAgainMs = 250;
const answerWithinMs = 1_000;

/** How often the tenant's owner was killed, by SIGKILL. */
export async function killOwners(
  folder: string,
  forMs: number,
  say: (line: string) => void,
): Promise<number> {
  const untilMs = performance.now() + forMs;
  let kills = 0;
  await sleep(firstAfterMs);
  for (let dueMs = performance.now(); dueMs < untilMs - everyMs; dueMs += everyMs) {
    await sleep(Math.max(0, dueMs - performance.now()));
    const owner = await findOwner(folder, dueMs + everyMs);
    if (owner === undefined) continue;
    say(`kills ${owner.name}, the owner`);
    signalProcess(owner, "SIGKILL");
    await restartProcess(folder, owner.name);
    kills += 1;
  }
  await sleep(Math.max(0, untilMs - performance.now()));
  return kills;
}

async function findOwner(folder: string, untilMs: number): Promise<ClusterMember | undefined> {
  for (; performance.now() < untilMs; await sleep(lookAgainMs)) {
    const control = requiredState(folder).members.filter(({ role }) => role === "control");
    const owns = await Promise.all(control.map(isOwner));
    const owner = control.find((_, index) => owns[index]);
    if (owner !== undefined) return owner;
  }
  return undefined;
}

const ownersGauge = new RegExp(
  `^fairlead_tenant_waiting_requests\\{[^}]*tenant="${limitedTenant}"`,
  "m",
);

/** A process's own metrics tell of the queues that live in it. */
async function isOwner({ admin = "" }: ClusterMember): Promise<boolean> {
  const signal = AbortSignal.timeout(answerWithinMs);
  const text = await fetch(`http://${admin}/metrics`, { signal })
    .then((answer) => answer.text())
    .catch(() => "");
  return ownersGauge.test(text);
}
