// A tenant's own invoices and entries, asked in its name: the database shows it no other's, whatever the statement forgets.

import type { Sql, SqlQueries } from "#shared/ledger/sql/sql.ts";
import type { InvoiceStanding, TenantBooks } from "#shared/model/billing-desk.ts";
import { amountText, minus, money, sumOf } from "#shared/model/money.ts";
import { accountOf } from "./accounts.ts";
import { entriesOf } from "./billing-entries.ts";
import { creditsLeft } from "./credits.ts";
import { invoiceText, listInvoices } from "./invoice-store.ts";

export interface TenantInvoices {
  /** Newest first. */
  list(tenant: string, limit: number): Promise<readonly InvoiceStanding[]>;
  /** As it was issued. Throws `unknown_invoice` for another's, as for none. */
  text(tenant: string, number: string): Promise<string>;
}

export const tenantInvoices = (sql: Pick<Sql, "asTenant">): TenantInvoices => ({
  list: (tenant, limit) => sql.asTenant(tenant, (own) => listInvoices(own, { limit })),
  text: (tenant, number) => sql.asTenant(tenant, (own) => invoiceText(own, number)),
});

/** For operators. */
export async function tenantBooks(
  queries: SqlQueries,
  tenant: string,
  { limit, nowEpochMs }: { readonly limit: number; readonly nowEpochMs: number },
): Promise<TenantBooks> {
  const { currency } = await accountOf(queries, tenant);
  const credits = await creditsLeft(queries, tenant, { currency, fromEpochMs: nowEpochMs });
  const [row] = await queries.query(
    `select coalesce(sum(amount) filter (where kind = 'dispute-opened' and not exists (
         select from billing_entries r where r.of_entry = e.seq and r.kind = 'dispute-resolved')), 0)::text as disputed,
       coalesce(sum(amount) filter (where kind = 'adjustment'), 0)::text as adjusted,
       coalesce((select sum(amount) from invoice_lines l where l.tenant = $1 and l.key like 'entry/%' and not exists (
         select from billing_entries v where v.invoice = l.number and v.kind = 'invoice-void')), 0)::text as invoiced
     from billing_entries e where tenant = $1`,
    [tenant],
  );
  const said = (name: string) => money(currency, String(row?.[name]));
  return {
    tenant,
    currency,
    credit: amountText(
      sumOf(
        currency,
        credits.map(({ left }) => left),
      ),
    ),
    disputed: amountText(said("disputed")),
    pending: amountText(minus(said("adjusted"), said("invoiced"))),
    entries: await entriesOf(queries, tenant, limit),
  };
}
