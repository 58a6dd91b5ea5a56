import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { startPostgresServer } from "#deploy/local/servers/postgres-server.ts";
import { grantRoles } from "#shared/ledger/schema/grant-roles.ts";
import { finalEntry, openEntry, request, tenant } from "#shared/ledger/ledger.cases.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPostgresSql } from "#shared/ledger/sql/postgres-sql.ts";
import { rollUpFaults } from "./rebuild-roll-ups.ts";
import { rollUp } from "./roll-up.ts";
import { sqlLedger } from "#shared/ledger/sql-ledger.ts";
import { midnight, usageSeriesCases } from "./usage-series.cases.ts";

const folder = mkdtempSync(join(tmpdir(), "usage-series-"));
const server = await startPostgresServer({ folder, isDurable: false });
const owner = await openPostgresSql({ ...server, user: "registry" });
await migrate(owner, migrations);
await grantRoles(owner);
const writer = await openPostgresSql({ ...server, user: "metering" });
after(async () => {
  await Promise.all([owner.close(), writer.close()]);
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

usageSeriesCases("Postgres", async () => ({ owner, writer }));

test("several writers and rollers at once, and a question meanwhile: nothing is counted twice or missed", async () => {
  await owner.query("delete from usage");
  const ledger = sqlLedger(writer);
  const day = { fromEpochMs: midnight, toEpochMs: midnight + 86_400_000 };
  const writing = { isOver: false };
  let last = 0;
  const asking = (async () => {
    while (!writing.isOver) {
      const { requests } = await sqlLedger(owner).totals({ sinceEpochMs: midnight });
      assert.ok(requests >= last, `${requests} after ${last}`);
      last = requests;
    }
  })();
  const rolling = [1, 2].map(async () => {
    while (!writing.isOver) await rollUp(writer, 50);
  });
  await Promise.all(
    [...Array(4)].map(async (_, turn) => {
      for (let round = 0; round < 25; round++) {
        const some = [...Array(20)].map((_entry, index) => {
          const part = {
            requestId: request(`r${round}-${index}`),
            tenant: tenant(`t${index % 3}`),
            arrivedAtEpochMs: midnight + index * 60_000,
            outputTokens: 100 + turn,
          };
          return turn === 3 && index > 5 ? finalEntry(part) : openEntry(part);
        });
        await ledger.record(some);
      }
    }),
  );
  writing.isOver = true;
  await Promise.all([asking, ...rolling]);
  while ((await rollUp(writer, 1000)) > 0);
  assert.deepEqual(await rollUpFaults(owner, day), []);
  assert.equal((await ledger.totals({ sinceEpochMs: midnight })).requests, 500);
  const [row] = await owner.query("select count(*)::int as left from usage_deltas");
  assert.equal(row?.["left"], 0);
});
