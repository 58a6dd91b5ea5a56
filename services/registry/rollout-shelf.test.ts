import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, beforeEach, test } from "node:test";
import { MemoryCoordination } from "#shared/coordination/memory-coordination.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import { noRolloutCounts } from "#shared/model/arm-counts.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { RolloutChange, RolloutPlan } from "#shared/model/rollout.ts";
import { rolloutAccount } from "#shared/model/rollout.ts";
import type { RolloutProgress } from "#shared/model/rollout-progress.ts";
import type { NewRollout } from "#shared/model/rollout-shelf.ts";
import { readFleetFile } from "./fleet-file.ts";
import { registryStore } from "./registry-store.ts";
import { rolloutShelf } from "./rollout-shelf.ts";

const example = readFileSync(new URL("../../deploy/fleet.example.yaml", import.meta.url), "utf8");
const model = "llama-3.1-8b";
const digest = (letter: string): string => letter.repeat(64);

/** The example's, and versions of `summarise`, which all three tenants have. */
const fleetText = `${example}
  - { name: summarise-v2, model: ${model}, digest: ${digest("b")}, bytes: 1, tenants: [acme, bolt, corner] }
  - { name: summarise-v3, model: ${model}, digest: ${digest("c")}, bytes: 1, tenants: [acme, bolt, corner] }
  - { name: acme-only, model: ${model}, digest: ${digest("d")}, bytes: 1, tenants: [acme] }
`;

/** A model beside it, which acme and bolt may use, too. */
const twoModels = fleetText
  .replaceAll(
    /(id: (?:acme|bolt|corner)\n {4}tier: \w+\n {4}models: )\[llama-3.1-8b\]/g,
    "$1[llama-3.1-8b, llama-3.2-8b]",
  )
  .replace(
    /^models:$/m,
    'models:\n  - { id: llama-3.2-8b, version: "1", tokenizer: quad, contextTokensMax: 32768, outputTokensDefault: 8 }',
  )
  .replace(
    /^pools:$/m,
    "pools:\n  - { id: next, model: llama-3.2-8b, region: eu, class: interactive }",
  )
  .replace(
    /^adapters:$/m,
    "  - { id: n1, pool: next, zone: eu-a, host: host-n, engine: *h100 }\nadapters:",
  );

const coordination = new MemoryCoordination({});
const opened = openPgliteSql().then(async (sql) => {
  await migrate(sql, migrations);
  return sql;
});
after(async () => {
  coordination.close();
  await (await opened).close();
});

beforeEach(async () => {
  const sql = await opened;
  await sql.query("delete from rollouts");
  const reading = readFleetFile(fleetText);
  assert.equal(reading.kind, "fleet");
  await registryStore(sql).apply(reading.fleet, "test");
});

const plan: RolloutPlan = {
  stages: [
    { kind: "canary", share: 100, shadowShare: 0, dwellMs: 0, samplesMin: 1 },
    { kind: "canary", share: 10_000, shadowShare: 0, dwellMs: 0, samplesMin: 1 },
  ],
  tolerances: { ttft: 1.3, tpot: 1.3, errorRate: 0.005, errorMargin: 0.02 },
  golden: [{ prompt: "p", outputTokensMax: 4, text: "t" }],
  passAtLeast: 1,
};

const progress: RolloutProgress = {
  stageMs: 5,
  edges: [],
  past: noRolloutCounts,
  atStage: noRolloutCounts,
  before: noRolloutCounts,
  errorEvidence: [1, 2],
  golden: [],
  waitsFor: "",
};

const wish = (fields: Partial<NewRollout> = {}): NewRollout => ({
  id: "r1",
  model,
  name: "summarise",
  toName: "summarise-v2",
  plan,
  ...fields,
});

const change = (fields: Partial<RolloutChange>): RolloutChange => ({
  id: "r1",
  revision: 2,
  state: "live",
  stage: 1,
  share: 10_000,
  shadowShare: 0,
  reason: "fine",
  actor: "rollout",
  ...fields,
});

const shelf = async () => rolloutShelf({ sql: await opened, coordination });
const desired = async () => (await registryStore(await opened).load()) ?? assert.fail("no fleet");

test("what is begun is part of the desired state, with an account that may use what is tried", async () => {
  const before = await desired();
  assert.equal(before.rollouts, undefined);
  const begun = await (await shelf()).begin(wish(), "operator");
  assert.equal(begun.kind, "begun");
  const fleet = await desired();
  assert.equal(fleet.version, before.version + 1);
  const [first] = fleet.rollouts ?? [];
  assert.deepEqual([first?.share, first?.isOver, first?.to], [100, false, digest("b")]);
  const account = fleet.tenants.find(({ policy }) => policy.tenant === rolloutAccount);
  assert.ok(
    account !== undefined &&
      fleet.tenants.every(({ policy }) => policy.band <= account.policy.band),
  );
  const usable = fleet.adapters.filter(({ tenants }) => tenants.includes(rolloutAccount));
  assert.deepEqual(
    usable.map(({ name }) => name),
    ["summarise-v2"],
  );
  const [row] = await (
    await opened
  ).query("select actor, action, detail from audit order by seq desc");
  assert.deepEqual([row?.["actor"], row?.["action"]], ["operator", "begin rollout"]);
});

test("a change is kept once, and only on the record that it was decided on", async () => {
  const kept = await shelf();
  await kept.begin(wish(), "operator");
  assert.equal(await kept.keep(change({}), progress), true);
  const { version } = await desired();
  assert.equal(await kept.keep(change({}), progress), true, "said again");
  assert.equal((await desired()).version, version, "and not done again");
  assert.equal(await kept.keep(change({ share: 500 }), progress), false, "another's revision");
  assert.equal(await kept.keep(change({ revision: 4 }), progress), false, "from the future");
  const found = await kept.find("r1");
  assert.deepEqual([found?.record.share, found?.record.revision], [10_000, 2]);
  assert.deepEqual(found?.progress, progress);
  assert.deepEqual(found.plan, plan);
});

