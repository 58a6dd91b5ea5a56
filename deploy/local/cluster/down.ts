// Takes a local fleet down: those that hold requests first, so that usage settles, the servers last; then the folder.
// Only processes that are certainly the fleet's own are signalled.

import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { endProcess } from "#deploy/local/processes/end-process.ts";
import { lives, signalProcess } from "#deploy/local/processes/process-identity.ts";
import type { ClusterMember, ClusterState } from "./cluster-state.ts";
import { readState } from "./cluster-state.ts";
import { processesOf } from "./cluster-tag.ts";

export interface ClusterDown {
  /** False: there was nothing to take down. */
  readonly wasThere: boolean;
  /** Ended in good order, or already gone. */
  readonly ended: number;
  /** Names of those that had to be killed. */
  readonly killed: readonly string[];
}

const lateStartMs = 200;

const order: readonly (readonly ClusterMember["role"][])[] = [
  ["edge"],
  ["worker"],
  ["control"],
  ["metering"],
  ["registry"],
  ["nats", "etcd", "postgres"],
];

export async function clusterDown(
  folder: string,
  onProgress: (line: string) => void = () => undefined,
): Promise<ClusterDown> {
  const state = readState(folder);
  const strays = processesOf(folder);
  if (state === undefined && strays.length === 0) return { wasThere: false, ended: 0, killed: [] };
  if (state !== undefined) stopStarter(state);
  const killed: string[] = [];
  let ended = 0;
  for (const roles of order) {
    const members = state?.members.filter(({ role }) => roles.includes(role)) ?? [];
    if (members.some(lives)) onProgress(`ending ${roles.join(", ")}`);
    const gone = await Promise.all(members.map(endMember));
    killed.push(...gone.flatMap((isGone, index) => (isGone ? [] : (members[index]?.name ?? []))));
    ended += gone.filter(Boolean).length;
  }
  killed.push(...(await removeAll(folder)));
  if (state?.starter !== undefined) {
    // What its starter had just begun to start bears no mark until it runs, and may make its files late.
    await sleep(lateStartMs);
    killed.push(...(await removeAll(folder)));
  }
  return { wasThere: true, ended, killed };
}

/** The processes still there, by name, and the folder. */
async function removeAll(folder: string): Promise<readonly string[]> {
  const strays = await endStrays(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  return strays;
}

function endMember(member: ClusterMember): Promise<boolean> {
  const { endSignal, endPatienceMs } = member.command;
  // Members of etcd that end together wait in vain for one another to lead; all they acknowledged is on the disk.
  const signal = member.role === "etcd" ? "SIGKILL" : endSignal;
  return endProcess(member, { signal, patienceMs: endPatienceMs });
}

/** Started, but not written down: their starter was killed in between. */
async function endStrays(folder: string): Promise<readonly string[]> {
  const strays = processesOf(folder);
  await Promise.all(strays.map((stray) => endProcess(stray, { signal: "SIGKILL", patienceMs: 0 })));
  return strays.map(({ pid }) => `process ${pid}`);
}

/** It would go on starting processes. */
function stopStarter({ starter }: ClusterState): void {
  if (starter !== undefined && starter.pid !== process.pid) signalProcess(starter, "SIGKILL");
}
