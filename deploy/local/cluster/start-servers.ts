// The servers of a local fleet: three NATS, three etcd and Postgres, started side by side and written down.

import type { FleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import { startEtcdServers } from "#deploy/local/servers/etcd-servers.ts";
import { startNatsServers } from "#deploy/local/servers/nats-servers.ts";
import { startPostgresServer } from "#deploy/local/servers/postgres-server.ts";
import type { RunningServer } from "#deploy/local/servers/running-server.ts";
import { loopback } from "#deploy/local/servers/server-options.ts";
import type { ServerRole } from "./cluster-state.ts";
import { recordMember, requiredState, writeState } from "./cluster-state.ts";
import { tagOf } from "./cluster-tag.ts";
import type { FleetPlaces } from "./role-command.ts";

export interface FleetServers {
  readonly folder: string;
  readonly authority: FleetAuthority;
  readonly onProgress: (line: string) => void;
}

type ServerPlaces = Pick<FleetPlaces, "natsServers" | "etcdEndpoints" | "postgres">;

export async function startFleetServers({
  folder,
  authority,
  onProgress,
}: FleetServers): Promise<ServerPlaces> {
  const root = authority.issue("root", "asking");
  const asking = { nats: root, etcd: root, postgres: authority.issue("registry", "asking") };
  writeState({ ...requiredState(folder), asking });
  onProgress("starting 3 NATS, 3 etcd and Postgres");
  const options = { folder, authority, isDetached: true, environment: tagOf(folder) };
  const record = (role: ServerRole, servers: readonly RunningServer[]): void => {
    for (const server of servers) {
      const { name, zone, pid, startedAtTicks, command, port } = server;
      const address = `${loopback}:${port}`;
      recordMember(folder, { name, role, zone, pid, startedAtTicks, command, address });
    }
    const names = servers.map(({ name, zone }) => `${name} (${zone})`).join(", ");
    onProgress(`${names} ${servers.length === 1 ? "answers" : "answer"}`);
  };
  // All settle before an error is told: none is started after its fellows were taken down.
  const [nats, etcd, postgres] = await Promise.allSettled([
    startNatsServers({ ...options, members: 3 }).then((started) => {
      record("nats", started.members);
      return started.servers;
    }),
    startEtcdServers({ ...options, members: 3 }).then((started) => {
      record("etcd", started.members);
      return started.endpoints;
    }),
    startPostgresServer(options).then(({ host, port, database, member }) => {
      record("postgres", [member]);
      return `${host}:${port}/${database}`;
    }),
  ]);
  return {
    natsServers: valueOf(nats),
    etcdEndpoints: valueOf(etcd),
    postgres: valueOf(postgres),
  };
}

function valueOf<Value>(settled: PromiseSettledResult<Value>): Value {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}
