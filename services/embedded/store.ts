// What survives a restart: the database of registry and ledger, and the coordination store's revisions.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { coordinationFile } from "#shared/coordination/coordination-file.ts";
import type { MemoryCoordination } from "#shared/coordination/memory-coordination.ts";
import { memoryCoordination } from "#shared/coordination/memory-coordination.ts";
import { migrate } from "#shared/ledger/migrate.ts";
import { migrations } from "#shared/ledger/migrations.ts";
import { openPgliteSql } from "#shared/ledger/pglite-sql.ts";
import type { Sql } from "#shared/ledger/sql.ts";

export interface Store {
  readonly sql: Sql;
  readonly coordination: MemoryCoordination;
}

/** An empty directory means in memory. Throws where another process uses the directory. */
export async function openStore(directory: string): Promise<Store> {
  if (directory === "") {
    const sql = await openPgliteSql();
    await migrate(sql, migrations);
    return { sql, coordination: memoryCoordination() };
  }
  mkdirSync(directory, { recursive: true });
  // The database's lock guards the whole directory, so it is opened first.
  const sql = await openPgliteSql(join(directory, "database"));
  await migrate(sql, migrations);
  const file = coordinationFile(join(directory, "coordination.json"));
  return { sql, coordination: memoryCoordination({ file }) };
}
