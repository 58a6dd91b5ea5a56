// A database with something to guard in it: rows and invoices of two tenants, and an audit that is older than its chain.

import { plantOldAudit } from "#shared/ledger/audit/audit.cases.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import {
  plantRolledUp,
  plantTwoInvoices,
  plantTwoProofs,
  plantTwoTenants,
} from "./tenant-rows.cases.ts";

/** `meanwhile`: between the version that made the database and this one. */
export async function guarded(
  sql: Sql,
  meanwhile: (sql: Sql) => Promise<void> = async () => undefined,
): Promise<Sql> {
  const chained = migrations.findIndex(({ name }) => name.includes("chained audit"));
  await migrate(sql, migrations.slice(0, chained));
  await plantOldAudit(sql);
  await meanwhile(sql);
  await migrate(sql, migrations);
  await plantTwoTenants(sql);
  await plantTwoProofs(sql);
  await plantTwoInvoices(sql);
  await plantRolledUp(sql);
  return sql;
}
