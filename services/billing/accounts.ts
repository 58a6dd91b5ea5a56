// Whose money is what: the currency and the issuer of a tenant's invoices. Law: one currency for a tenant; what is in another is refused.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import { BillingError } from "#shared/model/billing-desk.ts";

export interface BillingAccount {
  readonly tenant: string;
  readonly currency: string;
  readonly issuer: { readonly id: string; readonly name: string; readonly address: string };
}

/** Its own, or the one for all that have none. */
export async function accountOf(queries: SqlQueries, tenant: string): Promise<BillingAccount> {
  const [row] = await queries.query(
    `select a.currency, i.id, i.name, i.address from billing_accounts a join billing_issuers i on i.id = a.issuer
     where a.tenant in ($1, '') order by a.tenant desc limit 1`,
    [tenant],
  );
  if (row === undefined) {
    throw new BillingError(
      "no_account",
      `${tenant} has no billing account, and there is none for all: name one in the price file's accounts`,
    );
  }
  const issuer = {
    id: String(row["id"]),
    name: String(row["name"]),
    address: String(row["address"]),
  };
  return { tenant, currency: String(row["currency"]), issuer };
}

/** Changes to a tenant's books take turns, to the end of the transaction. */
export async function lockBooks(queries: SqlQueries, tenant: string): Promise<void> {
  await queries.query("select pg_advisory_xact_lock(4605775, hashtext($1))", [tenant]);
}

/** Whoever was ever held, used anything, has an account of its own or entries: who has left is known, who was misspelt is not. */
export async function assertKnown(queries: SqlQueries, tenant: string): Promise<void> {
  const [row] = await queries.query(
    `select exists (select from holdings where tenant = $1) or exists (select from usage where tenant = $1)
       or exists (select from billing_accounts where tenant = $1)
       or exists (select from billing_entries where tenant = $1) as known`,
    [tenant],
  );
  if (row?.["known"] !== true) {
    throw new BillingError("unknown_tenant", `There is no tenant ${tenant}, and there never was.`);
  }
}
