// The database as tenants' questions have it: in a tenant's name alone, and every statement given up by the database itself after
// a moment. Whoever asks for much is told so; nobody's bill waits for it.

import type { Sql } from "#shared/ledger/sql/sql.ts";
import { asTenantIn } from "#shared/ledger/tenant-rows/tenant-scope.ts";

const statementTimeoutMs = 5_000;

export const briefSql = (sql: Sql): Pick<Sql, "asTenant"> => ({
  asTenant: (tenant, work) =>
    sql.transaction(async (queries) => {
      // Of this transaction alone, and set before the tenant's part: in that nothing is set.
      await queries.query("select set_config('statement_timeout', $1, true)", [
        String(statementTimeoutMs),
      ]);
      return asTenantIn(queries, tenant, work);
    }),
});
