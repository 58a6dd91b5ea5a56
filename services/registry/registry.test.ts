import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, beforeEach, test } from "node:test";
import type { Coordination } from "#shared/coordination/coordination.ts";
import { MemoryCoordination } from "#shared/coordination/memory-coordination.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import { readFleetFile } from "./fleet-file.ts";
import type { FleetApplied } from "./registry.ts";
import { openRegistry } from "./registry.ts";
import { registryStore } from "./registry-store.ts";

const example = readFileSync(new URL("../../deploy/fleet.example.yaml", import.meta.url), "utf8");
const judgeReplica = (): undefined => undefined;
const opened = openPgliteSql().then(async (sql) => {
  await migrate(sql, migrations);
  return sql;
});
after(async () => (await opened).close());

/** Of the audit, which nothing empties. */
let seqBefore = 0;

beforeEach(async () => {
  const sql = await opened;
  const empty = readFleetFile("");
  assert.equal(empty.kind, "problems");
  await registryStore(sql).apply(
    { tiers: [], tenants: [], keys: [], models: [], pools: [], workers: [], adapters: [] },
    "test",
  );
  await sql.query("delete from fleet_versions");
  await sql.query("delete from throttles");
  await sql.query("delete from model_versions");
  await sql.query("delete from set_aliases");
  const [last] = await sql.query("select coalesce(max(seq), 0)::int as seq from audit");
  seqBefore = Number(last?.["seq"]);
});

const told = (outcome: FleetApplied): object =>
  outcome.kind === "refused"
    ? outcome
    : { kind: outcome.kind, version: outcome.version, isChanged: outcome.isChanged };

