// The settings of one NATS server of the fleet: where it listens, who its peers are, and who may say and hear what.

import { join } from "node:path";
import type { NatsPermissions } from "#shared/bus/nats-permissions.ts";
import { natsPermissions } from "#shared/bus/nats-permissions.ts";
import type { TrustFiles } from "#shared/config/trust.ts";
import { fleetRoles } from "#shared/config/trust.ts";
import { loopback } from "./server-options.ts";

export interface NatsMember {
  readonly name: string;
  readonly zone: string;
  readonly port: number;
  readonly routePort: number;
  readonly folder: string;
  readonly trust?: TrustFiles;
}

type Settings = Readonly<Record<string, unknown>>;

const mebibyte = 1024 * 1024;

export function natsSettings(member: NatsMember, members: readonly NatsMember[]): Settings {
  const { name, port, folder, trust } = member;
  return {
    server_name: name,
    listen: `${loopback}:${port}`,
    jetstream: {
      store_dir: join(folder, "data"),
      max_memory_store: 64 * mebibyte,
      // A limit, not a reservation: above what streams are allowed to grow to.
      max_file_store: 16_384 * mebibyte,
    },
    // A peer that fell silent is noticed within seconds, not minutes.
    ping_interval: "5s",
    ping_max: 2,
    ...(members.length === 1 ? {} : { cluster: clusterOf(member, members) }),
    ...(trust === undefined ? {} : identified(trust)),
  };
}

/** A certificate's first name is its user; who has none, or one that is no user here, is refused. */
const identified = (trust: TrustFiles): Settings => ({
  tls: { ...tls(trust), verify_and_map: true },
  accounts: {
    FLEET: {
      jetstream: "enabled",
      users: [
        ...fleetRoles.map((role) => userOf(role, natsPermissions[role])),
        // Only asks whether JetStream works.
        userOf("root", { publish: ["$JS.API.INFO"], subscribe: ["_INBOX.root.>"] }),
      ],
    },
    SYS: {},
  },
  system_account: "SYS",
});

const userOf = (name: string, { publish, subscribe }: NatsPermissions): Settings => ({
  user: `${name}.role.fairlead`,
  permissions: {
    publish: { allow: publish },
    subscribe: { allow: subscribe },
    // Whoever is asked may answer, once.
    allow_responses: true,
  },
});

function clusterOf({ routePort, trust }: NatsMember, members: readonly NatsMember[]): Settings {
  return {
    name: "fairlead",
    listen: `${loopback}:${routePort}`,
    no_advertise: true,
    routes: members
      .filter((other) => other.routePort !== routePort)
      .map((other) => `nats-route://${loopback}:${other.routePort}`),
    ...(trust === undefined ? {} : { tls: { ...tls(trust), verify: true } }),
  };
}

const tls = ({ caFile, certFile, keyFile }: TrustFiles): Settings => ({
  ca_file: caFile,
  cert_file: certFile,
  key_file: keyFile,
  timeout: 5,
});
