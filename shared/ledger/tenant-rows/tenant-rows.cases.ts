// What a database must keep from one tenant of another's, whatever is asked in its name: one suite for PGlite and Postgres.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TenantId } from "#shared/model/ids.ts";
import { openRows } from "./open-rows.ts";
import { fillNarrow, narrowRollUps } from "#shared/ledger/sums/narrow-roll-ups.ts";
import { figures, levels } from "#shared/ledger/sums/roll-up-columns.ts";
import type { Sql, SqlQueries, SqlValue } from "#shared/ledger/sql/sql.ts";
import { SqlError } from "#shared/ledger/sql/sql.ts";
import { sqlUsageSeries } from "#shared/ledger/sums/sql-usage-series.ts";
import { asTenantIn } from "./tenant-scope.ts";
import { tenantUsage } from "#shared/ledger/tenant-usage.ts";

/** Rows of two tenants in every table that has tenants' rows. */
export async function plantTwoTenants(sql: SqlQueries): Promise<void> {
  for (const statement of [
    "insert into tiers (id, weight, band, limits) values ('t', 1, 0, '{}')",
    "insert into models values ('m', '1', 'quad', 10, 5, 0)",
  ]) {
    await sql.query(statement);
  }
  for (const [tenant, digit] of [
    ["acme", "a"],
    ["bolt", "b"],
  ] as const) {
    const digest = digit.repeat(64);
    const add = (text: string, values: readonly SqlValue[]): Promise<unknown> =>
      sql.query(text, values);
    await add(
      "insert into tenants (id, tier, trust_group, limits) values ($1::text, 't', $1::text, '{}')",
      [tenant],
    );
    await add("insert into keys values ($1, $1, $2, false)", [tenant, digest]);
    await add("insert into tenant_models values ($1, 'm')", [tenant]);
    await add("insert into adapters values ('x', 'm', $1, 5)", [digest]);
    await add("insert into adapter_tenants values ('m', 'x', $1, $2)", [digest, tenant]);
    await add("insert into throttles values ($1, 50)", [tenant]);
    await add(
      `insert into uploaded_adapters (tenant, name, model, digest, bytes, format, rank, alpha, modules, status)
       values ($1, 'mine', 'm', $2, 5, 'gguf', 1, 1, '[]', 'ready')`,
      [tenant, digest],
    );
    await add(
      `insert into usage select $1, 'r', true, 'm', '1', '', 'p', 'w', 't', 'stop', 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1`,
      [tenant],
    );
  }
}

/** Of each: an alert, what was admitted, and a final account that came too late. */
export async function plantTwoProofs(sql: SqlQueries): Promise<void> {
  for (const tenant of ["acme", "bolt"]) {
    await sql.query(
      `insert into quota_alerts values ($1::text || '/a', $1, 'day', 'tokens', 'hard', 5, 'w', 80, 4, 1, 1, false)`,
      [tenant],
    );
    await sql.query("insert into admissions values ($1, 0, 'edge-1', 'l', 1, 1, 0, 0)", [tenant]);
    await sql.query("insert into usage_conflicts values ($1, 'r', 0, 2, 'stop', 0)", [tenant]);
  }
}

/** An invoice of each, with a line and an entry. */
export async function plantTwoInvoices(sql: SqlQueries): Promise<void> {
  await sql.query("insert into billing_issuers (id, name, address) values ('X', 'x', '')");
  for (const [serial, tenant] of [
    [1, "acme"],
    [2, "bolt"],
  ] as const) {
    await sql.query(
      "insert into invoices values ($1::text, 'X', $2::int, $3, '2026-11', 1, 'USD', 1, '{}', now())",
      [`X-${serial}`, serial, tenant],
    );
    await sql.query("insert into invoice_lines values ($1, 1, $2, '2026-11', 'k', 1, 1)", [
      `X-${serial}`,
      tenant,
    ]);
    await sql.query(
      `insert into billing_entries (tenant, kind, amount, currency, reason, actor, key)
       values ($1, 'credit-grant', 1, 'USD', 'r', 'test', 'k')`,
      [tenant],
    );
  }
}

