import assert from "node:assert/strict";
import { after, test } from "node:test";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import { billingScene } from "#services/billing/billing-scene.cases.ts";
import { usageGroups } from "./usage-groups.ts";

const sql = await openPgliteSql();
after(() => sql.close());
await migrate(sql, migrations);
const scene = billingScene(sql);

test("a shape's requests add up over the whole period, apart where a rate changed", async () => {
  const at = Date.parse("2026-11-10T03:00:00Z");
  const hours = [0, 5, 11, 30];
  await scene.use(
    ...hours.map((hour) => ({
      request: `r${hour}`,
      at: at + hour * 3_600_000,
      promptTokens: 10 + hour,
      outputTokens: 7,
      gpuUs: 1000 * hour,
    })),
  );
  const period = { fromEpochMs: at, toEpochMs: at + 31 * 3_600_000 };
  const told = async (boundaries: readonly number[]) =>
    (await usageGroups(sql, period, boundaries)).map(
      ({ bucket, requests, promptTokens, outputTokens, gpuUs }) => [
        bucket,
        requests,
        promptTokens,
        outputTokens,
        gpuUs,
      ],
    );
  assert.deepEqual(await told([]), [[0, 4, 86, 28, 46_000]]);
  assert.deepEqual(await told([at + 10 * 3_600_000]), [
    [0, 2, 25, 14, 5000],
    [1, 2, 61, 14, 41_000],
  ]);
});
