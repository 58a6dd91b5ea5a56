// Starts one process of a local fleet again, on its ports and with its data: after it was killed, or instead of it.

import { endProcess } from "#deploy/local/processes/end-process.ts";
import type { ProcessCommand } from "#deploy/local/processes/process-command.ts";
import { spawnProcess } from "#deploy/local/processes/process-command.ts";
import { unlockPostgresData } from "#deploy/local/servers/postgres-data.ts";
import { postgresData } from "#deploy/local/servers/postgres-server.ts";
import { answerOf } from "#deploy/local/servers/running-server.ts";
import type { FleetRole } from "#shared/config/trust.ts";
import { fleetRoles } from "#shared/config/trust.ts";
import type { ClusterMember, ClusterState } from "./cluster-state.ts";
import { recordMember, requiredState } from "./cluster-state.ts";
import { startRole } from "./start-role.ts";
import { isReady } from "./status.ts";

/** A machine may be busy. */
const readyWithinMs = 120_000;

/** Resolves when it has said that it is ready, or has given a real answer. Rejects with what its log says. */
export async function restartProcess(folder: string, name: string): Promise<ClusterMember> {
  const state = requiredState(folder);
  const member = state.members.find((candidate) => candidate.name === name);
  if (member === undefined) {
    const names = state.members.map((known) => known.name).join(", ");
    throw new Error(`no process ${name} in the fleet in ${folder}; there are: ${names}`);
  }
  const { command } = member;
  await endProcess(member, { signal: command.endSignal, patienceMs: command.endPatienceMs });
  const role = fleetRoles.find((known) => known === member.role);
  if (role === undefined) await restartServer(member, state);
  else await restartRole(role, command, folder);
  return requiredState(folder).members.find((candidate) => candidate.name === name) ?? member;
}

async function restartServer(member: ClusterMember, state: ClusterState): Promise<void> {
  if (member.role === "postgres") await unlockPostgresData(postgresData(state.folder));
  const spawned = await spawnProcess(member.command);
  const { pid, startedAtTicks } = spawned;
  const again = { ...member, pid, startedAtTicks };
  recordMember(state.folder, again);
  await answerOf(member.command, spawned, async () => {
    if (!(await isReady(again, state))) throw new Error("it does not answer yet");
  });
}

const restartRole = (role: FleetRole, command: ProcessCommand, folder: string): Promise<void> =>
  startRole({
    role,
    command: againOf(command),
    patienceMs: readyWithinMs,
    onMember: (member) => recordMember(folder, member),
  });

/** The registry took the file at its first start; to apply it again would undo what was changed since. */
function againOf(command: ProcessCommand): ProcessCommand {
  const { FAIRLEAD_FLEET_FILE: _, ...environment } = command.environment;
  return { ...command, environment };
}
