// What the ledger's tables hold and weigh, and what a record of usage costs in bytes.

import type { Sql } from "#shared/ledger/sql/sql.ts";

export interface TableSize {
  readonly rows: number;
  readonly heap_bytes: number;
  readonly index_bytes: number;
}

export async function tableSizes(sql: Sql): Promise<Readonly<Record<string, TableSize>>> {
  const rows = await sql.query(
    `select relname::text as name, reltuples::float8 as rows, pg_table_size(oid)::float8 as heap,
       pg_indexes_size(oid)::float8 as indexes
     from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname like 'usage%' order by 1`,
  );
  return Object.fromEntries(
    rows.map(({ name, rows: count, heap, indexes }) => [
      String(name),
      { rows: Number(count), heap_bytes: Number(heap), index_bytes: Number(indexes) },
    ]),
  );
}

/** Levels of each index on the way from its root to a row: how often more records make a look-up longer. */
export async function indexLevels(sql: Sql): Promise<Readonly<Record<string, number>>> {
  const rows = await sql.query(
    `select c.relname::text as name, c.reltuples::float8 as rows, c.relpages::float8 as pages
     from pg_class c join pg_index i on i.indexrelid = c.oid join pg_class t on t.oid = i.indrelid
     where t.relname like 'usage%' and c.relpages > 1 order by 1`,
  );
  // Without the superuser's pageinspect: pages of 8 kB, with as many keys each as the leaves have.
  return Object.fromEntries(
    rows.map(({ name, rows: count, pages }) => {
      const fanOut = Math.max(2, Math.min(Number(count) / Number(pages), 300));
      return [String(name), 1 + Math.ceil(Math.log(Number(pages)) / Math.log(fanOut))];
    }),
  );
}
