// The three doors: HTTP and gRPC for tenants, admin for operators. Opened when the house is ready, closed in the
// reverse order; a port that is taken is named, with the setting that moves it.

import type { AdminApiOptions } from "#services/console/admin-api.ts";
import { startAdminApi } from "#services/console/admin-api.ts";
import type { Edge } from "#services/edge/edge.ts";
import { startGrpcApi } from "#services/edge/grpc/grpc-api.ts";
import { startHttpApi } from "#services/edge/http/http-api.ts";
import type { EmbeddedConfig } from "./config.ts";

export interface Doors {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly adminPort: number;
}

export interface DoorPorts {
  readonly edge: Edge;
  readonly admin: AdminApiOptions;
  readonly onClose: (closer: () => Promise<void>) => void;
}

interface Opened {
  readonly port: number;
  close(): Promise<void>;
}

export async function openDoors(
  { listenHost: hostname, httpPort, grpcPort, adminPort, drainPatienceMs }: EmbeddedConfig,
  { edge, admin, onClose }: DoorPorts,
): Promise<Doors> {
  const open = async (setting: string, opening: Promise<Opened>): Promise<number> => {
    const door = await opening.catch((error: unknown) => {
      throw new Error(`${setting}: ${reasonOf(error)}`, { cause: error });
    });
    onClose(() => door.close());
    return door.port;
  };
  const http = await open("FAIRLEAD_HTTP_PORT", startHttpApi(edge, { port: httpPort, hostname }));
  const grpc = await open("FAIRLEAD_GRPC_PORT", startGrpcApi(edge, { port: grpcPort, hostname }));
  onClose(() => edge.drain(drainPatienceMs));
  const operators = await open(
    "FAIRLEAD_ADMIN_PORT",
    startAdminApi(admin, { host: hostname, port: adminPort }),
  );
  return { httpPort: http, grpcPort: grpc, adminPort: operators };
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "EADDRINUSE" ? "the port is taken; choose another, or 0 for any" : message;
}