const until = async (isTrue: () => boolean): Promise<void> => {
  for (let round = 0; round < 500 && !isTrue(); round++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.ok(isTrue());
};

test("what was applied is loaded back, version and all", async () => {
  const store = registryStore(await opened);
  assert.equal(await store.load(), undefined);
  const reading = readFleetFile(example);
  assert.equal(reading.kind, "fleet");
  const change = await store.apply(reading.fleet, "test");
  assert.ok("diff" in change);
  const { diff, ...applied } = change;
  assert.deepEqual(applied, { version: 1, isChanged: true });
  assert.deepEqual(
    diff.sections.map(({ section, counts: { added } }) => [section, added]),
    [
      ["tiers", 3],
      ["tenants", 3],
      ["keys", 3],
      ["models", 1],
      ["pools", 1],
      ["workers", 4],
      ["adapters", 3],
    ],
  );
  const { tiers, ...desired } = reading.fleet;
  assert.equal(tiers.length, 3);
  const byName = (fleet: Omit<Fleet, "version">) => ({
    ...fleet,
    adapters: fleet.adapters.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  });
  const loaded = await store.load();
  assert.ok(loaded);
  assert.deepEqual(byName(loaded), { version: 1, ...byName(desired) });
});

test("terms of tiers and tenants are loaded back as they were applied", async () => {
  const store = registryStore(await opened);
  const text = example
    .replace(
      "    band: 0\n",
      "    band: 0\n    quotas: [{ period: hour, metric: requests, limit: 500, mode: hard }]\n",
    )
    .replace(
      "    tier: starter\n",
      "    tier: starter\n    quotas: [{ period: month, metric: tokens, limit: 9, mode: soft }]\n",
    );
  const reading = readFleetFile(text);
  assert.equal(reading.kind, "fleet", JSON.stringify(reading));
  await store.apply(reading.fleet, "test");
  const policies = (await store.load())?.tenants.map(({ policy }) => policy);
  assert.deepEqual(
    policies,
    reading.fleet.tenants.map(({ policy }) => policy),
  );
});

test("how a pool serves is loaded back as it was said", async () => {
  const store = registryStore(await opened);
  const text = example.replace(
    "    class: interactive\n",
    "    class: interactive\n    policy: vtc\n    cost: { kvBlockSecond: 7 }\n",
  );
  const reading = readFleetFile(text);
  assert.equal(reading.kind, "fleet");
  await store.apply(reading.fleet, "test");
  assert.deepEqual((await store.load())?.pools, reading.fleet.pools);
  assert.deepEqual(reading.fleet.pools[0]?.cost, { kvBlockSecond: 7 });
});

test("a model's tokenizer comes back as it was, quad or a file with its digest", async () => {
  const store = registryStore(await opened);
  const reading = readFleetFile(example);
  assert.equal(reading.kind, "fleet");
  const tokenizer = { file: "/models/a b.gguf", digest: "a".repeat(64) };
  const [first, ...rest] = reading.fleet.models;
  assert.ok(first);
  const models = [{ ...first, tokenizer }, ...rest];
  await store.apply({ ...reading.fleet, models }, "test");
  assert.deepEqual((await store.load())?.models, models);
});

test("a version is made by a change, not by saying the same again, and each change is audited", async () => {
  const sql = await opened;
  const registry = openRegistry({ sql, coordination: new MemoryCoordination({}), judgeReplica });
  const heavier = example.replace("weight: 4", "weight: 5");
  const versions = [];
  for (const text of [example, example, heavier, example]) {
    versions.push(told(await registry.apply(text, "operator")));
  }
  assert.deepEqual(versions, [
    { kind: "applied", version: 1, isChanged: true },
    { kind: "applied", version: 1, isChanged: false },
    { kind: "applied", version: 2, isChanged: true },
    { kind: "applied", version: 3, isChanged: true },
  ]);
  const audit = await sql.query(
    "select actor, action, detail->>'version' as version from audit where seq > $1 order by seq",
    [seqBefore],
  );
  assert.deepEqual(
    audit.map(({ actor, version }) => [actor, version]),
    [
      ["operator", "1"],
      ["operator", "2"],
      ["operator", "3"],
    ],
  );
});

test("a file with problems changes nothing", async () => {
  const registry = openRegistry({
    sql: await opened,
    coordination: new MemoryCoordination({}),
    judgeReplica,
  });
  await registry.apply(example, "operator");
  const refused = await registry.apply(example.replace("weight: 4", "weight: -4"), "operator");
  assert.equal(refused.kind, "refused");
  assert.equal((await registry.current())?.version, 1);
});

test("watchers have the newest fleet at once, and each change within a second, each version once", async () => {
  const registry = openRegistry({
    sql: await opened,
    coordination: new MemoryCoordination({}),
    judgeReplica,
  });
  await registry.apply(example, "operator");
  const heard: number[] = [];
  const stop = registry.watch(
    ({ version }) => heard.push(version),
    (error) => assert.fail(String(error)),
  );
  await until(() => heard.length === 1);
  const startMs = performance.now();
  await registry.apply(example.replace("weight: 4", "weight: 5"), "operator");
  await until(() => heard.length === 2);
  assert.ok(performance.now() - startMs < 1000);
  await registry.apply(example.replace("weight: 4", "weight: 5"), "operator");
  await registry.apply(example, "operator");
  await until(() => heard.length === 3);
  stop();
  await registry.apply(example.replace("weight: 4", "weight: 6"), "operator");
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(heard, [1, 2, 3]);
});

test("a reload that fails is told and tried again", async () => {
  const store = registryStore(await opened);
  const { watchFleet } = await import("./fleet-watch.ts");
  const reading = readFleetFile(example);
  assert.equal(reading.kind, "fleet");
  await store.apply(reading.fleet, "test");
  let failures = 0;
  const heard: number[] = [];
  const stop = watchFleet({
    coordination: new MemoryCoordination({}),
    store: {
      load: () => (failures === 0 ? Promise.reject(new Error("not now")) : store.load()),
    },
    onFleet: ({ version }) => heard.push(version),
    onFailure: () => failures++,
  });
  await until(() => heard.length === 1);
  stop();
  assert.equal(failures, 1);
});

test("an announcement that goes unanswered is made again", async () => {
  const coordination = new MemoryCoordination({});
  let puts = 0;
  const flaky: Pick<Coordination, "put" | "watch"> = {
    watch: (prefix, onKeys) => coordination.watch(prefix, onKeys),
    put: (question, answer) => {
      puts++;
      if (puts === 1) answer({ kind: "unknown", reason: "too late" });
      else coordination.put(question, answer);
    },
  };
  await openRegistry({ sql: await opened, coordination: flaky, judgeReplica }).apply(
    example,
    "operator",
  );
  assert.equal(puts, 2);
});

test("a throttle is a version and an audit row, outlives an applied file, and goes as it came", async () => {
  const sql = await opened;
  const registry = openRegistry({ sql, coordination: new MemoryCoordination({}), judgeReplica });
  await registry.apply(example, "operator");
  const throttleOf = async (): Promise<number | undefined> =>
    (await registry.current())?.tenants.find(({ policy }) => policy.tenant === "bolt")?.policy
      .throttlePercent;
  assert.equal(await registry.throttle("nobody", 10, "operator"), undefined);
  assert.deepEqual(await registry.throttle("bolt", 10, "operator"), {
    version: 2,
    isChanged: true,
  });
  assert.deepEqual(await registry.throttle("bolt", 10, "operator"), {
    version: 2,
    isChanged: false,
  });
  assert.equal(await throttleOf(), 10);
  const same = told(await registry.apply(example, "operator"));
  assert.deepEqual(same, { kind: "applied", version: 2, isChanged: false });
  await registry.apply(example.replace("weight: 4", "weight: 5"), "operator");
  assert.equal(await throttleOf(), 10);
  await registry.throttle("bolt", 100, "operator");
  assert.equal(await throttleOf(), undefined);
  const audit = await sql.query(
    "select action, detail->>'percent' as percent from audit where seq > $1 order by seq",
    [seqBefore],
  );
  assert.deepEqual(
    audit.map(({ action, percent }) => [action, percent]),
    [
      ["apply fleet", null],
      ["throttle tenant", "10"],
      ["apply fleet", null],
      ["throttle tenant", "100"],
    ],
  );
});

test("a replica that cannot be is told by its line, and nothing of the file is taken", async () => {
  const sql = await opened;
  const registry = openRegistry({
    sql,
    coordination: new MemoryCoordination({}),
    judgeReplica: ({ kvBlocks }) =>
      kvBlocks > 100 ? { field: "kvBlocks", expected: "at most 100" } : undefined,
  });
  const before = await registry.current();
  const applied = await registry.apply(example, "operator");
  assert.ok(applied.kind === "refused");
  const [first] = applied.problems;
  assert.match(first?.path ?? "", /^workers\[0\]\.engine\.kvBlocks$/);
  assert.match(first?.problem ?? "", /^expected at most 100, found \d+$/);
  assert.ok((first?.line ?? 0) > 1);
  assert.deepEqual(await registry.current(), before);
});
