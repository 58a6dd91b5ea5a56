import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Registry } from "#services/registry/registry.ts";
import { firstFleet } from "#services/fleet/first-fleet.ts";
import { openStore } from "./store.ts";

const scratch = mkdtempSync(join(tmpdir(), "fairlead-store-"));
const file = join(scratch, "file");
writeFileSync(file, "");
after(() => rmSync(scratch, { recursive: true, force: true }));

const unusable: readonly (readonly [string, string])[] = [
  [join(file, "below"), "a part of its path is not a directory"],
  [file, "a part of its path is not a directory"],
  // A file system in which nobody makes directories: asked for all at once, Node never comes back.
  ...(existsSync("/proc/self")
    ? ([["/proc/nowhere/data", "directories cannot be made there"]] as const)
    : []),
];

for (const [directory, why] of unusable) {
  test(`a data directory that cannot be is told with its setting: ${why}`, async () => {
    await assert.rejects(openStore(directory), {
      message: `FAIRLEAD_DATA_DIRECTORY: cannot use ${directory}: ${why}`,
    });
  });
}

test("the database is its owner's, not a superuser's, also after a restart", async () => {
  const directory = join(scratch, "kept");
  for (let start = 0; start < 2; start++) {
    const { sql, coordination } = await openStore(directory);
    try {
      const [row] = await sql.query(
        "select rolname::text as name, rolsuper as is_super from pg_roles where rolname = current_user",
      );
      assert.deepEqual(row, { name: "registry", is_super: false });
      const own = await sql.asTenant("acme", (queries) => queries.query("select id from tenants"));
      assert.deepEqual(own, []);
    } finally {
      await sql.close();
      coordination.close();
    }
  }
});

test("a fleet file that cannot be read is told with its setting", async () => {
  const registry = { current: async () => undefined } as unknown as Registry;
  const none = join(scratch, "none.yaml");
  await assert.rejects(firstFleet(registry, { file: none, isNamedByOperator: true }), {
    message: `FAIRLEAD_FLEET_FILE: cannot read ${none}: no such file`,
  });
});
