// The audit: who did what, when, added in the transaction of what was done. Law: `writeAudit` is the one way in, and the
// database chains what comes (`audit-schema.ts`); nothing takes a row back.

import type { AuditVerdict, ChainPlace } from "./audit-chain.ts";
import { verifyAudit } from "./audit-chain.ts";
import type { Sql, SqlQueries, SqlRow, SqlValue } from "#shared/ledger/sql/sql.ts";

export interface AuditEntry {
  /** `admin-api`, `start`, `tenant T`. */
  readonly actor: string;
  /** An imperative: `throttle tenant`. */
  readonly action: string;
  /** No secret, no key, no prompt. */
  readonly detail: object;
}

export interface AuditRow extends AuditEntry {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly atEpochMs: number;
  readonly previousHash: string;
  readonly hash: string;
}

/** What is absent does not narrow. Newest first. */
export interface AuditQuery {
  readonly limit: number;
  readonly sinceEpochMs?: number;
  readonly actor?: string;
  readonly action?: string;
}

export interface AuditVerification {
  /** What an earlier verification ended with: checked first, and the chain from there on. Absent: from the first row. */
  readonly after?: ChainPlace;
  /** A place that was seen before, and must still be in the chain. */
  readonly head?: ChainPlace;
}

export interface AuditLog {
  /** Of an action that changes nothing in this database. */
  write(entry: AuditEntry): Promise<void>;
  rows(query: AuditQuery): Promise<readonly AuditRow[]>;
  /** A bounded number of rows; where there are more, the answer says from where to go on. */
  verify(verification: AuditVerification): Promise<AuditVerdict>;
}

/** Last in its transaction: others that write to the audit wait from here to its end. */
export async function writeAudit(
  queries: SqlQueries,
  { actor, action, detail }: AuditEntry,
): Promise<void> {
  await queries.query(
    "insert into audit (actor, action, detail) values ($1, $2, $3::text::jsonb)",
    [actor, action, JSON.stringify(detail)],
  );
}

/** Over a database that `migrate` has been run on. */
export const sqlAudit = (sql: Sql): AuditLog => ({
  write: (entry) => sql.transaction((queries) => writeAudit(queries, entry)),
  rows: (query) => rowsOf(sql, query),
  verify: (verification) => verifyAudit(sql, verification),
});

async function rowsOf(
  sql: SqlQueries,
  { limit, sinceEpochMs, actor, action }: AuditQuery,
): Promise<readonly AuditRow[]> {
  const values: readonly SqlValue[] = [limit, sinceEpochMs ?? null, actor ?? null, action ?? null];
  const rows = await sql.query(
    `select seq::float8 as seq, floor(extract(epoch from at) * 1000)::float8 as at, actor, action, detail,
       previous_hash, hash
     from audit
     where ($2::float8 is null or at >= to_timestamp($2::float8 / 1000))
       and ($3::text is null or actor = $3) and ($4::text is null or action = $4)
     order by seq desc limit $1`,
    values,
  );
  return rows.map(rowOf);
}

const rowOf = ({ at, previous_hash: previousHash, ...row }: SqlRow): AuditRow =>
  ({ ...row, atEpochMs: at, previousHash }) as unknown as AuditRow;
