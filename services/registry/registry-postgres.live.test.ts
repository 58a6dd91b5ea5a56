import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { startPostgresServer } from "#deploy/local/servers/postgres-server.ts";
import { MemoryCoordination } from "#shared/coordination/memory-coordination.ts";
import { grantRoles } from "#shared/ledger/schema/grant-roles.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPostgresSql } from "#shared/ledger/sql/postgres-sql.ts";
import { openRegistry } from "./registry.ts";

const judgeReplica = (): undefined => undefined;

const example = readFileSync(new URL("../../deploy/fleet.example.yaml", import.meta.url), "utf8");
const folder = mkdtempSync(join(tmpdir(), "registry-postgres-"));
const server = await startPostgresServer({ folder, isDurable: false });
const sql = await openPostgresSql({ ...server, user: "registry" });

after(async () => {
  await sql.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("on Postgres a version is made by a change, whoever applies at once, and loads back whole", async () => {
  await migrate(sql, migrations);
  const coordination = new MemoryCoordination({});
  const registries = [...Array(4)].map(() => openRegistry({ sql, coordination, judgeReplica }));
  const outcomes = await Promise.all(registries.map((each) => each.apply(example, "operator")));
  const changes = outcomes.filter((outcome) => outcome.kind === "applied" && outcome.isChanged);
  assert.equal(changes.length, 1);
  const [registry] = registries;
  assert.ok(registry);
  const heavier = await registry.apply(example.replace("weight: 4", "weight: 5"), "operator");
  assert.deepEqual(heavier, {
    kind: "applied",
    version: 2,
    isChanged: true,
    diff: {
      sections: [
        {
          section: "tiers",
          counts: { added: 0, changed: 1, removed: 0 },
          added: [],
          changed: [{ id: "business", fields: [{ path: "weight", from: "4", to: "5" }] }],
          removed: [],
        },
      ],
      omitted: 0,
    },
  });
  const fleet = await registry.current();
  assert.equal(fleet?.version, 2);
  assert.ok(fleet.tenants.every(({ policy, models }) => policy.weight > 0 && models.length > 0));
  assert.ok(fleet.adapters.every(({ bytes }) => Number.isInteger(bytes)));
});

test("a role that only reads loads what the registry applied", async (context) => {
  assert.deepEqual(await grantRoles(sql), []);
  // Without certificates only the owner is let in: it plays the others.
  const [allowed] = await sql.query(
    `select bool_and(has_table_privilege(role, 'tenants', 'select')) as may
     from unnest(string_to_array('edge,control,worker,metering', ',')) as role`,
  );
  assert.equal(allowed?.["may"], true);
  context.diagnostic("the roles themselves: shared/ledger/postgres-sql.live.test.ts");
});
