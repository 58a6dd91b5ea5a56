import assert from "node:assert/strict";
import { after, test } from "node:test";
import { letterOf } from "#shared/bus/dead-letters.cases.ts";
import type { AuditEntry } from "#shared/ledger/audit/audit.ts";
import { sqlAudit } from "#shared/ledger/audit/audit.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import type { RequestId } from "#shared/model/ids.ts";
import { startAdminApi } from "#services/console/admin-api.ts";
import { runCommandLine } from "#services/console/command-line.ts";
import { scriptedPlatform } from "#services/console/scripted/scripted-platform.ts";

// The command line, the admin API and an audit in a real database.

const platform = scriptedPlatform();
const sql = await openPgliteSql();
await migrate(sql, migrations);
const audit = sqlAudit(sql);
const ports = {
  ...platform.ports,
  audit: {
    ...audit,
    write: async (entry: AuditEntry) => {
      await platform.ports.audit.write(entry);
      await audit.write(entry);
    },
  },
};
const api = await startAdminApi({ ports }, { host: "127.0.0.1", port: 0 });
after(async () => {
  await api.close();
  platform.store.close();
  await sql.close();
});

async function fairlead(...words: string[]): Promise<{ code: number; out: string }> {
  const lines: string[] = [];
  const code = await runCommandLine(words, {
    environment: { FAIRLEAD_ADMIN_PORT: String(api.port) },
    print: (line) => lines.push(line),
    complain: (line) => lines.push(line),
    readFile: () => Promise.reject(new Error("not here")),
    openFile: () => Promise.reject(new Error("not here")),
  });
  return { code, out: lines.join("\n") };
}

const requestId = "ab".repeat(16);

test("without any row the audit is empty, and that is said", async () => {
  assert.deepEqual(await fairlead("audit", "verify"), { code: 0, out: "the audit is empty" });
  assert.match((await fairlead("audit")).out, /\(none\)$/);
});

test("each action of an operator leaves a row, and what is refused or unknown leaves none", async () => {
  const { workers } = platform;
  await platform.deadLetters.write(letterOf({ requestId: requestId as RequestId }));
  platform.pools = platform.pools.map((pool) => ({ ...pool, workers: 4 }));
  const done: readonly (readonly [string, string, object])[] = [
    ["cordon h100-a1", "cordon worker", { worker: "h100-a1" }],
    ["uncordon h100-a1", "uncordon worker", { worker: "h100-a1" }],
    ["cordon zone eu-b --force", "cordon zone", { zone: "eu-b", isForced: true }],
    ["uncordon zone eu-b", "uncordon zone", { zone: "eu-b" }],
    ["drain h100-a1 --patience 5s", "drain worker", { worker: "h100-a1", patienceMs: 5000 }],
    ["uncordon h100-a1", "uncordon worker", { worker: "h100-a1" }],
    ["narrow acme --workers 1", "narrow tenant", { tenant: "acme", workers: 1 }],
    ["widen acme", "widen tenant", { tenant: "acme" }],
    [`dlq replay ${requestId}`, "replay dead letter", { requestId, tenant: "acme" }],
    [`dlq drop ${requestId}`, "drop dead letter", { requestId, tenant: "acme" }],
  ];
  for (const [line] of done) {
    const { code, out } = await fairlead(...line.split(" "));
    assert.equal(code, 0, `${line}: ${out}`);
  }
  const rows = [...(await audit.rows({ limit: 100 }))].reverse();
  assert.deepEqual(
    rows.map(({ actor, action, detail }) => [actor, action, detail]),
    done.map(([, action, detail]) => ["admin-api", action, detail]),
  );
  for (const line of [
    "cordon nobody",
    "drain zone nowhere",
    "narrow nobody",
    "narrow acme --pool nowhere",
    "widen nobody",
    "dlq replay ffff",
    `dlq drop ${requestId}`,
  ]) {
    assert.equal((await fairlead(...line.split(" "))).code, 1, line);
  }
  assert.equal((await audit.rows({ limit: 100 })).length, done.length);
  platform.workers = workers;
});

