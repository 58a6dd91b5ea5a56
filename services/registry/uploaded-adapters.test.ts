import { after } from "node:test";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import { uploadedAdapterCases } from "./uploaded-adapters.cases.ts";

const opened = openPgliteSql().then(async (sql) => {
  await migrate(sql, migrations);
  return sql;
});
after(async () => (await opened).close());

uploadedAdapterCases("PGlite", opened);
