import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { MemoryCoordination } from "#shared/coordination/memory-coordination.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import type { FleetDiff } from "#shared/model/fleet-diff.ts";
import { adapterShelf } from "./adapter-shelf.ts";
import { fleetDiff } from "./fleet-diff.ts";
import { openRegistry } from "./registry.ts";

const example = readFileSync(new URL("../../deploy/fleet.example.yaml", import.meta.url), "utf8");
const sql = await openPgliteSql();
await migrate(sql, migrations);
after(() => sql.close());
const ports = { sql, coordination: new MemoryCoordination({}), judgeReplica: () => undefined };
const registry = openRegistry(ports);
await registry.apply(example, "test");

async function previewed(text: string): Promise<FleetDiff> {
  const outcome = await registry.preview(text);
  assert.ok(outcome.kind === "applied", JSON.stringify(outcome));
  return outcome.diff;
}

const linesOf = ({ sections }: FleetDiff): readonly string[] =>
  sections.flatMap(({ section, added, changed, removed }) => [
    ...added.map((id) => `${section} + ${id}`),
    ...changed.flatMap(({ id, fields }) =>
      fields.map(({ path, from, to }) => `${section} ~ ${id} ${path}: ${from} -> ${to}`),
    ),
    ...removed.map((id) => `${section} - ${id}`),
  ]);

/** What it says → what it would change. */
const changes: readonly (readonly [string, string, readonly string[]])[] = [
  ["    weight: 4\n", "    weight: 5\n", ["tiers ~ business weight: 4 -> 5"]],
  [
    "    tier: starter\n",
    "    tier: starter\n    quotas: [{ period: day, metric: tokens, limit: 9, mode: hard }]\n    limits: { concurrencyMax: 7 }\n",
    [
      "tenants ~ corner limits.concurrencyMax: undefined -> 7",
      'tenants ~ corner quotas: undefined -> [{"period":"day","metric":"tokens","limit":9,"mode":"hard"}]',
    ],
  ],
  [
    "secret: fl-demo-bolt",
    "secret: fl-other-bolt",
    ["keys ~ bolt-demo sha256: (not shown) -> (not shown)"],
  ],
  [
    "      - id: bolt-demo\n        secret: fl-demo-bolt\n",
    "      - id: bolt-2\n        secret: fl-2-bolt\n",
    ["keys + bolt-2", "keys - bolt-demo"],
  ],
  [
    "    contextTokensMax: 32768\n    outputTokensDefault: 512",
    "    contextTokensMax: 16384\n    outputTokensDefault: 512",
    ["models ~ llama-3.1-8b contextTokensMax: 32768 -> 16384"],
  ],
  [
    "  - id: corner\n    tier: starter\n",
    "  - id: corner\n    tier: business\n",
    ["tenants ~ corner tier: starter -> business"],
  ],
  [
    "    class: interactive\n",
    "    class: interactive\n    policy: vtc\n",
    ["pools ~ llama-3.1-8b.eu.interactive policy: undefined -> vtc"],
  ],
];

for (const [before, later, expected] of changes) {
  test(`a diff tells: ${expected.join("; ")}`, async () => {
    assert.ok(example.includes(before), before);
    const diff = await previewed(example.replace(before, later));
    assert.deepEqual(linesOf(diff), expected);
    assert.equal(diff.omitted, 0);
  });
}

test("who may use a model or an adapter is told where a fleet file says it", async () => {
  const text = `${example}  - name: own\n    model: llama-3.1-8b\n    digest: ${"c".repeat(64)}\n    bytes: 5\n    tenants: [acme]\n`;
  const added = await previewed(text);
  assert.deepEqual(linesOf(added), [`adapters + llama-3.1-8b own ${"c".repeat(64)}`]);
  const fewer = example.replace("tenants: [acme, bolt, corner]", "tenants: [acme, corner]");
  assert.notEqual(fewer, example);
  const [line = ""] = linesOf(await previewed(fewer));
  assert.match(
    line,
    /^adapters ~ llama-3\.1-8b \S+ \S{64} tenants: \["acme","bolt","corner"\] -> \["acme","corner"\]$/,
  );
});

