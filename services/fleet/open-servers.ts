// A process's connections to the servers of the fleet, opened together: everything that is wrong is told in one
// round, and then nothing stays open.

import type { NoteRecord } from "#shared/actor/host.ts";
import type { NatsLink } from "#shared/bus/nats-connection.ts";
import { connectNats } from "#shared/bus/nats-connection.ts";
import type { FleetRole, Trust } from "#shared/config/trust.ts";
import { identityOf, readTrust } from "#shared/config/trust.ts";
import type { Coordination } from "#shared/coordination/coordination.ts";
import { openEtcdCoordination } from "#shared/coordination/etcd-coordination.ts";
import { openPostgresSql } from "#shared/ledger/sql/postgres-sql.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { Closers } from "./closers.ts";
import type { ProcessConfig } from "./process-config.ts";

export interface Servers {
  readonly trust: Trust;
  readonly sql: Sql;
  readonly coordination: Coordination;
  readonly link: NatsLink;
}

export interface OpenServersPorts {
  readonly role: FleetRole;
  readonly config: ProcessConfig;
  readonly onNote: (record: NoteRecord) => void;
  readonly closers: Closers;
}

export async function openServers({
  role,
  config,
  onNote,
  closers,
}: OpenServersPorts): Promise<Servers> {
  const trust = trustFor(role, config);
  const { process, natsServers, etcdEndpoints, postgres } = config;
  const opening = await Promise.allSettled([
    openPostgresSql({ ...postgres, user: role, trust }),
    openEtcdCoordination({ endpoints: etcdEndpoints, trust, onNote }),
    connectNats({ servers: natsServers, trust, role, process, onNote }),
  ]);
  for (const outcome of opening) {
    if (outcome.status === "fulfilled") closers.add(() => outcome.value.close());
  }
  const [sql, coordination, link] = opening;
  if (
    sql.status === "rejected" ||
    coordination.status === "rejected" ||
    link.status === "rejected"
  ) {
    throw new Error(opening.flatMap(faultOf).join("\n  "));
  }
  return { trust, sql: sql.value, coordination: coordination.value, link: link.value };
}

/** Role and name are in its certificate: one that took another's would be refused by each server in its own words. */
function trustFor(role: FleetRole, { trustFiles, process }: ProcessConfig): Trust {
  const trust = readTrust(trustFiles);
  const found = identityOf(trust.cert);
  if (found.role !== role) {
    throw new Error(
      `${trustFiles.certFile} is the certificate of role "${found.role}": this process is "${role}" and needs its own`,
    );
  }
  if (found.process !== process) {
    throw new Error(
      `${trustFiles.certFile} is the certificate of ${found.process}: ${process} needs its own`,
    );
  }
  return trust;
}

function faultOf(outcome: PromiseSettledResult<unknown>): readonly string[] {
  if (outcome.status === "fulfilled") return [];
  const reason: unknown = outcome.reason;
  return [reason instanceof Error ? reason.message : String(reason)];
}
