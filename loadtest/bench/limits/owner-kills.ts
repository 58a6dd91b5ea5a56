// Kills whoever owns the limited tenant, again and again, and starts it again each time.

import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterMember } from "#deploy/local/cluster/cluster-state.ts";
import { requiredState } from "#deploy/local/cluster/cluster-state.ts";
import { restartProcess } from "#deploy/local/cluster/restart.ts";
import { signalProcess } from "#deploy/local/processes/process-identity.ts";
import { limitedTenant } from "./limited-fleet.ts";

const firstAfterMs = 2_000;
const everyMs = 15_000;
const answerWithinMs = 1_000;

export interface Kills {
  /** Of control processes, by SIGKILL; and how many of them had admitted since the kill before. */
  readonly kills: number;
  readonly owner_kills: number;
}

export async function killOwners(
  folder: string,
  forMs: number,
  say: (line: string) => void,
): Promise<Kills> {
  const untilMs = performance.now() + forMs;
  const counted = new Map<string, number>();
  await readAdmitted(folder, counted);
  let kills = 0;
  let ownerKills = 0;
  await sleep(firstAfterMs);
  for (let dueMs = performance.now(); dueMs < untilMs - everyMs; dueMs += everyMs) {
    await sleep(Math.max(0, dueMs - performance.now()));
    const [most] = await readAdmitted(folder, counted);
    if (most === undefined) continue;
    const { member, grown } = most;
    say(`kills ${member.name}, which admitted ${grown} since the last kill`);
    signalProcess(member, "SIGKILL");
    await restartProcess(folder, member.name);
    counted.delete(member.name);
    kills += 1;
    ownerKills += grown > 0 ? 1 : 0;
  }
  await sleep(Math.max(0, untilMs - performance.now()));
  return { kills, owner_kills: ownerKills };
}

interface Admitter {
  readonly member: ClusterMember;
  readonly grown: number;
}

/** The control processes, who admitted most since they were last asked first. */
async function readAdmitted(
  folder: string,
  counted: Map<string, number>,
): Promise<readonly Admitter[]> {
  const control = requiredState(folder).members.filter(({ role }) => role === "control");
  const read = await Promise.all(
    control.map(async (member): Promise<Admitter> => {
      const total = await admittedBy(member);
      const grown = total - (counted.get(member.name) ?? 0);
      counted.set(member.name, total);
      return { member, grown };
    }),
  );
  return read.toSorted((a, b) => b.grown - a.grown);
}

const total = new RegExp(
  `^fairlead_queue_admitted_total\\{[^}]*tenant="${limitedTenant}"[^}]*\\} (\\d+)`,
  "m",
);

/** Its own count; none while it does not answer. */
async function admittedBy({ admin = "" }: ClusterMember): Promise<number> {
  const signal = AbortSignal.timeout(answerWithinMs);
  const text = await fetch(`http://${admin}/metrics`, { signal })
    .then((answer) => answer.text())
    .catch(() => "");
  return Number(total.exec(text)?.[1] ?? 0);
}
