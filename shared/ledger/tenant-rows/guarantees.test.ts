import assert from "node:assert/strict";
import { after, test } from "node:test";
import { auditCases } from "#shared/ledger/audit/audit.cases.ts";
import { becomeOwner } from "#shared/ledger/sql/become-owner.ts";
import { guarded } from "./guarantees.cases.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import { inVain, tenantRowsCases } from "./tenant-rows.cases.ts";

const asSuperuser = openPgliteSql().then((sql) => guarded(sql));
const asOwner = openPgliteSql().then((sql) => guarded(sql, becomeOwner));
after(async () => {
  for (const opened of [asSuperuser, asOwner]) await (await opened).close();
});

tenantRowsCases("PGlite", () => asSuperuser);
auditCases("PGlite", () => asSuperuser);
tenantRowsCases("PGlite, as its owner", () => asOwner);
auditCases("PGlite, as its owner", () => asOwner);

test("an embedded database's session is no superuser's, and has its policies to thank for every row", async () => {
  const sql = await asOwner;
  const [row] = await sql.query(
    "select session_user::text as name, rolsuper or rolbypassrls as passes from pg_roles where rolname = session_user",
  );
  assert.deepEqual(row, { name: "registry", passes: false });
  await assert.rejects(sql.query("create role another"), /permission denied/);
  await inVain(sql, async (queries) => {
    await queries.query("drop policy owner_all on usage");
    assert.deepEqual(await queries.query("select tenant from usage"), []);
  });
});
