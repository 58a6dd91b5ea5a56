// Where a server's program is: on the PATH, among Debian's Postgres versions, or where servers.sh put it.

import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const projectRoot: string = fileURLToPath(new URL("../../..", import.meta.url));

const fetched = join(projectRoot, ".servers", "usr");

/** Throws an error that says how to get it. */
export function findProgram(name: string): string {
  const found = candidateFolders()
    .map((folder) => join(folder, name))
    .find(isProgram);
  if (found !== undefined) return found;
  throw new Error(
    `${name} is neither on the PATH nor in .servers: install it, or run sh deploy/local/servers.sh, which fetches it from Debian`,
  );
}

function candidateFolders(): readonly string[] {
  return [
    ...(process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== ""),
    ...postgresFolders("/usr/lib/postgresql"),
    join(fetched, "bin"),
    join(fetched, "sbin"),
    ...postgresFolders(join(fetched, "lib", "postgresql")),
  ];
}

/** Newest version first. */
function postgresFolders(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(folder, version, "bin"));
  } catch {
    return [];
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
