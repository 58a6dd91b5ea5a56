// Work in one tenant's name: a stretch of a transaction in which the database shows and takes that tenant's rows alone, whatever
// the statements forget. Law: nothing in it leaves the name, and it ends with the stretch, by whatever way that ends.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import { SqlError } from "#shared/ledger/sql/sql.ts";
import { tenantRole, tenantSetting } from "./tenant-rows.ts";

/**
 * Inside a transaction of the process's own; before and after it, that asks as the process. Statements are ours, never a
 * tenant's: what is refused here is our own mistake, not an attack.
 */
export async function asTenantIn<Result>(
  queries: SqlQueries,
  tenant: string,
  work: (queries: SqlQueries) => Promise<Result>,
): Promise<Result> {
  if (tenant === "") throw new SqlError("a tenant's name is needed, not an empty one", notAllowed);
  await queries.query(
    `select set_config('role', '${tenantRole}', true), set_config('${tenantSetting}', $1, true)`,
    [tenant],
  );
  let isOpen = true;
  try {
    const result = await work({
      query: async (text, values) => {
        if (!isOpen) throw new SqlError("the tenant's part has ended", undefined);
        refuseOthers(text);
        return queries.query(text, values);
      },
    });
    isOpen = false;
    await assertStillThere(queries, tenant);
    return result;
  } finally {
    isOpen = false;
    // In a transaction that has failed this fails too, and its rollback does the same.
    await queries
      .query(`select set_config('role', 'none', true), set_config('${tenantSetting}', '', true)`)
      .catch(() => undefined);
  }
}

const notAllowed = "42501";

/** One statement on rows: nothing that sets a role or a setting, and no second statement behind it. */
function refuseOthers(text: string): void {
  if (/^\s*(select|insert|update|delete|with)\b/i.test(text) && !/;|set_config/i.test(text)) return;
  throw new SqlError("in a tenant's name only rows are read and written", notAllowed);
}

/** What `refuseOthers` cannot see, such as a function that sets a role, is not committed. */
async function assertStillThere(queries: SqlQueries, tenant: string): Promise<void> {
  const [row] = await queries.query(
    `select current_user::text as role, current_setting('${tenantSetting}', true) as tenant`,
  );
  if (row?.["role"] === tenantRole && row["tenant"] === tenant) return;
  throw new SqlError("the tenant's part was left by one of its own statements", notAllowed);
}