test("a preview changes nothing: no version, no row, no audit; and the same file differs in nothing", async () => {
  const rows = async (): Promise<unknown> =>
    (
      await sql.query(
        `select (select count(*)::int from audit) as audit, (select max(version) from fleet_versions) as version,
           (select json_agg(t order by id) from tenants t) as tenants`,
      )
    )[0];
  const before = await rows();
  const preview = await registry.preview(example.replace("weight: 4", "weight: 5"));
  assert.deepEqual([preview.kind === "applied" && preview.version], [1]);
  assert.deepEqual(await rows(), before);
  const same = {
    kind: "applied",
    version: 1,
    isChanged: false,
    diff: { sections: [], omitted: 0 },
  };
  assert.deepEqual(await registry.preview(example), same);
  const refused = await registry.preview(example.replace("weight: 4", "weight: -4"));
  assert.equal(refused.kind, "refused");
});

test("what an operator or a tenant put beside the fleet is no difference", async () => {
  await registry.throttle("bolt", 10, "test");
  const shelf = adapterShelf(ports);
  const digest = "e".repeat(64);
  const file = { format: "gguf", bytes: 5, rank: 1, alpha: 1, modules: [], digest } as const;
  await shelf.begin({ tenant: "acme", name: "mine", model: "llama-3.1-8b", ...file }, 3);
  await shelf.settle({ tenant: "acme", name: "mine", digest }, { status: "ready" });
  assert.deepEqual(linesOf(await previewed(example)), []);
  const diff = await previewed(example.replace("    weight: 4\n", "    weight: 5\n"));
  assert.deepEqual(linesOf(diff), ["tiers ~ business weight: 4 -> 5"]);
});

test("what was previewed is what is applied, and the audit counts it", async () => {
  const heavier = example.replace("    weight: 4\n", "    weight: 6\n");
  const preview = await previewed(heavier);
  const applied = await registry.apply(heavier, "test");
  assert.ok(applied.kind === "applied");
  assert.deepEqual(applied.diff, preview);
  const [row] = await sql.query(
    "select detail->'changes' as changes from audit order by seq desc limit 1",
  );
  assert.deepEqual(row?.["changes"], { tiers: { added: 0, changed: 1, removed: 0 } });
});

test("a long diff is cut, and counts what it leaves out; nothing that could be a key is in it", () => {
  const before = Array.from({ length: 300 }, (_, index) => ({ id: `t${index}`, n: 1 }));
  const after = before.map((row) => ({ ...row, n: 2 }));
  const wide = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${index}`, index]));
  const long = fleetDiff([
    { section: "tenants", key: ["id"], before, after },
    { section: "workers", key: ["id"], before: [], after: [{ id: "w" }] },
  ]);
  assert.equal(long.sections[0]?.changed.length, 200);
  assert.deepEqual(long.sections[0]?.counts, { added: 0, changed: 300, removed: 0 });
  assert.deepEqual([long.sections[1]?.added, long.omitted], [[], 101]);
  const [{ changed } = { changed: [] }] = fleetDiff([
    { section: "x", key: ["id"], before: [{ id: "a" }], after: [{ id: "a", ...wide }] },
  ]).sections;
  assert.deepEqual([changed[0]?.fields.length, changed[0]?.omitted], [20, 10]);
  const secret = fleetDiff([
    {
      section: "x",
      key: ["id"],
      before: [{ id: "a", terms: { clientSecret: "hush" }, sha256: "hash1" }],
      after: [
        {
          id: "a",
          terms: { clientSecret: "hush2" },
          note: `${"y".repeat(200)}\u202e`,
          sha256: "hash2",
        },
      ],
    },
  ]);
  const text = JSON.stringify(secret);
  assert.doesNotMatch(text, /hush|hash\d|y{101}|\u202e/);
  assert.match(text, /"clientSecret","from":"\(not shown\)"/);
});
