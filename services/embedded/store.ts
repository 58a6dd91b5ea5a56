// What survives a restart: the database of registry and ledger, and the coordination store's revisions.

import { accessSync, constants, existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { DeadLetters } from "#shared/bus/dead-letters.ts";
import { FileDeadLetters } from "#shared/bus/file-dead-letters.ts";
import { fileReason } from "#shared/config/file-reason.ts";
import { coordinationFile } from "#shared/coordination/coordination-file.ts";
import type { MemoryCoordination } from "#shared/coordination/memory-coordination.ts";
import { memoryCoordination } from "#shared/coordination/memory-coordination.ts";
import { becomeOwner } from "#shared/ledger/sql/become-owner.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";

export interface Store {
  readonly sql: Sql;
  readonly coordination: MemoryCoordination;
  readonly deadLetters: DeadLetters;
}

/** An empty directory means in memory. Throws where another process uses the directory. */
export async function openStore(directory: string): Promise<Store> {
  if (directory === "") {
    const sql = await openDatabase();
    return { sql, coordination: memoryCoordination(), deadLetters: new FileDeadLetters({}) };
  }
  makeDirectory(directory);
  // The database's lock guards the whole directory, so it is opened first.
  const sql = await openDatabase(join(directory, "database"));
  const file = coordinationFile(join(directory, "coordination.json"));
  const deadLetters = new FileDeadLetters({ path: join(directory, "dead-letters.jsonl") });
  return { sql, coordination: memoryCoordination({ file }), deadLetters };
}

async function openDatabase(directory?: string): Promise<Sql> {
  const sql = await openPgliteSql(directory);
  try {
    await becomeOwner(sql);
    await migrate(sql, migrations);
    return sql;
  } catch (error) {
    await sql.close();
    throw error;
  }
}

function makeDirectory(directory: string): void {
  try {
    makeFrom(resolve(directory));
    readdirSync(directory);
    accessSync(directory, constants.W_OK);
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === "ENOENT"
        ? "directories cannot be made there"
        : fileReason(error);
    throw new Error(`FAIRLEAD_DATA_DIRECTORY: cannot use ${directory}: ${why}`, { cause: error });
  }
}

// Step by step: asked for the whole path at once, Node tries for ever where the file system makes no directories.
function makeFrom(directory: string): void {
  if (existsSync(directory)) return;
  makeFrom(dirname(directory));
  mkdirSync(directory);
}
