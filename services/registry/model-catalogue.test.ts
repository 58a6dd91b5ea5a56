import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, beforeEach, test } from "node:test";
import { MemoryCoordination } from "#shared/coordination/memory-coordination.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import { readFleetFile } from "./fleet-file.ts";
import { problemLine } from "./fleet-problems.ts";
import type { Registry } from "./registry.ts";
import { openRegistry } from "./registry.ts";

const example = readFileSync(new URL("../../deploy/fleet.example.yaml", import.meta.url), "utf8");
const opened = openPgliteSql().then(async (sql) => {
  await migrate(sql, migrations);
  return sql;
});
after(async () => (await opened).close());

let registry: Registry;
beforeEach(async () => {
  const sql = await opened;
  for (const table of ["adapter_tenants", "adapters", "workers", "pools", "tenant_models"]) {
    await sql.query(`delete from ${table}`);
  }
  for (const table of ["keys", "tenants", "tiers", "models", "aliases", "set_aliases"]) {
    await sql.query(`delete from ${table}`);
  }
  for (const table of ["model_versions", "fleet_versions"]) {
    await sql.query(`delete from ${table}`);
  }
  registry = openRegistry({
    sql,
    coordination: new MemoryCoordination({}),
    judgeReplica: () => undefined,
  });
});

/** The example with these terms in its model, and what else is exchanged. */
function fileOf(terms: string, ...changes: readonly (readonly [string, string])[]): string {
  let text = example.replace(`    version: "1"\n`, `    version: "1"\n    ${terms}\n`);
  for (const [from, to] of changes) {
    assert.ok(text.includes(from), `the example has no ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** What is wrong with it, on its own. */
function check(text: string): string {
  const reading = readFleetFile(text);
  return reading.kind === "fleet" ? "" : reading.problems.map(problemLine).join("; ");
}

/** What is wrong with it after what was applied before. */
async function applied(text: string): Promise<string> {
  const outcome = await registry.apply(text, "operator");
  return outcome.kind === "applied" ? "" : outcome.problems.map(problemLine).join("; ");
}

const current = async (): Promise<Fleet> => {
  const fleet = await registry.current();
  assert.ok(fleet);
  return fleet;
};

const days = (count: number): string => new Date(Date.now() + count * 86_400_000).toISOString();
const digest = (letter: string): string => letter.repeat(64);

test("all that a catalogue entry says is loaded back, and what it does not say is absent", async () => {
  const terms = `{ uri: "s3://models/m.gguf", digest: ${digest("a")} }`;
  const text = fileOf(
    `artefact: ${terms}\n    format: gguf\n    quantisation: Q4_K_M\n    runtimes: [simulated]\n    needs: { gpus: 1 }\n    status: canary\n    scope: public`,
  );
  assert.equal(await applied(text), "");
  const reading = readFleetFile(text);
  assert.ok(reading.kind === "fleet");
  const { models } = await current();
  assert.deepEqual(models, reading.fleet.models);
  assert.equal(models[0]?.artefact?.uri, "s3://models/m.gguf");
  await registry.apply(example, "operator");
  assert.deepEqual(Object.keys((await current()).models[0] ?? {}).toSorted(), [
    "contextTokensMax",
    "createdAtEpochS",
    "id",
    "outputTokensDefault",
    "shape",
    "tokenizer",
    "version",
  ]);
});

test("a worker whose engine cannot run its pool's model, or has too little for it, is a problem", () => {
  assert.match(
    check(fileOf("runtimes: [vllm, sglang]")),
    /workers\[0\]\.engine\.kind: expected an engine that runs model llama-3\.1-8b \(vllm, sglang\), found "simulated"/,
  );
  assert.match(check(fileOf("needs: { gpus: 2 }")), /engine\.gpus: expected at least 2/);
  const memory = "needs: { gpuMemoryBytes: 60000000000 }";
  assert.match(
    check(fileOf(memory)),
    /engine\.gpuMemoryBytes: expected at least 60000000000 bytes/,
  );
  const sized = (bytes: string) =>
    ["      gpus: 1\n", `      gpus: 1\n      gpuMemoryBytes: ${bytes}\n`] as const;
  assert.equal(check(fileOf(memory, sized("80000000000"))), "");
  assert.match(check(fileOf(memory, sized("24000000000"))), /found 24000000000/);
  assert.match(check(fileOf("runtimes: []")), /at least one engine/);
  assert.match(check(fileOf("format: onnx")), /gguf or safetensors/);
});

test("what only makes sense of a model that goes away is refused of another", () => {
  assert.match(check(fileOf("status: deprecated")), /retiresAt: expected the moment/);
  assert.match(check(fileOf("retiresAt: 2027-01-01T00:00:00Z")), /none, for its status is active/);
  assert.match(check(fileOf("status: deprecated\n    retiresAt: soon")), /expected a moment/);
  assert.match(
    check(fileOf("status: archived\n    replacement: nothing")),
    /replacement: expected the id of an active model/,
  );
  assert.match(check(fileOf("status: archived\n    replacement: llama-3.1-8b")), /another model/);
});

test("a public model is every tenant's but who declines, a private one of those that list it", async () => {
  const second = [
    "\n# Interchangeable",
    `\n  - id: open-1b
    version: "1"
    tokenizer: quad
    contextTokensMax: 1024
    outputTokensDefault: 9
    scope: public\n\n# Interchangeable`,
  ] as const;
  const pool = [
    "\npools:\n",
    "\npools:\n  - { id: open, model: open-1b, region: eu, class: interactive }\n",
  ] as const;
  const worker = [
    "  - id: h100-b2\n    pool: llama-3.1-8b.eu.interactive\n",
    "  - id: h100-b2\n    pool: open\n",
  ] as const;
  const declines = ["    tier: starter\n", "    tier: starter\n    publicModels: false\n"] as const;
  assert.equal(await applied(fileOf("status: active", second, pool, worker, declines)), "");
  const lists = (await current()).tenants.map(({ policy, models }) => [policy.tenant, models]);
  assert.deepEqual(lists, [
    ["acme", ["llama-3.1-8b", "open-1b"]],
    ["bolt", ["llama-3.1-8b", "open-1b"]],
    ["corner", ["llama-3.1-8b"]],
  ]);
  const none = [
    "    tier: starter\n    models: [llama-3.1-8b]",
    "    tier: starter\n    models: []",
  ] as const;
  assert.equal(check(fileOf("status: active", second, pool, worker, none)), "");
  assert.match(
    check(fileOf("status: active", none)),
    /tenants\[2\]\.models: expected at least one model/,
  );
});

