// Gets the servers that this machine lacks, before a fleet is started with them. Quiet when none is missing.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "#deploy/local/servers/find-program.ts";

const script = join(projectRoot, "deploy", "local", "servers.sh");

export function fetchServers(): void {
  // Says itself what it can neither find nor fetch.
  const { status } = spawnSync("sh", [script], { stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error("no fleet without its servers");
}
