// The versions of the desired state, for what stands beside the fleet file: a change of it is a new version with the digest of the
// same file. Law: whoever changes something takes its turn first, and no version is given twice.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";

/** Two that change the desired state at once take turns, to the end of their transactions. */
export async function takeTurns(queries: SqlQueries): Promise<void> {
  await queries.query("lock table fleet_versions in exclusive mode");
}

/** 0: nothing has been applied yet. */
export async function standingVersion(queries: SqlQueries): Promise<number> {
  const [row] = await queries.query("select max(version) as version from fleet_versions");
  return Number(row?.["version"] ?? 0);
}

/** Answers with it; 0 where there is nothing to be a version of. In its turn. */
export async function nextVersion(queries: SqlQueries): Promise<number> {
  const [made] = await queries.query(
    `insert into fleet_versions (version, digest)
     select version + 1, digest from fleet_versions order by version desc limit 1
     returning version`,
  );
  return Number(made?.["version"] ?? 0);
}
