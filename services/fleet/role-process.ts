// A started process of the fleet, as its main sees it: where it is reached, and how it ends.

import type { FleetRole } from "#shared/config/trust.ts";
import type { ProcessConfig } from "./process-config.ts";

/** `host:port` of each door that it has. */
export interface RoleDoors {
  readonly http?: string;
  readonly grpc?: string;
  readonly admin: string;
}

export interface RoleProcess extends RoleDoors {
  /** What still has to end, for the operator who sent SIGTERM. */
  readonly busyWith: () => string;
  /** Refuses new work, lets open work end, gives everything up. Resolves when all of it is done. */
  drain(): Promise<void>;
}

/** The one line that says: it serves, here. Others script against it. */
export function readyLine(
  role: FleetRole,
  { process: name, zone }: ProcessConfig,
  { http, grpc, admin }: RoleDoors,
): string {
  const said = { role, process: name, zone, pid: process.pid, http, grpc, admin };
  return `fairlead ready ${JSON.stringify(said)}`;
}
