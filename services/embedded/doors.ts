// The three doors of the embedded platform: HTTP and gRPC for tenants, admin for operators. Opened when the house is
// ready; at the end the operators' door stays open until nothing is left to be seen through it.

import type { AdminApiOptions } from "#services/console/admin-api.ts";
import { startAdminApi } from "#services/console/admin-api.ts";
import type { Edge } from "#services/edge/edge.ts";
import type { Closer, Closers } from "#services/fleet/closers.ts";
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
  /** After the last call, before the operators' door is closed. */
  readonly settle: Closer;
  readonly closers: Closers;
}

export async function openDoors(
  config: EmbeddedConfig,
  { edge, admin, settle, closers }: DoorPorts,
): Promise<Doors> {
  const operators = startAdminApi(admin, { host: config.listenHost, port: config.adminPort });
  const adminPort = await openDoor(closers, "FAIRLEAD_ADMIN_PORT", operators);
  closers.add(settle);
  return { ...(await openTenantDoors(edge, config, closers)), adminPort };
}
