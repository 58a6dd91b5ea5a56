import assert from "node:assert/strict";
import { test } from "node:test";
import { migrate } from "./schema/migrate.ts";
import { migrations } from "./schema/migrations.ts";
import { openPgliteSql } from "./sql/pglite-sql.ts";

const severalQuotas = 19;

// What an operator said before there were several quotas is said the new way, and stays as strict as it was.
test("quotas of the form before are rewritten where they stand, and nothing else is", async () => {
  const sql = await openPgliteSql();
  try {
    await migrate(
      sql,
      migrations.filter(({ version }) => version < severalQuotas),
    );
    const tier = async (id: string, terms: object): Promise<void> => {
      await sql.query(
        "insert into tiers (id, weight, band, limits, terms) values ($1, 1, 0, '{}', $2::jsonb)",
        [id, JSON.stringify(terms)],
      );
    };
    await tier("none", { bandFloor: 1 });
    await tier("both", {
      bandFloor: 2,
      quota: { dailyTokens: 9_007_199_254_740_991, monthlyTokens: 50, mode: "hard" },
    });
    await sql.query(
      `insert into tenants (id, tier, trust_group, limits, terms) values
         ('daily', 'both', 'daily', '{}', $1::jsonb), ('monthly', 'none', 'monthly', '{}', $2::jsonb), ('plain', 'none', 'plain', '{}', '{}')`,
      [
        JSON.stringify({ quota: { dailyTokens: 7, mode: "soft" } }),
        JSON.stringify({ quota: { monthlyTokens: 8, mode: "hard" } }),
      ],
    );
    await migrate(sql, migrations);
    const rows = await sql.query(
      "select id, terms from tiers union all select id, terms from tenants order by id",
    );
    const tokens = (period: string, limit: number, mode: string): object => ({
      period,
      metric: "tokens",
      limit,
      mode,
    });
    assert.deepEqual(Object.fromEntries(rows.map(({ id, terms }) => [id, terms])), {
      none: { bandFloor: 1 },
      both: {
        bandFloor: 2,
        quotas: [tokens("day", 9_007_199_254_740_991, "hard"), tokens("month", 50, "hard")],
      },
      daily: { quotas: [tokens("day", 7, "soft")] },
      monthly: { quotas: [tokens("month", 8, "hard")] },
      plain: {},
    });
  } finally {
    await sql.close();
  }
});
