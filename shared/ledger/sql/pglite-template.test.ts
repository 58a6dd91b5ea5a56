import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openPgliteSql } from "./pglite-sql.ts";
import { templateInUse, useTemplate } from "./pglite-template.ts";
import type { SqlRow } from "./sql.ts";

const everything = `
  select 'setting' as kind, name, setting as value from pg_settings
  union all select 'database', datname, concat_ws(' ', datcollate, datctype, encoding, datistemplate) from pg_database
  union all select 'role', rolname, concat_ws(' ', rolsuper, rolbypassrls, rolcanlogin) from pg_roles
  union all select 'relation', oid::regclass::text, concat_ws(' ', relkind, relowner::regrole, relacl) from pg_class
  order by kind, name, value`;

async function contentsOf(directory?: string): Promise<readonly SqlRow[]> {
  const sql = await openPgliteSql(directory);
  try {
    return await sql.query(everything);
  } finally {
    await sql.close();
  }
}

test(
  "a database that begins from a template is no other than one of initdb, in memory and in a directory",
  { skip: templateInUse() === undefined && "no template: npm test makes one" },
  async (context) => {
    const template = templateInUse();
    const scratch = mkdtempSync(join(tmpdir(), "pglite-template-"));
    context.after(() => {
      useTemplate(template);
      rmSync(scratch, { recursive: true });
    });
    useTemplate(undefined);
    const made = await contentsOf();
    assert.ok(made.length > 400, `${made.length} things stand in it`);
    useTemplate(template);
    assert.deepEqual(await contentsOf(), made);
    assert.deepEqual(await contentsOf(join(scratch, "data")), made);
  },
);