/** And the sums of their usage, rolled up and not yet. */
export async function plantRolledUp(sql: SqlQueries): Promise<void> {
  const sums = figures.join(", ");
  await sql.query(
    "insert into usage_groups (tenant, model, adapter_digest, pool_class, tier) select tenant, 'm', '', '', 't' from usage",
  );
  for (const { table } of levels) {
    await sql.query(
      `insert into ${table} (tenant, starts_at_epoch_ms, group_id, ${sums})
       select d.tenant, starts_at_epoch_ms, g.id, ${sums} from usage_deltas d join usage_groups g on g.tenant = d.tenant`,
    );
  }
  for (const at of narrowRollUps) await sql.query(fillNarrow(at));
}

/** Table → the column that names the tenant. */
const tables: Readonly<Record<string, string>> = {
  tenants: "id",
  keys: "tenant",
  tenant_models: "tenant",
  adapter_tenants: "tenant",
  uploaded_adapters: "tenant",
  usage: "tenant",
  throttles: "tenant",
  quota_alerts: "tenant",
  invoices: "tenant",
  invoice_lines: "tenant",
  billing_entries: "tenant",
  usage_deltas: "tenant",
  usage_groups: "tenant",
  usage_minutes: "tenant",
  usage_hours: "tenant",
  usage_days: "tenant",
  usage_tenant_hours: "tenant",
  usage_tenant_days: "tenant",
  admissions: "tenant",
  usage_conflicts: "tenant",
};

const tenantId = (name: string): TenantId => name as TenantId;

const changedMind = new Error("changed my mind");

/** In a transaction that leaves nothing. */
export async function inVain(
  sql: Sql,
  work: (queries: SqlQueries) => Promise<void>,
): Promise<void> {
  await assert.rejects(
    sql.transaction(async (queries) => {
      await work(queries);
      throw changedMind;
    }),
    (error) => {
      if (error !== changedMind) throw error;
      return true;
    },
  );
}

const withCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof SqlError && error.code === code;

