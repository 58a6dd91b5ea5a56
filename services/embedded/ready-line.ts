// The one line that says: it serves, here, with these keys. Others script against it.

import type { EmbeddedConfig } from "./config.ts";
import type { Doors } from "./doors.ts";

export function readyLine(
  { listenHost }: EmbeddedConfig,
  { httpPort, grpcPort, adminPort }: Doors,
): string {
  return [
    "fairlead ready",
    `http://${listenHost}:${httpPort}`,
    `grpc ${listenHost}:${grpcPort}`,
    `admin http://${listenHost}:${adminPort}`,
    "demo keys fl-demo-acme (enterprise) fl-demo-bolt (business) fl-demo-corner (starter)",
  ].join("  ");
}