test("a version never changes: what was once said of it stays, also when it was gone for a while", async () => {
  const artefact = (letter: string): string =>
    `artefact: { uri: "s3://m", digest: ${digest(letter)} }\n    format: gguf`;
  assert.equal(await applied(example), "");
  assert.equal(await applied(fileOf(artefact("a"))), "", "it may be filled in");
  const other = await applied(fileOf(artefact("b")));
  assert.match(
    other,
    /^line \d+, models\[0\]\.artefact\.digest: version 1 of llama-3\.1-8b has the artefact digest "a{64}" here/,
  );
  assert.match(await applied(fileOf("format: safetensors")), /has the format "gguf"/);
  assert.match(
    await applied(fileOf("format: gguf", ["layers: 32", "layers: 33"])),
    /another shape/,
  );
  assert.equal((await current()).version, 2);
  assert.equal(await applied(example), "", "it may be left unsaid again");
  assert.match(await applied(fileOf(artefact("b"))), /has the artefact digest "a{64}"/);
  const newer = [`version: "1"`, `version: "2"`] as const;
  assert.equal(await applied(fileOf(artefact("b"), newer)), "", "a new version may");
  assert.match(await applied(fileOf(artefact("c"))), /has the artefact digest "a{64}"/);
  assert.equal(await applied(fileOf(artefact("a"))), "", "and the old one may come back as it was");
});

test("another tokenizer under a version is refused", async () => {
  assert.equal(await applied(example), "");
  const sql = await opened;
  await sql.query("update model_versions set tokenizer = $1", [digest("e")]);
  assert.match(
    await applied(fileOf("format: gguf")),
    /models\[0\]\.tokenizer: version 1 .* has the tokenizer "e{64}"/,
  );
});

