// The fleet as the benchmark measures it: the servers of the local cluster, three NATS, three etcd and Postgres under an
// authority, and one process of each role, with one worker host that holds every replica of the fleet file.

import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import type { ClusterMember } from "#deploy/local/cluster/cluster-state.ts";
import type { FleetPlaces } from "#deploy/local/cluster/role-command.ts";
import { roleCommand } from "#deploy/local/cluster/role-command.ts";
import type { PlannedRole } from "#deploy/local/cluster/role-plan.ts";
import { roleWaves } from "#deploy/local/cluster/role-plan.ts";
import { startRole } from "#deploy/local/cluster/start-role.ts";
import { endProcess } from "#deploy/local/processes/end-process.ts";
import type { FleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import { createFleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import { startEtcdServers } from "#deploy/local/servers/etcd-servers.ts";
import { startNatsServers } from "#deploy/local/servers/nats-servers.ts";
import { startPostgresServer } from "#deploy/local/servers/postgres-server.ts";
import { workerHost } from "./bench-fleet.ts";
import type { Target } from "./target.ts";

export interface Cluster {
  readonly url: string;
  readonly admin: string;
  readonly parts: Target["parts"];
}

interface ClusterPlan {
  readonly folder: string;
  readonly fleetFile: string;
  readonly timePercent: number;
  readonly nodeArgs: readonly string[];
  /** How to end what was started, each pushed as soon as there is something to end. */
  readonly ends: (() => Promise<unknown>)[];
}

const readyWithinMs = 60_000;

export async function startCluster(plan: ClusterPlan): Promise<Cluster> {
  const { folder, fleetFile, timePercent, ends } = plan;
  const authority = createFleetAuthority(join(folder, "authority"));
  const servers = await startServers(folder, authority, ends);
  const given = {
    FAIRLEAD_ENGINE_TIME_SCALE_PERCENT: String(timePercent),
    FAIRLEAD_DRAIN_PATIENCE: "1s",
  };
  const places: FleetPlaces = { folder, fleetFile, given, ...servers.places };
  const members: ClusterMember[] = [];
  for (const wave of roleWaves({ edges: 1, control: 1, workers: 1 })) {
    const started = wave.map((planned) => start(planned, places, { ...plan, authority }));
    members.push(...(await Promise.all(started)));
  }
  await Promise.all(members.map(untilReady));
  const of = (role: ClusterMember["role"]): ClusterMember | undefined =>
    members.find((member) => member.role === role);
  return {
    url: `http://${of("edge")?.http ?? ""}`,
    admin: `http://${of("registry")?.admin ?? ""}`,
    parts: {
      ...Object.fromEntries(members.map(({ role, pid }) => [role, [pid]])),
      ...servers.parts,
    },
  };
}

async function startServers(
  folder: string,
  authority: FleetAuthority,
  ends: ClusterPlan["ends"],
): Promise<{
  readonly places: Pick<FleetPlaces, "natsServers" | "etcdEndpoints" | "postgres">;
  readonly parts: Target["parts"];
}> {
  const options = { folder, authority };
  const nats = await startNatsServers({ ...options, members: 3 });
  ends.push(() => nats.stop());
  const etcd = await startEtcdServers({ ...options, members: 3 });
  ends.push(() => etcd.stop());
  const postgres = await startPostgresServer(options);
  ends.push(() => postgres.stop());
  const { host, port, database, member } = postgres;
  return {
    places: {
      natsServers: nats.servers,
      etcdEndpoints: etcd.endpoints,
      postgres: `${host}:${port}/${database}`,
    },
    parts: {
      nats: nats.members.map(({ pid }) => pid),
      etcd: etcd.members.map(({ pid }) => pid),
      postgres: [member.pid],
    },
  };
}

async function start(
  planned: PlannedRole,
  places: FleetPlaces,
  { authority, ends, nodeArgs }: ClusterPlan & { readonly authority: FleetAuthority },
): Promise<ClusterMember> {
  const { role, name } = planned;
  const placed = role === "worker" ? { ...planned, workerHost } : planned;
  const usual = await roleCommand(placed, places, authority.issue(role, name));
  const command = { ...usual, args: [...nodeArgs, ...usual.args], isDetached: false };
  const known: ClusterMember[] = [];
  await startRole({
    role,
    command,
    patienceMs: readyWithinMs,
    onMember: (member) => {
      if (known.length === 0) {
        const { endSignal: signal, endPatienceMs: patienceMs } = command;
        ends.push(() => endProcess(member, { signal, patienceMs }));
      }
      known.push(member);
    },
  });
  const member = known.at(-1);
  if (member === undefined) throw new Error(`${name} was not started`);
  return member;
}

async function untilReady({ name, admin = "" }: ClusterMember): Promise<void> {
  for (const untilMs = performance.now() + readyWithinMs; ; await sleep(100)) {
    const answer = await fetch(`http://${admin}/readyz`).catch(() => undefined);
    const said = await answer?.text();
    if (answer?.ok === true) return;
    if (performance.now() > untilMs)
      throw new Error(`${name} is not ready: ${said ?? "no answer"}`);
  }
}