test("rows are listed newest first, by actor, action and time, on one line each", async () => {
  await audit.write({
    actor: "tenant o\u202ek",
    action: "upload",
    detail: { name: "x".repeat(200) },
  });
  const { out } = await fairlead("audit", "--actor", "tenant o\u202ek");
  assert.match(
    out,
    /^SEQ +AT +ACTOR +ACTION +DETAIL\n +11 +\d{4}-\S+Z +tenant o\?k +upload +\{"name":"x+…$/,
  );
  const drains = (await fairlead("audit", "--action", "drain worker")).out.split("\n");
  assert.deepEqual(
    [drains.length, /"patienceMs":5000|"patienceMs": ?5000/.test(drains[1] ?? "")],
    [2, true],
  );
  const limited = (await fairlead("audit", "--limit", "3")).out.split("\n").slice(1);
  assert.deepEqual(
    limited.map((line) => line.trim().split(" ")[0]),
    ["11", "10", "9"],
  );
  assert.match((await fairlead("audit", "--since", "2999-01-01")).out, /\(none\)$/);
  const { audit: rows } = JSON.parse((await fairlead("audit", "--limit", "1", "--json")).out);
  assert.match(rows[0].hash, /^[0-9a-f]{64}$/);
});

test("an audit that holds is told with its head; the head it had before is still in it", async () => {
  const { code, out } = await fairlead("audit", "verify");
  const [, head = ""] =
    /^the audit holds: 11 rows checked\nhead (11:[0-9a-f]{64})\n/.exec(out) ?? [];
  assert.deepEqual([code, head.length], [0, 67], out);
  await audit.write({ actor: "test", action: "go on", detail: {} });
  const later = await fairlead("audit", "verify", "--head", head, "--json");
  const { isWhole, rowsChecked, head: end } = JSON.parse(later.out);
  assert.deepEqual([isWhole, rowsChecked, end.seq], [true, 12, 12]);
});

test("an audit that was tampered with is told by its first wrong row, with exit code 1", async () => {
  const [last] = await audit.rows({ limit: 1 });
  const kept = `12:${last?.hash ?? ""}`;
  await sql.query("alter table audit disable trigger user");
  await sql.query("delete from audit where seq = 12");
  assert.equal((await fairlead("audit", "verify")).code, 0);
  const tail = await fairlead("audit", "verify", "--head", kept);
  assert.equal(tail.code, 1);
  assert.match(
    tail.out,
    /^fairlead: the audit does not hold\. Row 12: .* is gone: rows were dropped\./,
  );
  await sql.query("update audit set actor = 'nobody' where seq = 4");
  const changed = await fairlead("audit", "verify");
  assert.deepEqual(changed, {
    code: 1,
    out: "fairlead: the audit does not hold. Row 4: its hash is not that of what it says: it was changed. 3 rows checked before that.",
  });
  const told = JSON.parse((await fairlead("audit", "verify", "--json")).out);
  assert.equal(told.error.code, "audit_broken");
});

test("what cannot be audited is not done, unless it is forced, and then that is said", async () => {
  const { workers } = platform;
  platform.isUnaudited = true;
  platform.commands.length = 0;
  for (const line of ["cordon h100-a1", "drain zone eu-b", "uncordon h100-a1", "widen acme"]) {
    const { code, out } = await fairlead(...line.split(" "));
    assert.equal(code, 1);
    assert.match(out, /The audit cannot be written \(no database\): nothing was done\./, line);
  }
  assert.deepEqual(platform.commands, []);
  for (const line of [
    "cordon h100-a1 --force",
    "drain h100-a1 --force",
    "drain h100-a1 --no-wait --force",
  ]) {
    const { code, out } = await fairlead(...line.split(" "));
    assert.equal(code, 0);
    assert.match(out, /\nnote: the audit could not be written; it has no row of this$/, line);
  }
  assert.equal(platform.commands.length, 3);
  platform.isUnaudited = false;
  platform.workers = workers;
});

test("a wrong command line is told", async () => {
  for (const [line, expected] of [
    ["audit verfy", /audit knows verify, not verfy/],
    ["audit verify --limit 3", /audit verify has no option --limit/],
    ["audit --head 1:2", /audit has no option --head/],
    ["audit verify --head 1:2", /--head: expected SEQ:HASH/],
    ["audit --limit 0", /--limit: expected a whole number from 1 to 1000/],
    ["audit --since noon", /--since: expected a time/],
  ] as const) {
    const { code, out } = await fairlead(...line.split(" "));
    assert.equal(code, 2, line);
    assert.match(out, expected, line);
  }
});