test("once completed the name means the new version, and the next one begins from there", async () => {
  const kept = await shelf();
  await kept.begin(wish(), "operator");
  await kept.keep(change({ state: "done", stage: 2 }), progress);
  const fleet = await desired();
  assert.deepEqual(
    fleet.rollouts?.map(({ to, isOver }) => [to, isOver]),
    [[digest("b"), true]],
  );
  assert.ok(fleet.tenants.every(({ policy }) => policy.tenant !== rolloutAccount));
  assert.deepEqual(await kept.unsettled(), []);
  const same = await kept.begin(wish({ id: "r2" }), "operator");
  assert.ok(same.kind === "refused" && same.why.includes("already means"), JSON.stringify(same));
  const next = await kept.begin(wish({ id: "r2", toName: "summarise-v3" }), "operator");
  assert.equal(next.kind === "begun" && next.record.from, digest("b"));
  await kept.keep(change({ id: "r2", state: "done", stage: 2 }), progress);
  assert.deepEqual(
    (await desired()).rollouts?.map(({ id }) => id),
    ["r2"],
    "the last one stands",
  );
  const back = await kept.begin(wish({ id: "r3", toName: "summarise" }), "operator");
  assert.equal(back.kind === "begun" && back.record.from, digest("c"), "back to the fleet's own");
});

test("taken back, nothing of it is left in the desired state, and a fleet file touches none", async () => {
  const kept = await shelf();
  await kept.begin(wish(), "operator");
  const reading = readFleetFile(fleetText.replace("concurrencyMax: 16 ", "concurrencyMax: 17 "));
  assert.equal(reading.kind, "fleet");
  await registryStore(await opened).apply(reading.fleet, "test");
  assert.equal((await desired()).rollouts?.length, 1);
  await kept.keep(change({ state: "rolled-back", stage: 0, share: 0, reason: "slow" }), progress);
  assert.equal((await desired()).rollouts, undefined);
  const [record] = await kept.list(10);
  assert.deepEqual([record?.state, record?.reason], ["rolled-back", "slow"]);
  assert.ok(record?.endedAtEpochMs !== undefined);
});

test("what cannot be rolled out is refused before anything is done", async () => {
  const kept = await shelf();
  const codeOf = async (fields: Partial<NewRollout>): Promise<string> => {
    const begun = await kept.begin(wish({ id: "other", ...fields }), "operator");
    return begun.kind === "refused" ? begun.code : begun.kind;
  };
  assert.equal(await codeOf({ toName: "gone" }), "unknown_adapter");
  assert.equal(await codeOf({ name: "gone" }), "unknown_adapter");
  assert.equal(
    await codeOf({ tenant: "bolt" as TenantId, toName: "acme-only" }),
    "unknown_adapter",
  );
  assert.equal(
    await codeOf({ toName: "acme-only" }),
    "bad_rollout",
    "bolt and corner would lose it",
  );
  assert.equal(await codeOf({ toName: "summarise" }), "bad_rollout", "it means that already");
  await kept.begin(wish({ tenant: "acme" as TenantId }), "operator");
  assert.equal(
    await codeOf({ tenant: "acme" as TenantId, toName: "summarise-v3" }),
    "rollout_running",
  );
  assert.equal(await codeOf({ toName: "summarise-v3" }), "rollout_running", "of all, acme's too");
  assert.equal(
    await codeOf({ tenant: "bolt" as TenantId }),
    "begun",
    "another tenant's is its own",
  );
});

test("a model's name is rolled out like an adapter's, and what it means outlives it", async () => {
  const reading = readFleetFile(twoModels);
  assert.ok(reading.kind === "fleet", JSON.stringify(reading));
  await registryStore(await opened).apply(reading.fleet, "test");
  const kept = await shelf();
  const next = wish({ name: "", toName: "", toModel: "llama-3.2-8b" });
  const refused = await kept.begin({ ...next, toModel: "gone" }, "operator");
  assert.ok(refused.kind === "refused" && refused.code === "unknown_model");
  const begun = await kept.begin(next, "operator");
  assert.ok(begun.kind === "begun", JSON.stringify(begun));
  const { fromModel, toModel, from, to } = begun.record;
  assert.deepEqual([fromModel, toModel, from, to], [model, "llama-3.2-8b", "", ""]);
  const account = (await desired()).tenants.find(({ policy }) => policy.tenant === rolloutAccount);
  assert.deepEqual(account?.models, ["llama-3.2-8b"], "copies and golden prompts run there only");
  assert.equal(
    (await kept.begin(wish({ id: "r2" }), "operator")).kind,
    "begun",
    "an adapter beside it",
  );
  const rival = await kept.begin({ ...next, id: "r3" }, "operator");
  assert.ok(rival.kind === "refused" && rival.code === "rollout_running");
  assert.match(rival.why, /Rollout r1 of llama-3.1-8b is under way/);
  assert.equal(await kept.keep(change({ state: "done", stage: 2 }), progress), true);
  const done = (await desired()).rollouts?.find(({ id }) => id === "r1");
  assert.deepEqual(
    [done?.isOver, done?.toModel, Object.hasOwn(done ?? {}, "tenant")],
    [true, "llama-3.2-8b", false],
  );
  const back = await kept.begin({ ...next, id: "r4", toModel: model }, "operator");
  assert.equal(back.kind === "begun" && back.record.fromModel, "llama-3.2-8b");
});
