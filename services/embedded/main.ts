// `npm start`: the whole platform on loopback, until SIGTERM or SIGINT drains it.

import type { EmbeddedConfig } from "./config.ts";
import { readEmbeddedConfig } from "./config.ts";
import type { Platform } from "./platform.ts";
import { startPlatform } from "./platform.ts";

async function main(): Promise<void> {
  const config = readEmbeddedConfig(process.env);
  const platform = await startPlatform(config, process.env);
  let isDraining = false;
  const drain = (): void => {
    // A second signal does not wait.
    if (isDraining) process.exit(1);
    isDraining = true;
    platform.drain().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on("SIGTERM", drain);
  process.on("SIGINT", drain);
  console.log(readyLine(config, platform));
}

function readyLine({ listenHost }: EmbeddedConfig, platform: Platform): string {
  const { httpPort, grpcPort, adminPort } = platform;
  return [
    "fairlead ready",
    `http://${listenHost}:${httpPort}`,
    `grpc ${listenHost}:${grpcPort}`,
    `admin http://${listenHost}:${adminPort}`,
    "demo keys fl-demo-acme (enterprise) fl-demo-bolt (business) fl-demo-corner (starter)",
  ].join("  ");
}

function fail(error: unknown): void {
  console.error(`fairlead: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

main().catch(fail);