const going = (retiresAt: string, more = ""): string =>
  fileOf(`status: deprecated\n    retiresAt: ${retiresAt}${more}`);

test("who uses a model is told seven days before it ends, unless the operator says otherwise", async () => {
  assert.equal(await applied(example), "");
  assert.match(
    await applied(going(days(6.9))),
    /retiresAt: who uses llama-3\.1-8b is to be told 7 days/,
  );
  assert.match(await applied(fileOf("status: archived")), /models\[0\]\.status: who uses/);
  assert.equal(await applied(going(days(1), "\n    withoutNotice: true")), "");
  assert.equal(await applied(example), "");
  const announced = days(7.1);
  assert.equal(await applied(going(announced)), "");
  assert.match(await applied(going(days(3))), /retiresAt: who uses/, "not sooner than announced");
  assert.equal(await applied(going(days(30))), "", "later at any time");
  const [model] = (await current()).models;
  const since = model?.deprecatedAtEpochMs ?? 0;
  assert.ok(Math.abs(Date.now() - since) < 60_000);
  await applied(going(days(31)));
  assert.equal((await current()).models[0]?.deprecatedAtEpochMs, since, "since it was first said");
  await applied(example);
  assert.equal((await current()).models[0]?.deprecatedAtEpochMs, undefined);
});

test("a moment that was announced comes closer and may pass, and a model that nobody had needs no notice", async () => {
  const soon = days(1);
  assert.equal(await applied(going(soon)), "", "the first fleet");
  assert.equal(await applied(going(soon).replace("weight: 4", "weight: 7")), "", "as announced");
  const changed = going(days(0.9)).replace("weight: 4", "weight: 5");
  assert.match(await applied(changed), /who uses/, "a little sooner than it said");
  const past = days(-1);
  const sql = await opened;
  await sql.query(
    `update models set catalogue = catalogue || jsonb_build_object('retiresAtEpochMs', ${Date.parse(past)})`,
  );
  assert.equal(await applied(going(past).replace("weight: 4", "weight: 6")), "");
  assert.equal(await applied(fileOf("status: archived")), "");
});

const aliases = (text: string): string => `${example}\naliases:\n${text}\n`;

test("aliases of a file are loaded back; one that leads nowhere, to an alias, or hides a model is a problem", async () => {
  const text = aliases(
    `  - { name: prod, target: llama-3.1-8b, tenants: [acme], systemPrompt: Be brief. }\n  - { name: best, target: "llama-3.1-8b:sql" }`,
  );
  assert.equal(await applied(text), "");
  assert.deepEqual((await current()).aliases, [
    { name: "best", target: "llama-3.1-8b:sql" },
    { name: "prod", target: "llama-3.1-8b", tenants: ["acme"], systemPrompt: "Be brief." },
  ]);
  const wrong = (entry: string): string => check(aliases(`  - { ${entry} }`));
  assert.match(
    wrong("name: a, target: nothing"),
    /aliases\[0\]\.target: expected the id of a model/,
  );
  assert.match(wrong("name: llama-3.1-8b, target: llama-3.1-8b"), /it would be hidden/);
  assert.match(wrong("name: a, target: llama-3.1-8b, tenants: [nobody]"), /the id of a tenant/);
  assert.match(wrong(`name: "a:b", target: llama-3.1-8b`), /without a colon/);
  assert.match(
    check(aliases("  - { name: a, target: b }\n  - { name: b, target: llama-3.1-8b }")),
    /aliases\[0\]\.target: b is an alias itself/,
  );
  const second = `  - { id: lone, version: "1", tokenizer: quad, contextTokensMax: 1024, outputTokensDefault: 9, status: archived }`;
  assert.match(
    check(
      aliases("  - { name: a, target: lone, tenants: [bolt] }").replace(
        "\n# Interchangeable",
        `\n${second}\n\n# Interchangeable`,
      ),
    ),
    /aliases\[0\]\.tenants\[0\]: bolt may not use model lone/,
  );
  const twice = "  - { name: a, target: llama-3.1-8b, tenants: [acme] }\n";
  assert.match(check(aliases(twice + twice)), /acme has an alias a already, aliases\[0\]/);
});

