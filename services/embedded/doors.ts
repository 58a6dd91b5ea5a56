// The three doors of the embedded platform: HTTP and gRPC for tenants, admin for operators. Opened when the house is
// ready.

import type { AdminApiOptions } from "#services/console/admin-api.ts";
import { startAdminApi } from "#services/console/admin-api.ts";
import type { Edge } from "#services/edge/edge.ts";
import type { Closers } from "#services/fleet/closers.ts";
import { openDoor, openTenantDoors } from "#services/fleet/open-door.ts";
import type { EmbeddedConfig } from "./config.ts";

export interface Doors {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly adminPort: number;
}

export interface DoorPorts {
  readonly edge: Edge;
  readonly admin: AdminApiOptions;
  readonly closers: Closers;
}

export async function openDoors(
  config: EmbeddedConfig,
  { edge, admin, closers }: DoorPorts,
): Promise<Doors> {
  const tenants = await openTenantDoors(edge, config, closers);
  const operators = startAdminApi(admin, { host: config.listenHost, port: config.adminPort });
  return { ...tenants, adminPort: await openDoor(closers, "FAIRLEAD_ADMIN_PORT", operators) };
}
