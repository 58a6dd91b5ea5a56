// A period's invoices for everyone who may owe something, those who have left included: some tenants a call, each in its own transaction.

import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { IssuedAll } from "#shared/model/billing-desk.ts";
import { BillingError } from "#shared/model/billing-desk.ts";
import type { IssuedBy } from "./issue-invoice.ts";
import { issueInvoice, periodOf } from "./issue-invoice.ts";

const tenantsOfCall = 25;

/** Whoever has usage, whatever held or entries; found by steps through the ledger's index, not by reading it. */
const owing = `
  with recursive used as (
    (select min(tenant) as tenant from usage where tenant > $1)
    union all
    select (select min(u.tenant) from usage u where u.tenant > used.tenant) from used where used.tenant is not null
  )
  select tenant from (
    select tenant from used union select tenant from holdings union select tenant from billing_entries
  ) known where tenant > $1 and tenant ~ '^[a-z0-9-]{1,63}$' order by tenant limit ${tenantsOfCall + 1}`;

export async function issueAll(
  sql: Sql,
  { after, ...wish }: Omit<IssuedBy, "tenant"> & { readonly after: string },
): Promise<IssuedAll> {
  periodOf(wish.period);
  const rows = await sql.query(owing, [after]);
  const names = rows.slice(0, tenantsOfCall).map(({ tenant }) => String(tenant));
  const tenants: IssuedAll["tenants"][number][] = [];
  for (const tenant of names) tenants.push(await issueOne(sql, { ...wish, tenant }));
  const last = names.at(-1);
  return { tenants, ...(rows.length > tenantsOfCall && last !== undefined ? { next: last } : {}) };
}

async function issueOne(sql: Sql, wish: IssuedBy): Promise<IssuedAll["tenants"][number]> {
  const { tenant } = wish;
  try {
    const { document, isNew } = await issueInvoice(sql, wish);
    return { tenant, number: document.number ?? "", isNew };
  } catch (error) {
    if (!(error instanceof BillingError)) throw error;
    return { tenant, refused: { code: error.code, message: error.message } };
  }
}