test("a system prompt is for one of its tenant's models, bounded, and no problem shows its words", async () => {
  const prompts = (list: string): string =>
    example.replace("    tier: starter\n", `    tier: starter\n    systemPrompts: ${list}\n`);
  assert.equal(await applied(prompts("[{ model: llama-3.1-8b, text: Be brief. }]")), "");
  assert.deepEqual((await current()).tenants[2]?.systemPrompts, [
    { model: "llama-3.1-8b", text: "Be brief." },
  ]);
  assert.match(check(prompts("[{ model: other, text: Hm }]")), /expected one of its models/);
  const long = check(prompts(`[{ model: llama-3.1-8b, text: ${"word".repeat(3000)} }]`));
  assert.match(long, /text: expected at most 8192 characters/);
  assert.ok(!long.includes("wordword"));
});

test("an alias set by command outlives a fleet file, goes as it came, and each change is audited", async () => {
  await applied(example);
  const set = (tenant: string, name: string, target?: string) =>
    registry.setAlias({ tenant, name, target }, "operator");
  assert.deepEqual(await set("acme", "prod", "llama-3.1-8b:sql"), { version: 2, isChanged: true });
  assert.deepEqual(await set("acme", "prod", "llama-3.1-8b:sql"), { version: 2, isChanged: false });
  assert.deepEqual(await set("", "best", "llama-3.1-8b"), { version: 3, isChanged: true });
  await applied(example.replace("weight: 4", "weight: 5"));
  assert.deepEqual((await current()).aliases, [
    { name: "best", target: "llama-3.1-8b", byCommand: true },
    { name: "prod", target: "llama-3.1-8b:sql", tenants: ["acme"], byCommand: true },
  ]);
  assert.deepEqual(await set("acme", "prod"), { version: 5, isChanged: true });
  assert.equal(await set("acme", "prod"), "unknown-alias");
  assert.deepEqual(
    (await registry.aliases()).map(({ name, source }) => [name, source]),
    [["best", "command"]],
  );
  assert.deepEqual(
    [
      await set("nobody", "a", "llama-3.1-8b"),
      await set("acme", "a", "nothing"),
      await set("acme", "a", "llama-3.1-8b:nothing"),
      await set("acme", "a", "best"),
      await set("acme", "llama-3.1-8b", "llama-3.1-8b"),
      await set("", "llama-3.1-8b", "llama-3.1-8b"),
    ],
    [
      "unknown-tenant",
      "unknown-target",
      "unknown-target",
      "alias-of-alias",
      "hides-model",
      "hides-model",
    ],
  );
  const sql = await opened;
  await sql.query("delete from tenant_models where tenant = 'bolt'");
  assert.equal(await set("bolt", "a", "llama-3.1-8b"), "forbidden-target");
  const audit = await (
    await opened
  ).query(
    "select action, detail->>'name' as name from audit where action like '%alias' order by id",
  );
  assert.deepEqual(
    audit.map(({ action, name }) => [action, name]),
    [
      ["set alias", "prod"],
      ["set alias", "best"],
      ["remove alias", "prod"],
    ],
  );
});

test("an alias set by command says what the file's of its name and scope says before chats", async () => {
  const file = aliases(
    "  - { name: prod, target: llama-3.1-8b, tenants: [acme, bolt], systemPrompt: Be brief. }\n" +
      "  - { name: prod, target: llama-3.1-8b, systemPrompt: Be kind. }",
  );
  await applied(file);
  for (const tenant of ["acme", ""]) {
    const set = { tenant, name: "prod", target: "llama-3.1-8b" };
    assert.equal(typeof (await registry.setAlias(set, "operator")), "object");
  }
  assert.equal(
    typeof (await registry.setAlias(
      { tenant: "acme", name: "other", target: "llama-3.1-8b" },
      "operator",
    )),
    "object",
  );
  const set = ((await current()).aliases ?? []).filter(({ byCommand }) => byCommand === true);
  assert.deepEqual(
    new Set(
      set.map(({ name, tenants, systemPrompt }) => `${name} ${tenants?.join()} ${systemPrompt}`),
    ),
    new Set(["other acme undefined", "prod undefined Be kind.", "prod acme Be brief."]),
  );
});
