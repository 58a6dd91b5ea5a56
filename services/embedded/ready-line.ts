// The one line that says: it serves, here, with these keys. Others script against it.

import type { EmbeddedConfig } from "./config.ts";
import type { Platform } from "./platform.ts";

export function readyLine(
  { listenHost }: EmbeddedConfig,
  {
    httpPort,
    grpcPort,
    adminPort,
    ownModel,
  }: Pick<Platform, "httpPort" | "grpcPort" | "adminPort" | "ownModel">,
): string {
  return [
    "fairlead ready",
    `http://${listenHost}:${httpPort}`,
    `grpc ${listenHost}:${grpcPort}`,
    `admin http://${listenHost}:${adminPort}`,
    "demo keys fl-demo-acme (enterprise) fl-demo-bolt (business) fl-demo-corner (starter)",
    ...(ownModel === undefined ? [] : [`model ${ownModel}`]),
  ].join("  ");
}
