// What a process that does not migrate asks of the database before it starts: the schema of this very version, and
// a clock that agrees with its own. Throws what an operator must do.

import { migrations as ours } from "./migrations.ts";
import type { Migration } from "./migrate.ts";
import { laterSchema } from "./migrate.ts";
import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import { SqlError } from "#shared/ledger/sql/sql.ts";

export async function requireSchema(
  queries: SqlQueries,
  migrations: readonly Migration[] = ours,
): Promise<void> {
  const needed = migrations.at(-1)?.version ?? 0;
  const standing = await standingVersion(queries);
  if (standing === 0) {
    throw new Error("the database has no schema yet: start the registry, which makes it");
  }
  if (standing < needed) {
    throw new Error(
      `the database's schema is older (${standing}, this needs ${needed}): start a registry of this version`,
    );
  }
  if (standing > needed) throw laterSchema(standing, needed);
}

async function standingVersion(queries: SqlQueries): Promise<number> {
  try {
    const [row] = await queries.query(
      "select coalesce(max(version), 0) as version from migrations",
    );
    return Number(row?.["version"]);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    if (error.code === "42P01") return 0;
    if (error.code !== "42501") throw error;
    throw new Error(
      "this role may not read the database's schema: start a registry of this version, which grants it",
      { cause: error },
    );
  }
}

/** Beyond this, whoever compares moments of two hosts is misled. */
const clockDifferenceMaxMs = 30_000;

/** `epochNowMs`: this host's clock. */
export async function assertClock(queries: SqlQueries, epochNowMs: () => number): Promise<void> {
  const beforeMs = epochNowMs();
  const [row] = await queries.query(
    "select (extract(epoch from clock_timestamp()) * 1000)::float8 as now",
  );
  const nowMs = (beforeMs + epochNowMs()) / 2;
  const aheadMs = nowMs - Number(row?.["now"]);
  if (Math.abs(aheadMs) <= clockDifferenceMaxMs) return;
  throw new Error(
    `this host's clock is ${durationOf(Math.abs(aheadMs))} ${aheadMs > 0 ? "ahead of" : "behind"} the database's: ` +
      `set it right (NTP), here or there, before this process starts`,
  );
}

const durationOf = (ms: number): string =>
  ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
