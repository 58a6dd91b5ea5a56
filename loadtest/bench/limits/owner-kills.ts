// Kills whoever owns a tenant, again and again, and starts it again each time.

import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterMember } from "#deploy/local/cluster/cluster-state.ts";
import { requiredState } from "#deploy/local/cluster/cluster-state.ts";
import { restartProcess } from "#deploy/local/cluster/restart.ts";
import { signalProcess } from "#deploy/local/processes/process-identity.ts";

const firstAfterMs = 2_000;
const lookAgainMs = 250;
const answerWithinMs = 1_000;

export interface OwnerKills {
  readonly folder: string;
  readonly tenant: string;
  readonly forMs: number;
  readonly everyMs: number;
  readonly say: (line: string) => void;
}

/** How often the tenant's owner was killed, by SIGKILL. */
export async function killOwners(kills: OwnerKills): Promise<number> {
  const { folder, tenant, forMs, everyMs, say } = kills;
  const untilMs = performance.now() + forMs;
  let killed = 0;
  await sleep(firstAfterMs);
  for (let dueMs = performance.now(); dueMs < untilMs - everyMs; dueMs += everyMs) {
    await sleep(Math.max(0, dueMs - performance.now()));
    const owner = await findOwner({ folder, tenant }, dueMs + everyMs);
    if (owner === undefined) continue;
    say(`kills ${owner.name}, the owner`);
    signalProcess(owner, "SIGKILL");
    await restartProcess(folder, owner.name);
    killed += 1;
  }
  await sleep(Math.max(0, untilMs - performance.now()));
  return killed;
}

async function findOwner(
  { folder, tenant }: Pick<OwnerKills, "folder" | "tenant">,
  untilMs: number,
): Promise<ClusterMember | undefined> {
  for (; performance.now() < untilMs; await sleep(lookAgainMs)) {
    const control = requiredState(folder).members.filter(({ role }) => role === "control");
    const owns = await Promise.all(control.map((member) => isOwner(member, tenant)));
    const owner = control.find((_, index) => owns[index]);
    if (owner !== undefined) return owner;
  }
  return undefined;
}

/** A process's own metrics tell of the queues that live in it. */
async function isOwner({ admin = "" }: ClusterMember, tenant: string): Promise<boolean> {
  const gauge = new RegExp(`^fairlead_tenant_waiting_requests\\{[^}]*tenant="${tenant}"`, "m");
  const signal = AbortSignal.timeout(answerWithinMs);
  const text = await fetch(`http://${admin}/metrics`, { signal })
    .then((answer) => answer.text())
    .catch(() => "");
  return gauge.test(text);
}