/** `opened` has `migrate` and `plantTwoTenants` behind it. */
export function tenantRowsCases(name: string, opened: () => Promise<Sql>): void {
  const law = (sentence: string, check: (sql: Sql) => Promise<void>): void => {
    test(`${name}: ${sentence}`, async () => check(await opened()));
  };
  /** Raw SQL, as nobody but a test gets it, under the tenant's role. */
  const raw = (sql: Sql, text: string, tenant = "acme"): Promise<readonly unknown[]> =>
    sql.transaction(async (queries) => {
      await queries.query("set local role fairlead_tenant");
      await queries.query("select set_config('fairlead.tenant', $1, true)", [tenant]);
      return queries.query(text);
    });
  const refusedAs = async (sql: Sql, code: string, texts: readonly string[]): Promise<void> => {
    for (const text of texts) await assert.rejects(raw(sql, text), withCode(code), text);
  };
  const uploadOf = (tenant: string, adapter: string): string =>
    `insert into uploaded_adapters (tenant, name, model, digest, bytes, format, rank, alpha, modules, status)
     values ('${tenant}', '${adapter}', 'm', '${"c".repeat(64)}', 5, 'gguf', 1, 1, '[]', 'ready')`;

  law("no table, view or function shows a tenant another's rows", async (sql) => {
    assert.deepEqual(await openRows(sql), []);
  });

  law("what would, is found in the catalogue, whoever adds it", async (sql) => {
    const planted: readonly (readonly [readonly string[], RegExp])[] = [
      [["create table later (tenant text)"], /later: carries a tenant, and does not force/],
      [
        [
          "create table later (id int, owner text references tenants)",
          "alter table later enable row level security",
          "alter table later force row level security",
        ],
        /later: carries a tenant, and has no policy/,
      ],
      [
        ["create policy wide on usage for select to fairlead_tenant using (true)"],
        /usage: has a policy for tenants that does not ask which one/,
      ],
      [["grant select (id) on pools to fairlead_tenant"], /pools: is open to tenants/],
      [
        ["create view seen as select * from usage", "grant select on seen to fairlead_tenant"],
        /seen: shows tenants what its owner sees/,
      ],
      [
        ["create function all_of_it() returns bigint security definer return 1"],
        /all_of_it: does for tenants what its owner may/,
      ],
      [
        ["alter table uploaded_adapters add foreign key (model) references models"],
        /uploaded_adapters: tells by its references/,
      ],
    ];
    for (const [statements, problem] of planted) {
      await inVain(sql, async (queries) => {
        for (const statement of statements) await queries.query(statement);
        assert.match((await openRows(queries)).join("\n"), problem);
      });
    }
  });

  law(
    "a tenant sees its own rows of every table, and nobody sees any without a name",
    async (sql) => {
      for (const [table, column] of Object.entries(tables)) {
        const text = `select ${column} as tenant from ${table} where true or ${column} = 'bolt'`;
        const seen = await sql.asTenant("acme", (queries) => queries.query(text));
        assert.deepEqual(seen, [{ tenant: "acme" }], table);
        assert.deepEqual(await raw(sql, text, ""), [], table);
        assert.deepEqual(await raw(sql, text, "nobody"), [], table);
        await inVain(sql, async (queries) => {
          await queries.query("set local role fairlead_tenant");
          assert.deepEqual(await queries.query(text), [], table);
        });
        assert.equal((await sql.query(text)).length, 2, `${table}: the process itself sees all`);
      }
      await refusedAs(sql, "42501", ["select sha256 from keys", "select * from keys"]);
    },
  );

  law("a tenant's sums of usage are of its own, whatever it asks for", async (sql) => {
    const usage = tenantUsage(sql);
    const day = { fromEpochMs: 0, toEpochMs: 86_400_000, by: ["tenant"] } as const;
    const [acme, bolt] = [tenantId("acme"), tenantId("bolt")];
    for (const query of [
      day,
      { ...day, only: { tenant: bolt } },
      { ...day, step: "hour" } as const,
    ]) {
      const rows = await usage.series(acme, query);
      // What was planted in the roll-ups has not left the deltas.
      assert.deepEqual(
        rows.map(({ group, figures: { requests } }) => [group.tenant, requests]),
        [["acme", 2]],
      );
    }
    assert.deepEqual(
      (await usage.records(bolt, { limit: 9 })).map(({ record }) => record.tenant),
      ["bolt"],
    );
    assert.deepEqual(await usage.records(tenantId("nobody"), { limit: 9 }), []);
    assert.equal((await usage.totals(acme, {})).requests, 2);
    const unnarrowed = await sql.asTenant("acme", (queries) =>
      sqlUsageSeries(queries).series({ ...day, by: ["tenant", "model"] }),
    );
    assert.deepEqual(
      unnarrowed.map(({ group }) => group.tenant),
      ["acme"],
    );
  });

  law("counting, joining and asking for a row to lock show nothing more", async (sql) => {
    const [row] = await raw(
      sql,
      `select (select count(*)::int from usage) as rows, (select sum(gpu_us) from usage) as sum,
         (select count(*)::int from tenants a cross join tenants b) as pairs,
         exists (select from uploaded_adapters where tenant = 'bolt') as other`,
    );
    assert.deepEqual(row, { rows: 1, sum: 1, pairs: 1, other: false });
    const locked = "select tenant from uploaded_adapters for update";
    assert.deepEqual(await raw(sql, locked), [{ tenant: "acme" }]);
  });

  law("a tenant changes nothing of another's, and gives nobody its own", async (sql) => {
    await inVain(sql, (queries) =>
      asTenantIn(queries, "acme", async (own) => {
        const changed = "update uploaded_adapters set reason = 'mine' returning tenant";
        assert.deepEqual(await own.query(changed), [{ tenant: "acme" }]);
        const gone = "delete from uploaded_adapters where name = 'mine' returning tenant";
        assert.deepEqual(await own.query(gone), [{ tenant: "acme" }]);
        await own.query(uploadOf("acme", "mine"));
      }),
    );
    await refusedAs(sql, "42501", [
      uploadOf("bolt", "theirs"),
      "update uploaded_adapters set tenant = 'bolt'",
      "insert into usage select * from usage",
      "update usage set gpu_us = 0",
      "delete from usage",
      "delete from usage_deltas",
      "update usage_days set gpu_ns = 0",
      "update usage_tenant_days set gpu_ns = 0",
      "insert into usage_minutes select * from usage_minutes",
      "insert into keys values ('k', 'acme', repeat('c', 64), false)",
      "update tenants set tier = 't'",
      "delete from throttles",
      "insert into tenant_models values ('acme', 'other')",
      "truncate uploaded_adapters",
      "update invoices set total = 0",
      "insert into invoice_lines select * from invoice_lines",
      "delete from invoice_lines",
    ]);
  });

  law(
    "a name that another has, and one that nobody has, are refused in the same words",
    async (sql) => {
      const words = async (adapter: string): Promise<string> => {
        const refused = await raw(sql, uploadOf("bolt", adapter)).catch((error: unknown) => error);
        return String(refused);
      };
      assert.match(await words("mine"), /row-level security/);
      assert.equal(await words("mine"), await words("nobody-has-it"));
      const upsert = "on conflict (tenant, name) do nothing returning name";
      await refusedAs(sql, "42501", [`${uploadOf("bolt", "mine")} ${upsert}`]);
    },
  );

  law("tables without tenants, and the shape of all, are closed to a tenant", async (sql) => {
    const closed = [
      "tiers",
      "models",
      "pools",
      "workers",
      "adapters",
      "audit",
      "fleet_versions",
      "price_books",
      "billing_accounts",
      "billing_issuers",
      "holdings",
      "held_now",
      "closed_periods",
      "usage_exports",
      ...narrowRollUps
        .filter(({ columns }) => !columns.includes("tenant"))
        .map(({ table }) => table),
    ];
    await refusedAs(sql, "42501", [
      ...closed.map((table) => `select * from ${table}`),
      "alter table usage disable row level security",
      "alter table usage no force row level security",
      "create policy mine on usage using (true)",
      "drop policy tenant_own on usage",
      "create view mine as select * from usage",
      "create table mine (id int)",
      "create function mine() returns int return 1",
      "create role mine",
    ]);
  });

  law("a statement that was prepared before shows what whoever runs it may see", async (sql) => {
    await inVain(sql, async (queries) => {
      await queries.query("prepare all_usage as select tenant from usage order by tenant");
      assert.equal((await queries.query("execute all_usage")).length, 2);
      await queries.query("set local role fairlead_tenant");
      await queries.query("set local fairlead.tenant = 'acme'");
      assert.deepEqual(await queries.query("execute all_usage"), [{ tenant: "acme" }]);
      await queries.query("set local fairlead.tenant = 'bolt'");
      assert.deepEqual(await queries.query("execute all_usage"), [{ tenant: "bolt" }]);
      await queries.query("set local role none");
      assert.equal((await queries.query("execute all_usage")).length, 2);
      await queries.query("deallocate all_usage");
    });
  });

  law("copy brings nothing in, and writes no file", async (sql) => {
    await refusedAs(sql, "0A000", ["copy uploaded_adapters from stdin"]);
    await refusedAs(sql, "42501", [
      "copy usage from stdin",
      "copy usage to '/tmp/usage'",
      "copy keys to '/tmp/keys'",
      "copy uploaded_adapters to program 'cat'",
    ]);
  });

  law(
    "a view of the process's own shows a tenant its own rows when it is asked as the tenant",
    async (sql) => {
      await inVain(sql, async (queries) => {
        await queries.query(
          "create view seen with (security_invoker = true) as select tenant from usage",
        );
        await queries.query("grant select on seen to fairlead_tenant");
        assert.deepEqual(await openRows(queries), []);
        const seen = await asTenantIn(queries, "bolt", (own) => own.query("select * from seen"));
        assert.deepEqual(seen, [{ tenant: "bolt" }]);
        assert.equal((await queries.query("select * from seen")).length, 2);
      });
    },
  );

  law("in a tenant's name only single statements on rows are taken", async (sql) => {
    for (const text of [
      "reset role",
      "set role none",
      "set local role none",
      "set fairlead.tenant = 'bolt'",
      "commit",
      "begin",
      "savepoint s",
      "discard all",
      "do $$ begin end $$",
      "copy usage to stdout",
      "select set_config('role', 'none', true)",
      "select SET_CONFIG('fairlead.tenant', 'bolt', true)",
      "select 1; reset role",
      "/* */ reset role",
    ]) {
      const asked = sql.asTenant("acme", (queries) => queries.query(text));
      await assert.rejects(asked, /only rows are read and written/, text);
    }
    await assert.rejects(
      sql.asTenant("", async () => undefined),
      /a tenant's name is needed/,
    );
    assert.equal((await sql.query("select tenant from usage")).length, 2);
  });

  law(
    "a function that leaves the tenant's name takes nothing with it: nothing is committed",
    async (sql) => {
      await sql.query(
        `create function leave() returns text language plpgsql as $$
         begin perform set_config('role', 'none', true); return current_user; end $$`,
      );
      try {
        const left = sql.asTenant("acme", async (queries) => {
          await queries.query("select leave()");
          await queries.query("update usage set gpu_us = 99");
        });
        await assert.rejects(left, /was left by one of its own statements/);
        assert.deepEqual(await sql.query("select tenant from usage where gpu_us = 99"), []);
      } finally {
        await sql.query("drop function leave()");
      }
    },
  );

  law(
    "the tenant's part ends with itself: what is kept of it is refused, and the process goes on",
    async (sql) => {
      let kept: SqlQueries | undefined;
      await sql.transaction(async (queries) => {
        await asTenantIn(queries, "acme", async (own) => {
          kept = own;
          assert.equal((await own.query("select tenant from usage")).length, 1);
        });
        assert.equal((await queries.query("select tenant from usage")).length, 2);
        await assert.rejects(
          asTenantIn(queries, "bolt", async () => {
            throw changedMind;
          }),
          changedMind,
        );
        assert.equal((await queries.query("select tenant from usage")).length, 2);
        await assert.rejects(async () => kept?.query("select 1"), /the tenant's part has ended/);
      });
      await assert.rejects(
        sql.asTenant("acme", (queries) => queries.query("select * from audit")),
        withCode("42501"),
      );
      const [row] = await sql.query(
        "select current_user = session_user as is_own, current_setting('fairlead.tenant', true) as tenant",
      );
      assert.equal(row?.["is_own"], true);
      assert.ok(["", null].includes(row?.["tenant"] as string | null));
    },
  );

  law(
    "who writes statements of its own has the process's rights: no tenant ever does",
    async (sql) => {
      // Not a promise but its limit: the role holds our statements, not a session in foreign hands.
      await inVain(sql, async (queries) => {
        await queries.query("set local role fairlead_tenant");
        await queries.query("set local fairlead.tenant = 'bolt'");
        assert.deepEqual(await queries.query("select tenant from usage"), [{ tenant: "bolt" }]);
        await queries.query("reset role");
        assert.equal((await queries.query("select tenant from usage")).length, 2);
      });
    },
  );
}
