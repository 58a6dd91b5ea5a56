// Brings a database to the shape this version needs: each step once, in order, whole or not at all. A database
// made by a later version is left alone.

import type { Sql, SqlQueries } from "#shared/ledger/sql/sql.ts";

export interface Migration {
  /** From 1, without gaps. A step that has been released is never edited: a later one mends it. */
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
  /** After them, what is of all rows that stand already: in pieces, for one statement over them would be longer than a database's patience. */
  readonly fill?: (queries: SqlQueries) => Promise<void>;
}

/** Of no meaning, and nobody else's. */
const turnKey = 4_605_773;

/**
 * Answers with the steps that were taken now. `finish` is part of the same transaction, whether there were steps or not: what
 * others may do in a new shape stands when they first see it.
 */
export async function migrate(
  sql: Sql,
  migrations: readonly Migration[],
  finish: (queries: SqlQueries) => Promise<void> = async () => undefined,
): Promise<readonly Migration[]> {
  return sql.transaction(async (queries) => {
    // Two processes that start together take turns, from the first statement on: even `create table if not exists`
    // fails when two run it at once.
    await queries.query(`select pg_advisory_xact_lock(${turnKey})`);
    await queries.query(
      `create table if not exists migrations (
         version int primary key,
         name text not null,
         applied_at timestamptz not null default now()
       )`,
    );
    const rows = await queries.query("select coalesce(max(version), 0) as version from migrations");
    const standing = Number(rows[0]?.["version"]);
    refuseLater(standing, migrations);
    const due = migrations.filter(({ version }) => version > standing);
    for (const migration of due) await take(queries, migration);
    await finish(queries);
    return due;
  });
}

async function take(
  queries: SqlQueries,
  { version, name, statements, fill }: Migration,
): Promise<void> {
  for (const statement of statements) await queries.query(statement);
  await fill?.(queries);
  await queries.query("insert into migrations (version, name) values ($1, $2)", [version, name]);
}

function refuseLater(standing: number, migrations: readonly Migration[]): void {
  const known = migrations.at(-1)?.version ?? 0;
  if (standing <= known) return;
  throw laterSchema(standing, known);
}

export const laterSchema = (standing: number, known: number): Error =>
  new Error(
    `the database has schema version ${standing}, this Fairlead knows ${known}: ` +
      `run the version that made it, or a later one`,
  );
