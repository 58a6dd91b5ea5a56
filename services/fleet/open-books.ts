// Tenants' own books where they can be asked in tenants' names: the database, what operators see of quotas, and the bounds of both.

import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { BooksDesk } from "#shared/model/books-desk.ts";
import { boundedBooks } from "#services/tenant-books/bounded-books.ts";
import { sqlBooks } from "#services/tenant-books/sql-books.ts";
import { ownInvoices } from "./own-invoices.ts";
import type { TenantQuotasPorts } from "./tenant-quotas.ts";
import { tenantQuotas } from "./tenant-quotas.ts";

export interface BooksPorts extends TenantQuotasPorts {
  readonly sql: Sql;
}

export const openBooks = ({ sql, ...ports }: BooksPorts): BooksDesk =>
  boundedBooks(sqlBooks({ sql, quotas: tenantQuotas(ports), invoices: ownInvoices }));
