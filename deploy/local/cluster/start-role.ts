// Starts a role's process and waits for the line in which it says where it is reached; one that ends or stays silent
// is an error with the last lines of its log.

import { readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessCommand } from "#deploy/local/processes/process-command.ts";
import { lastLines, spawnProcess } from "#deploy/local/processes/process-command.ts";
import type { FleetRole } from "#shared/config/trust.ts";
import type { ClusterMember, MemberDoors } from "./cluster-state.ts";

export interface RoleStart {
  readonly role: FleetRole;
  readonly command: ProcessCommand;
  readonly patienceMs: number;
  /** Written down at once: it may have to be ended before it is ready. */
  readonly onMember: (member: ClusterMember) => void;
}

const lookEveryMs = 30;
const readyWords = "fairlead ready ";

export async function startRole({ role, command, patienceMs, onMember }: RoleStart): Promise<void> {
  const { name, zone, logFile } = command;
  const logStart = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  const spawned = await spawnProcess(command);
  const { pid, startedAtTicks } = spawned;
  const member: ClusterMember = { name, role, zone, pid, startedAtTicks, command };
  onMember(member);
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const doors = doorsIn(logFile, logStart);
    if (doors !== undefined) return onMember({ ...member, ...doors });
    const ended = spawned.ended();
    if (ended !== undefined) throw new Error(`${name} ${ended}:\n  ${lastLines(logFile)}`);
    if (performance.now() > untilMs) {
      const waited = `was not ready within ${Math.round(patienceMs / 1000)} s`;
      throw new Error(`${name} ${waited}; its log ends:\n  ${lastLines(logFile)}`);
    }
    await sleep(lookEveryMs);
  }
}

/** What the ready line says, once it is whole. */
export function doorsIn(logFile: string, start: number): MemberDoors | undefined {
  const lines = readFileSync(logFile).subarray(start).toString("utf8").split("\n").slice(0, -1);
  const line = lines.find((candidate) => candidate.startsWith(readyWords));
  if (line === undefined) return undefined;
  const { http, grpc, admin } = JSON.parse(line.slice(readyWords.length)) as MemberDoors;
  return {
    ...(http === undefined ? {} : { http }),
    ...(grpc === undefined ? {} : { grpc }),
    ...(admin === undefined ? {} : { admin }),
  };
}
