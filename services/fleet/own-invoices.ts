// A tenant's own invoices as its books tell them: asked in its name, as JSON as they were issued, or made a table or a page of that.

import type { Sql } from "#shared/ledger/sql/sql.ts";
import { BillingError } from "#shared/model/billing-desk.ts";
import type { BooksDesk } from "#shared/model/books-desk.ts";
import type { InvoiceDocument } from "#shared/model/invoice.ts";
import { invoiceCsv } from "#services/billing/invoice-csv.ts";
import { invoicePage } from "#services/billing/invoice-page.ts";
import { tenantInvoices } from "#services/billing/tenant-invoices.ts";

/** Of one tenant, the newest: some for each month of many years. */
const invoicesMax = 500;

export function ownInvoices(sql: Pick<Sql, "asTenant">): Pick<BooksDesk, "invoices" | "invoice"> {
  const own = tenantInvoices(sql);
  return {
    invoices: async (tenant) =>
      (await own.list(tenant, invoicesMax)).map(
        ({ number, period, currency, total, issuedAtEpochMs, isVoid }) => ({
          number,
          period,
          currency,
          total,
          issuedAtEpochMs,
          isVoid,
        }),
      ),
    async invoice(tenant, { number, format }) {
      const text = await own.text(tenant, number).catch(none);
      if (text === undefined || format === "json") return text;
      const document = JSON.parse(text) as InvoiceDocument;
      return format === "csv" ? invoiceCsv(document) : invoicePage(document);
    },
  };
}

function none(error: unknown): undefined {
  if (error instanceof BillingError && error.code === "unknown_invoice") return undefined;
  throw error;
}
