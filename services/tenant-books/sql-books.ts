// A tenant's own books over the database: each question is asked in the tenant's name, so that the database itself shows no
// other's rows, and none is worked at for longer than a moment.

import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { BooksDesk, BooksQuota } from "#shared/model/books-desk.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { ownRecord, ownRecords } from "./own-records.ts";
import { seriesSeen } from "./series-seen.ts";
import { briefSql } from "./brief-sql.ts";
import { usageSums } from "./usage-sums.ts";

export interface SqlBooksPorts {
  /** Of a process that may ask in tenants' names. */
  readonly sql: Sql;
  /** As the tenant's queue has them. */
  readonly quotas: (tenant: TenantId) => Promise<readonly BooksQuota[]>;
  readonly invoices: (sql: Pick<Sql, "asTenant">) => Pick<BooksDesk, "invoices" | "invoice">;
}

export function sqlBooks({ sql, quotas, invoices }: SqlBooksPorts): BooksDesk {
  const brief = briefSql(sql);
  return {
    series: (tenant, asked) => seriesSeen((wider) => usageSums(brief, tenant, wider), asked),
    records: (tenant, asked) => ownRecords(brief, tenant, asked),
    record: (tenant, asked) => ownRecord(brief, tenant, asked),
    quotas,
    ...invoices(brief),
  };
}
