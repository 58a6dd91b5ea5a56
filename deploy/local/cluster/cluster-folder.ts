// The folder of a local fleet: its own alone, so that removing it removes nothing else.

import { existsSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { lives } from "#deploy/local/processes/process-identity.ts";
import { readState } from "./cluster-state.ts";
import { processesOf } from "./cluster-tag.ts";

export function clusterFolder(named?: string): string {
  const chosen = named ?? process.env["FAIRLEAD_CLUSTER_FOLDER"];
  if (chosen !== undefined && chosen.trim() !== "") return resolve(chosen);
  return join(tmpdir(), `fairlead-cluster-${process.getuid?.() ?? 0}`);
}

/** Whether nothing of an earlier fleet is in the way. Throws an error that says what is, where it must not be touched. */
export function isVacant(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return true;
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new Error(`${folder} is not a folder of yours; name another with --folder`);
  }
  const state = readState(folder);
  if (state === undefined) {
    if (readdirSync(folder).length === 0) return true;
    throw new Error(`${folder} holds something else than a fleet; name another with --folder`);
  }
  if (state.starter !== undefined && lives(state.starter)) {
    throw new Error(`process ${state.starter.pid} is just starting a fleet in ${folder}`);
  }
  const living = [...state.members.filter(lives), ...processesOf(folder)];
  if (living.length === 0) return false;
  throw new Error(
    `a fleet runs in ${folder} already; take it down first with npm run cluster -- down, or name another folder with --folder`,
  );
}

/** Others may pass through, for Postgres's account, but not look around. */
export function makeClusterFolder(folder: string): void {
  // One by one: where a file system refuses as if the parent were missing, as /proc does, Node's recursion never ends.
  if (existsSync(folder)) return;
  makeClusterFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o711 });
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    throw new Error(`cannot make ${folder} (${code}); name another with --folder`, {
      cause: error,
    });
  }
}
