// Opens doors to the outside, and closes them in the reverse order: a port that is taken is named, with the setting
// that moves it.

import type { Edge } from "#services/edge/edge.ts";
import { startGrpcApi } from "#services/edge/grpc/grpc-api.ts";
import { startHttpApi } from "#services/edge/http/http-api.ts";
import type { Closers } from "./closers.ts";

export interface Door {
  readonly port: number;
  close(): Promise<void>;
}

/** `setting`: what an operator changes when it cannot be opened. Resolves with the port. */
export async function openDoor(
  closers: Closers,
  setting: string,
  opening: Promise<Door>,
): Promise<number> {
  const door = await opening.catch((error: unknown) => {
    throw new Error(`${setting}: ${reasonOf(error)}`, { cause: error });
  });
  closers.add(() => door.close());
  return door.port;
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  // Who tries several addresses of a name has the code in the words of a message only.
  const isTaken = code === "EADDRINUSE" || message.includes("EADDRINUSE");
  return isTaken ? "the port is taken; choose another, or 0 for any" : message;
}

export interface TenantDoorsConfig {
  readonly listenHost: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly drainPatienceMs: number;
}

/** HTTP and gRPC. At the end open calls are waited for before either is closed. */
export async function openTenantDoors(
  edge: Edge,
  { listenHost: hostname, httpPort, grpcPort, drainPatienceMs }: TenantDoorsConfig,
  closers: Closers,
): Promise<{ readonly httpPort: number; readonly grpcPort: number }> {
  const http = startHttpApi(edge, { port: httpPort, hostname });
  const opened = { httpPort: await openDoor(closers, "FAIRLEAD_HTTP_PORT", http) };
  const grpc = startGrpcApi(edge, { port: grpcPort, hostname });
  const both = { ...opened, grpcPort: await openDoor(closers, "FAIRLEAD_GRPC_PORT", grpc) };
  closers.add(() => edge.drain(drainPatienceMs));
  return both;
}
