// The port to a SQL database: PGlite embedded, Postgres in the fleet, one dialect that both accept.
// Parameters are plain values; lists and objects travel as JSON text and are unpacked in SQL, so that no
// driver's own idea of arrays or JSON matters. Sums and 8-byte integers are cast to float8 for the same reason.

export type SqlValue = string | number | boolean | null;

export type SqlRow = Readonly<Record<string, unknown>>;

export interface SqlQueries {
  /** One statement, `$1` … for its values. */
  query(text: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
}

export interface Sql extends SqlQueries {
  /**
   * All of `work` or nothing of it; a throw rolls back and is thrown on. `work` uses only the queries it is
   * given: asking the outer port from inside waits for itself.
   */
  transaction<Result>(work: (queries: SqlQueries) => Promise<Result>): Promise<Result>;
  /**
   * A transaction in one tenant's name: the database itself shows and takes that tenant's rows alone (`tenant-rows.ts`).
   * Only statements on rows; part of a larger transaction: `tenant-scope.ts`.
   */
  asTenant<Result>(tenant: string, work: (queries: SqlQueries) => Promise<Result>): Promise<Result>;
  /** What was asked before is answered first; later questions are refused. */
  close(): Promise<void>;
}

/** The database refused a statement. `code` is the SQLSTATE, where there is one. */
export class SqlError extends Error {
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.name = "SqlError";
    this.code = code;
  }
}
