import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openPgliteSql } from "./pglite-sql.ts";
import type { Sql } from "./sql.ts";
import { sqlCases } from "./sql.cases.ts";

const scratch = mkdtempSync(join(tmpdir(), "pglite-sql-"));
const directory = join(scratch, "nested", "data");

// PGlite takes a second to open: the cases share one database, and each cleans up before itself.
const shared = openPgliteSql();
after(async () => {
  await (await shared).close();
  rmSync(scratch, { recursive: true, force: true });
});

sqlCases("PGlite", async () => {
  const sql = await shared;
  let isClosed = false;
  const open = <Result>(work: () => Promise<Result>): Promise<Result> =>
    isClosed ? Promise.reject(new Error("closed")) : work();
  return {
    query: (text, values) => open(() => sql.query(text, values)),
    transaction: (work) => open(() => sql.transaction(work)),
    asTenant: (tenant, work) => open(() => sql.asTenant(tenant, work)),
    close: async () => {
      isClosed = true;
    },
  } satisfies Sql;
});

test("what is written in a directory is there after a restart, and the second opener is refused", async () => {
  const first = await openPgliteSql(directory);
  await first.query("create table kept (id int primary key)");
  await first.query("insert into kept values (1)");
  await assert.rejects(openPgliteSql(directory), /is in use by process/);
  await first.close();
  await first.close();
  await assert.rejects(first.query("select 1"), /closed/);
  const second = await openPgliteSql(directory);
  assert.deepEqual(await second.query("select * from kept"), [{ id: 1 }]);
  await second.close();
});

test("a killed process loses nothing that was answered, and its lock is taken over", async () => {
  const script = join(scratch, "write-until-killed.ts");
  const door = new URL("./pglite-sql.ts", import.meta.url).href;
  writeFileSync(
    script,
    `import { openPgliteSql } from ${JSON.stringify(door)};
     const sql = await openPgliteSql(${JSON.stringify(directory)});
     await sql.query("create table if not exists killed (id int primary key)");
     for (let id = 1; ; id++) {
       await sql.query("insert into killed values ($1)", [id]);
       process.stdout.write(id + "\\n");
     }`,
  );
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  let told = "";
  for await (const chunk of child.stdout) {
    told += String(chunk);
    if (told.split("\n").length > 50) break;
  }
  child.kill("SIGKILL");
  await once(child, "exit");
  const answered = Number(told.trim().split("\n").at(-1));
  const sql = await openPgliteSql(directory);
  const [row] = await sql.query("select count(*)::float8 as rows, max(id) as last from killed");
  assert.ok(
    Number(row?.["last"]) >= answered,
    `${answered} were answered, ${String(row?.["last"])} are there`,
  );
  assert.equal(row?.["rows"], row?.["last"]);
  await sql.close();
});

test("a directory that cannot be a database is a clear failure, and the lock is given back", async () => {
  const broken = join(scratch, "broken");
  writeFileSync(broken, "a file, not a directory");
  await assert.rejects(openPgliteSql(broken));
  await assert.rejects(openPgliteSql(broken), (error) => !/in use/.test(String(error)));
});
