// What tenants brought, in the database: one suite for PGlite and Postgres.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { MemoryCoordination } from "#shared/coordination/memory-coordination.ts";
import type { Sql, SqlQueries } from "#shared/ledger/sql/sql.ts";
import { asTenantIn } from "#shared/ledger/tenant-rows/tenant-scope.ts";
import { trialAccount } from "#shared/model/adapter-trial.ts";
import type { AdapterShelf, NewAdapter } from "#shared/model/uploaded-adapter.ts";
import { adapterShelf } from "./adapter-shelf.ts";
import { openRegistry } from "./registry.ts";

const example = readFileSync(new URL("../../deploy/fleet.example.yaml", import.meta.url), "utf8");
/** `opened`: `migrate` has been run on it; these tests have it alone. */
export function uploadedAdapterCases(name: string, opened: Promise<Sql>): void {
  const law = (sentence: string, check: () => Promise<void>): void => {
    test(`${name}: ${sentence}`, check);
  };
  async function stage() {
    const sql = await opened;
    const ports = {
      sql,
      coordination: new MemoryCoordination({}),
      judgeReplica: () => undefined,
    };
    return { sql, registry: openRegistry(ports), shelf: adapterShelf(ports) };
  }

  /** Of the audit, which nothing empties. */
  let seqBefore = 0;

  beforeEach(async () => {
    const sql = await opened;
    await sql.query("delete from uploaded_adapters");
    await (await stage()).registry.apply(example, "test");
    const [last] = await sql.query("select coalesce(max(seq), 0)::int as seq from audit");
    seqBefore = Number(last?.["seq"]);
  });

  const makeReady = async (shelf: AdapterShelf, adapter: NewAdapter): Promise<number> => {
    await shelf.try(adapter);
    return (await shelf.settle(adapter, { status: "ready" })) ?? assert.fail("it is gone");
  };

  const adapterOf = (fields: Partial<NewAdapter> = {}): NewAdapter => ({
    tenant: "acme",
    name: "mine",
    model: "llama-3.1-8b",
    digest: "ab".repeat(32),
    bytes: 5_000_000_000,
    format: "safetensors",
    rank: 16,
    alpha: 0.5,
    modules: ["q_proj", "v_proj"],
    ...fields,
  });

  law(
    "what was begun and settled is found as it was, and part of the fleet once it is ready",
    async () => {
      const { registry, shelf } = await stage();
      const before = (await registry.current())?.version ?? 0;
      assert.equal(await shelf.begin(adapterOf(), 9), "begun");
      const { createdAtEpochS, ...found } = (await shelf.find(adapterOf())) ?? {
        createdAtEpochS: 0,
      };
      assert.deepEqual(found, { ...adapterOf(), status: "validated", tried: false });
      assert.ok(Math.abs(createdAtEpochS - Date.now() / 1000) < 60);
      assert.equal((await shelf.unsettled()).length, 1);
      const isThere = async (): Promise<boolean> =>
        (await registry.current())?.adapters.some(({ name }) => name === "mine") === true;
      assert.equal(await isThere(), false);
      assert.equal(await makeReady(shelf, adapterOf()), before + 2);
      assert.equal((await shelf.find(adapterOf()))?.tried, true);
      const fleet = await registry.current();
      assert.equal(fleet?.version, before + 2);
      assert.deepEqual(
        fleet?.adapters.find(({ name }) => name === "mine"),
        {
          name: "mine",
          digest: "ab".repeat(32),
          model: "llama-3.1-8b",
          bytes: 5_000_000_000,
          tenants: ["acme"],
        },
      );
      assert.deepEqual(await shelf.unsettled(), []);
    },
  );

  law(
    "what is on trial is the trials' account's alone, under no name of its tenant's, and ready only from there",
    async () => {
      const { registry, shelf } = await stage();
      const before = await registry.current();
      await shelf.begin(adapterOf(), 9);
      assert.equal(await shelf.settle(adapterOf(), { status: "ready" }), undefined, "untried");
      await shelf.begin(adapterOf({ tenant: "bolt" }), 9);
      assert.equal(await shelf.try(adapterOf()), (before?.version ?? 0) + 1);
      await shelf.try(adapterOf({ tenant: "bolt" }));
      assert.equal((await shelf.unsettled()).length, 2);
      const { adapters = [], tenants = [] } = (await registry.current()) ?? {};
      const digest = "ab".repeat(32);
      assert.deepEqual(
        adapters.filter((adapter) => adapter.digest === digest),
        [
          {
            name: digest,
            digest,
            model: "llama-3.1-8b",
            bytes: 5_000_000_000,
            tenants: [trialAccount],
          },
        ],
      );
      const account = tenants.find(({ policy }) => policy.tenant === trialAccount)?.policy;
      const others = tenants.filter(({ policy }) => policy.tenant !== trialAccount);
      assert.ok(others.every(({ policy }) => policy.band < (account?.band ?? 0)));
      await shelf.settle(adapterOf(), { status: "rejected", reason: "because" });
      assert.equal((await shelf.find(adapterOf()))?.tried, false);
      await shelf.settle(adapterOf({ tenant: "bolt" }), { status: "ready" });
      const { tenants: after = [] } = (await registry.current()) ?? {};
      assert.deepEqual(after, before?.tenants);
    },
  );

  law("a watcher hears of what is ready and of what was removed", async () => {
    const { registry, shelf } = await stage();
    const heard: boolean[] = [];
    const stop = registry.watch(
      ({ adapters }) => heard.push(adapters.some(({ name }) => name === "mine")),
      (error) => assert.fail(String(error)),
    );
    const until = async (count: number): Promise<void> => {
      for (let round = 0; round < 500 && heard.length < count; round++) {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
    await until(1);
    await shelf.begin(adapterOf(), 9);
    await shelf.try(adapterOf());
    await until(2);
    await shelf.settle(adapterOf(), { status: "ready" });
    await until(3);
    await shelf.remove(adapterOf());
    await until(4);
    stop();
    assert.deepEqual(heard, [false, false, true, false]);
  });

  law("a name is a tenant's own, once; a rejected one gives way", async () => {
    const { shelf } = await stage();
    assert.equal(await shelf.begin(adapterOf(), 2), "begun");
    assert.equal(await shelf.begin(adapterOf({ digest: "cd".repeat(32) }), 2), "exists");
    assert.equal(await shelf.begin(adapterOf({ tenant: "bolt" }), 2), "begun");
    await shelf.settle(adapterOf(), { status: "rejected", reason: "because" });
    assert.equal((await shelf.find(adapterOf()))?.reason, "because");
    assert.equal(await shelf.begin(adapterOf({ digest: "cd".repeat(32) }), 2), "begun");
    assert.equal(await shelf.begin(adapterOf({ name: "other" }), 2), "begun");
    assert.equal(await shelf.begin(adapterOf({ name: "third" }), 2), "full");
    assert.deepEqual(
      (await shelf.list("acme")).map(({ name, status }) => [name, status]),
      [
        ["mine", "validated"],
        ["other", "validated"],
      ],
    );
  });

  law(
    "two who begin the same at once: one has it, and no more than the limit are begun",
    async () => {
      const { shelf } = await stage();
      const same = await Promise.all(Array.from({ length: 5 }, () => shelf.begin(adapterOf(), 3)));
      assert.deepEqual(same.toSorted(), ["begun", "exists", "exists", "exists", "exists"]);
      const others = await Promise.all(
        Array.from({ length: 5 }, (_, index) => shelf.begin(adapterOf({ name: `n${index}` }), 3)),
      );
      assert.equal(others.filter((each) => each === "begun").length, 2);
    },
  );

  law("who removes the last adapter with some bytes is told so", async () => {
    const { shelf } = await stage();
    await shelf.begin(adapterOf(), 9);
    await shelf.begin(adapterOf({ tenant: "bolt" }), 9);
    assert.equal((await shelf.remove(adapterOf()))?.isLast, false);
    assert.equal((await shelf.remove(adapterOf({ tenant: "bolt" })))?.isLast, true);
    assert.equal(await shelf.remove(adapterOf()), undefined);
  });

  law("an adapter is settled and removed with its own bytes, not another of its name", async () => {
    const { registry, shelf } = await stage();
    await shelf.begin(adapterOf(), 9);
    const before = (await registry.current())?.version;
    const other = adapterOf({ digest: "cd".repeat(32) });
    assert.equal(await shelf.settle(other, { status: "ready" }), undefined);
    assert.equal(await shelf.remove(other), undefined);
    assert.equal((await shelf.find(adapterOf()))?.status, "validated");
    assert.equal((await registry.current())?.version, before);
    await makeReady(shelf, adapterOf());
    assert.notEqual(await shelf.remove(adapterOf()), undefined);
  });

  law(
    "bytes are had by a tenant's adapter or by the operator's, not by a rejected one",
    async () => {
      const { registry, shelf } = await stage();
      const has = (): Promise<boolean> => shelf.hasBytes("ab".repeat(32));
      assert.equal(await has(), false);
      await shelf.begin(adapterOf(), 9);
      assert.equal(await has(), true);
      await shelf.settle(adapterOf(), { status: "rejected", reason: "because" });
      assert.equal(await has(), false);
      await shelf.begin(adapterOf(), 9);
      const entry = `  - name: own\n    model: llama-3.1-8b\n    digest: ${"ab".repeat(32)}\n    bytes: 5\n    tenants: [acme]\n`;
      assert.equal((await registry.apply(`${example}${entry}`, "operator")).kind, "applied");
      assert.equal((await shelf.remove(adapterOf()))?.isLast, false);
      assert.equal(await has(), true);
    },
  );

  law(
    "a fleet file neither adds nor removes one, and its own of that name goes first",
    async () => {
      const { registry, shelf } = await stage();
      await shelf.begin(adapterOf(), 9);
      await makeReady(shelf, adapterOf());
      await registry.apply(example.replace("weight: 4", "weight: 5"), "operator");
      const mine = async () =>
        (await registry.current())?.adapters.filter(({ name }) => name === "mine") ?? [];
      assert.equal((await mine()).length, 1);
      const own = "c".repeat(64);
      const entry = `  - name: mine\n    model: llama-3.1-8b\n    digest: ${own}\n    bytes: 5\n    tenants: [acme]\n`;
      const applied = await registry.apply(`${example}${entry}`, "operator");
      assert.equal(applied.kind, "applied");
      assert.deepEqual(
        (await mine()).map(({ digest }) => digest),
        [own],
      );
      await registry.apply(example, "operator");
      assert.deepEqual(
        (await mine()).map(({ digest }) => digest),
        ["ab".repeat(32)],
      );
    },
  );

  law(
    "what one tenant asks is asked in its name, so that the database holds the line",
    async () => {
      const { sql } = await stage();
      const said: string[] = [];
      /** Whether a tenant's name is on, as the statements say it. */
      let name = "";
      const heard = (queries: SqlQueries): SqlQueries => ({
        query: (text, values = []) => {
          if (text.includes("set_config('role'")) name = String(values[0] ?? "");
          else if (text.includes("uploaded_adapters"))
            said.push(`${text.trim().split(/\s/)[0]} ${name}`);
          return queries.query(text, values);
        },
      });
      const listening: Sql = {
        query: (text, values) => heard(sql).query(text, values),
        transaction: (work) => sql.transaction((queries) => work(heard(queries))),
        asTenant: (tenant, work) =>
          sql.transaction((queries) => asTenantIn(heard(queries), tenant, work)),
        close: () => sql.close(),
      };
      const shelf = adapterShelf({ sql: listening, coordination: new MemoryCoordination({}) });
      await shelf.begin(adapterOf(), 9);
      await shelf.list("acme");
      await shelf.find(adapterOf());
      await makeReady(shelf, adapterOf());
      await shelf.remove(adapterOf());
      assert.deepEqual(said, [
        "delete acme",
        "select acme",
        "insert acme",
        "select acme",
        "select acme",
        "update acme",
        "update acme",
        "delete acme",
        // What names were moved to, and whether anybody else has these bytes, are the platform's own questions.
        "delete ",
        "select ",
      ]);
    },
  );

  law("what a name was moved to ends with the tenant's own adapter of that name", async () => {
    const { sql, shelf } = await stage();
    const moved = async (): Promise<readonly unknown[]> =>
      (await sql.query("select id from rollouts where id like 'mean-%' order by id")).map(
        ({ id }) => id,
      );
    const { model, name, tenant } = adapterOf();
    const move = (id: string, of: string, whose: string | null) =>
      sql.query(
        `insert into rollouts (id, model, name, tenant, from_digest, to_digest, state, stage, share, shadow_share, revision, reason)
         values ($1, $2, $3, $4, $5, $6, 'done', 0, 10000, 0, 1, 'done')`,
        [id, model, of, whose, "0".repeat(64), "1".repeat(64)],
      );
    await move("mean-all", name, null);
    await move("mean-bolt", name, "bolt");
    await move("mean-other", "another", tenant);
    await move("mean-own", name, tenant);
    await shelf.begin(adapterOf(), 2);
    await makeReady(shelf, adapterOf());
    await shelf.remove(adapterOf());
    // Of all tenants: nobody has one of that name any more.
    assert.deepEqual(await moved(), ["mean-bolt", "mean-other"]);
    await sql.query("delete from rollouts where id like 'mean-%'");
  });

  law("each change is audited, by whom", async () => {
    const { sql, shelf } = await stage();
    await shelf.begin(adapterOf(), 9);
    await makeReady(shelf, adapterOf());
    await shelf.remove(adapterOf());
    const rows = await sql.query(
      "select actor, action, detail->>'name' as name from audit where seq > $1 order by seq",
      [seqBefore],
    );
    assert.deepEqual(
      rows.map(({ actor, action, name }) => [actor, action, name]),
      [
        ["tenant acme", "validate adapter", "mine"],
        ["tenant acme", "try adapter", "mine"],
        ["tenant acme", "make adapter ready", "mine"],
        ["tenant acme", "delete adapter", "mine"],
      ],
    );
  });

  law("a model's shape and a tenant's upload terms come back as they were said", async () => {
    const { registry } = await stage();
    const shape = (await registry.current())?.models[0]?.shape;
    assert.deepEqual(shape, {
      architecture: "llama",
      layers: 32,
      width: 4096,
      heads: 32,
      kvHeads: 8,
      headWidth: 128,
      feedForward: 14336,
    });
    const terms = { adaptersMax: 3, bytesMax: 1_000, rankMax: 8 };
    const text = example.replace(
      "    tier: starter\n",
      `    tier: starter\n    uploads: ${JSON.stringify(terms)}\n`,
    );
    assert.equal((await registry.apply(text, "operator")).kind, "applied");
    const tenants = (await registry.current())?.tenants ?? [];
    assert.deepEqual(
      tenants.map(({ policy }) => policy.uploads),
      [undefined, undefined, terms],
    );
    const wrong = example.replace("      layers: 32\n", "      layers: -1\n");
    assert.equal((await registry.apply(wrong, "operator")).kind, "refused");
  });
}
