// The template that the databases of `npm test` begin from: made where there is none, once for each version of PGlite.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PgliteModule } from "#shared/ledger/sql/pglite-worker-thread.ts";
import { repositoryRoot } from "./source-tree.ts";

const modules = join(repositoryRoot, "node_modules");

/** Where it is; undefined: it has not been made. */
export function templateFile(): string | undefined {
  const file = pathOf();
  return existsSync(file) ? file : undefined;
}

export async function makeTemplate(): Promise<void> {
  if (templateFile() !== undefined) return;
  const { PGlite } = (await import(import.meta.resolve("@electric-sql/pglite"))) as PgliteModule;
  const database = await PGlite.create({});
  const image = await database.dumpDataDir("none");
  await database.close();
  const file = pathOf();
  mkdirSync(dirname(file), { recursive: true });
  // Whole or not at all: another run may be reading it, or making the same.
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, new Uint8Array(await image.arrayBuffer()));
  renameSync(unfinished, file);
}

function pathOf(): string {
  const manifest = join(modules, "@electric-sql", "pglite", "package.json");
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string };
  return join(modules, ".cache", "fairlead", `pglite-${version}.tar`);
}
