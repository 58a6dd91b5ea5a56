// Makes the data of a killed Postgres startable again. Its lock names a process id, and where nobody waits for dead
// processes that id answers signals for ever, so that Postgres takes itself for running.

import { readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { identityOf } from "#deploy/local/processes/process-identity.ts";

const patienceMs = 5_000;
const lookEveryMs = 20;

/** To be called when the server itself is certainly gone. Its sessions may write for a moment longer. */
export async function unlockPostgresData(data: string): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  while (isInUse(data)) {
    if (performance.now() > untilMs) throw new Error(`a process still works in ${data}`);
    await sleep(lookEveryMs);
  }
  rmSync(join(data, "postmaster.pid"), { force: true });
}

/** Every process of Postgres stays in its data folder. */
function isInUse(data: string): boolean {
  return readdirSync("/proc").some(
    (entry) => folderOf(entry) === data && identityOf(Number(entry)) !== undefined,
  );
}

function folderOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
