import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { startPostgresServer } from "#deploy/local/servers/postgres-server.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPostgresSql } from "#shared/ledger/sql/postgres-sql.ts";
import { uploadedAdapterCases } from "./uploaded-adapters.cases.ts";

const folder = mkdtempSync(join(tmpdir(), "uploads-postgres-"));
const server = await startPostgresServer({ folder, isDurable: false });
const sql = await openPostgresSql({ ...server, user: "registry" });
await migrate(sql, migrations);
after(async () => {
  await sql.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

uploadedAdapterCases("Postgres", Promise.resolve(sql));
