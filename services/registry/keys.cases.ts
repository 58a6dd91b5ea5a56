// Keys by command, in the database: one suite for PGlite and Postgres.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { MemoryCoordination } from "#shared/coordination/memory-coordination.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { ApiKey } from "#shared/model/api-key.ts";
import type { KeyRefusal, MadeKey } from "#shared/model/key-desk.ts";
import { keyDesk } from "./key-desk.ts";
import { keysMax } from "./key-store.ts";
import { openRegistry } from "./registry.ts";

const example = readFileSync(new URL("../../deploy/fleet.example.yaml", import.meta.url), "utf8");
const hourMs = 3_600_000;

/** `opened`: `migrate` has been run on it; these tests have it alone. */
export function keyCases(name: string, opened: Promise<Sql>): void {
  const law = (sentence: string, check: () => Promise<void>): void => {
    test(`${name}: ${sentence}`, check);
  };
  let nowEpochMs = Date.UTC(2026, 10, 30);

  async function stage() {
    const sql = await opened;
    const coordination = new MemoryCoordination({});
    const registry = openRegistry({ sql, coordination, judgeReplica: () => undefined });
    const desk = keyDesk({ sql, coordination }, () => nowEpochMs);
    const found = async (id: string): Promise<ApiKey | undefined> =>
      (await registry.current())?.keys.find((key) => key.id === id);
    return { sql, registry, desk, found };
  }

  function made<Made extends MadeKey>(outcome: Made | KeyRefusal): Made {
    assert.ok("secret" in outcome, JSON.stringify(outcome));
    return outcome;
  }

  const changed = `${example}\n# the same\n`.replace("weight: 4", "weight: 5");

  /** Of the audit, which nothing empties. */
  let auditedBefore = 0;

  beforeEach(async () => {
    const sql = await opened;
    await sql.query("delete from made_keys");
    await sql.query("delete from key_ends");
    const { registry } = await stage();
    await registry.apply(example, "test");
    const [last] = await sql.query("select coalesce(max(seq), 0)::int as seq from audit");
    auditedBefore = Number(last?.["seq"]);
  });

  law("a made key is part of the fleet as its hash, and its secret is nowhere", async () => {
    const { sql, desk, registry, found } = await stage();
    const before = (await registry.current())?.version ?? 0;
    const terms = {
      expiresAtEpochMs: nowEpochMs + hourMs,
      models: ["llama-3.1-8b:sql"],
      scopes: ["inference"],
    } as const;
    const { key, secret, version } = made(await desk.create({ tenant: "acme", ...terms }, "ops"));
    assert.equal(version, before + 1);
    assert.match(secret, /^fl-[\w-]{43}$/);
    assert.deepEqual(await found(key.id), {
      id: key.id,
      tenant: "acme",
      sha256: createHash("sha256").update(secret).digest("hex"),
      revoked: false,
      ...terms,
    });
    const tables = await Promise.all(
      ["made_keys", "audit", "fleet_versions"].map((table) => sql.query(`select * from ${table}`)),
    );
    assert.ok(!JSON.stringify(tables).includes(secret.slice(3)));
    assert.notEqual(made(await desk.create({ tenant: "acme" }, "ops")).secret, secret);
  });

  law("no fleet file adds or removes a made key, or brings a revoked one back", async () => {
    const { desk, registry, found } = await stage();
    const { key, secret } = made(await desk.create({ tenant: "acme" }, "ops"));
    assert.equal((await registry.apply(changed, "ops")).kind, "applied");
    assert.equal((await found(key.id))?.revoked, false);
    assert.deepEqual(await desk.revoke(key.id, "ops"), {
      id: key.id,
      tenant: "acme",
      version: (await registry.current())?.version,
      isChanged: true,
    });
    // Under another handle, by its hash: it is the same key.
    const sha256 = createHash("sha256").update(secret).digest("hex");
    const again = example.replace(
      "        secret: fl-demo-acme\n",
      `        secret: fl-demo-acme\n      - id: acme-again\n        sha256: ${sha256}\n`,
    );
    assert.equal((await registry.apply(again, "ops")).kind, "applied");
    assert.equal((await found("acme-again"))?.revoked, true);
  });

  law("a key of the fleet file is revoked for good, whatever file is applied", async () => {
    const { desk, registry, found } = await stage();
    await desk.revoke("corner-demo", "ops");
    assert.equal((await found("corner-demo"))?.revoked, true);
    await registry.apply(changed, "ops");
    await registry.apply(example, "ops");
    assert.equal((await found("corner-demo"))?.revoked, true);
    assert.equal((await found("acme-demo"))?.revoked, false);
    const outcome = await desk.revoke("corner-demo", "ops");
    assert.equal("isChanged" in outcome && outcome.isChanged, false);
  });

  law(
    "a rotated key has a successor with its terms at once, and ends with the overlap",
    async () => {
      const { desk, found } = await stage();
      const terms = { models: ["llama-3.1-8b"], scopes: ["adapters"] } as const;
      const old = made(await desk.create({ tenant: "acme", ...terms }, "ops")).key;
      const rotated = made(await desk.rotate({ id: old.id, overlapMs: hourMs }, "ops"));
      assert.ok("replaced" in rotated);
      assert.deepEqual(rotated.replaced, { id: old.id, endsAtEpochMs: nowEpochMs + hourMs });
      const next = await found(rotated.key.id);
      assert.deepEqual(
        [next?.models, next?.scopes, next?.expiresAtEpochMs],
        [terms.models, terms.scopes, undefined],
      );
      assert.equal((await found(old.id))?.expiresAtEpochMs, nowEpochMs + hourMs);
      // A second rotation does not give the old one more time.
      await desk.rotate({ id: old.id, overlapMs: 9 * hourMs }, "ops");
      assert.equal((await found(old.id))?.expiresAtEpochMs, nowEpochMs + hourMs);
      // Taken back before its time, it is revoked and not only at its end.
      const other = made(await desk.rotate({ id: rotated.key.id, overlapMs: hourMs }, "ops"));
      await desk.revoke(rotated.key.id, "ops");
      assert.equal((await found(rotated.key.id))?.revoked, true);
      assert.equal((await found(other.key.id))?.revoked, false);
      nowEpochMs += hourMs;
      const late = await desk.rotate({ id: old.id, overlapMs: hourMs }, "ops");
      assert.deepEqual(late, { kind: "ended", state: "expired" });
    },
  );

  law(
    "a key of the fleet file is rotated too, and no file gives the old one its time back",
    async () => {
      const { desk, registry, found } = await stage();
      const rotated = made(await desk.rotate({ id: "bolt-demo", overlapMs: hourMs }, "ops"));
      assert.equal(rotated.key.tenant, "bolt");
      await registry.apply(changed, "ops");
      assert.equal((await found("bolt-demo"))?.expiresAtEpochMs, nowEpochMs + hourMs);
      assert.ok(await found(rotated.key.id));
    },
  );

  law("what cannot be is refused, and nothing is changed", async () => {
    const { sql, desk, registry } = await stage();
    const before = (await registry.current())?.version;
    assert.deepEqual(await desk.create({ tenant: "nobody" }, "ops"), { kind: "unknown-tenant" });
    assert.deepEqual(await desk.create({ tenant: "acme", models: ["other-8b"] }, "ops"), {
      kind: "unknown-model",
      model: "other-8b",
      known: ["llama-3.1-8b"],
    });
    assert.deepEqual(await desk.revoke("nobody", "ops"), { kind: "unknown-key" });
    assert.deepEqual(await desk.rotate({ id: "nobody", overlapMs: 0 }, "ops"), {
      kind: "unknown-key",
    });
    assert.equal((await registry.current())?.version, before);
    assert.deepEqual(
      await sql.query("select action from audit where seq > $1", [auditedBefore]),
      [],
    );
  });

  law(
    "a tenant has a bounded number of live keys; ended ones leave room, and are forgotten at last",
    async () => {
      const { sql, desk } = await stage();
      const [first] = [made(await desk.create({ tenant: "acme" }, "ops")).key];
      const fill = (count: number): Promise<unknown> =>
        sql.query(
          `insert into made_keys (id, tenant, sha256, created_at_ms)
         select 'k' || n, 'acme', encode(sha256(('k' || n)::bytea), 'hex'), n from generate_series(1, $1) n`,
          [count],
        );
      await fill(keysMax - 1);
      assert.deepEqual(await desk.create({ tenant: "acme" }, "ops"), { kind: "too-many", keysMax });
      assert.deepEqual(await desk.rotate({ id: first.id, overlapMs: hourMs }, "ops"), {
        kind: "too-many",
        keysMax,
      });
      assert.equal(
        (await desk.list("acme")).find(({ id }) => id === first.id)?.expiresAtEpochMs,
        undefined,
      );
      made(await desk.rotate({ id: first.id, overlapMs: 0 }, "ops"));
      made(await desk.create({ tenant: "bolt" }, "ops"));
      await sql.query("update made_keys set expires_at_ms = 1 where tenant = 'acme'");
      await sql.query(
        `insert into made_keys (id, tenant, sha256, expires_at_ms, created_at_ms)
       select 'o' || n, 'acme', encode(sha256(('o' || n)::bytea), 'hex'), 1, 0 from generate_series(1, 50) n`,
      );
      made(await desk.create({ tenant: "acme" }, "ops"));
      const states = (await desk.list("acme")).filter(({ from }) => from === "command");
      assert.equal(states.length, 101);
      assert.equal(states.filter(({ state }) => state === "live").length, 1);
    },
  );

  law("each change is in the audit with who asked and what for, and without the key", async () => {
    const { sql, desk } = await stage();
    const { key, secret } = made(
      await desk.create({ tenant: "acme", scopes: ["adapters"] }, "ops"),
    );
    await desk.rotate({ id: key.id, overlapMs: 0 }, "ops");
    await desk.revoke(key.id, "ops");
    const rows = await sql.query(
      "select actor, action, detail from audit where seq > $1 order by seq",
      [auditedBefore],
    );
    assert.deepEqual(
      rows.map(({ actor, action }) => [actor, action]),
      [
        ["ops", "create key"],
        ["ops", "rotate key"],
        ["ops", "revoke key"],
      ],
    );
    const told = JSON.stringify(rows);
    assert.ok(told.includes(key.id) && !told.includes(secret));
  });

  law(
    "a fleet file's own terms of keys and its issuers are loaded back as they were said",
    async () => {
      const { registry } = await stage();
      const text = example
        .replace(
          "        secret: fl-demo-acme\n",
          "        secret: fl-demo-acme\n        expiresAt: 2027-01-31T12:00:00+02:00\n        models: [llama-3.1-8b]\n        scopes: [adapters]\n",
        )
        .concat(
          "\nissuers:\n  - id: idp\n    issuer: https://idp.example/\n    jwksUrl: https://idp.example/keys\n    audience: fairlead\n    tenants: [acme]\n",
        );
      const outcome = await registry.apply(text, "ops");
      assert.equal(outcome.kind, "applied", JSON.stringify(outcome));
      const fleet = await registry.current();
      const key = fleet?.keys.find(({ id }) => id === "acme-demo");
      assert.deepEqual(
        [key?.expiresAtEpochMs, key?.models, key?.scopes],
        [Date.UTC(2027, 0, 31, 10), ["llama-3.1-8b"], ["adapters"]],
      );
      assert.deepEqual(fleet?.issuers, [
        {
          id: "idp",
          issuer: "https://idp.example/",
          jwksUrl: "https://idp.example/keys",
          audience: "fairlead",
          algorithms: ["RS256", "ES256", "EdDSA"],
          clockSkewS: 30,
          claims: { tenant: "tenant_id", tier: "tier", models: "allowed_models" },
          scopes: ["inference"],
          tenants: ["acme"],
        },
      ]);
      await registry.apply(example, "ops");
      assert.equal((await registry.current())?.issuers, undefined);
    },
  );
}
