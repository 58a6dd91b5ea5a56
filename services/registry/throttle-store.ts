// Throttles in the database: beside the fleet, not in it, so that applying a fleet file neither sets nor lifts one. A
// change is a new version of the desired state with an audit row, as any other.

import { writeAudit } from "#shared/ledger/audit/audit.ts";
import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import { nextVersion, standingVersion, takeTurns } from "./fleet-versions.ts";

export interface Throttle {
  readonly tenant: string;
  /** 1 to 99; 100: none. */
  readonly percent: number;
}

export interface Applied {
  readonly version: number;
  /** False: it was like this already. */
  readonly isChanged: boolean;
}

/** Undefined: there is no such tenant. */
export async function throttleIn(
  queries: SqlQueries,
  { tenant, percent }: Throttle,
  actor: string,
): Promise<Applied | undefined> {
  await takeTurns(queries);
  const [known] = await queries.query(
    `select (select percent from throttles where tenant = $1) as percent from tenants where id = $1`,
    [tenant],
  );
  if (known === undefined) return undefined;
  const standing = Number(known["percent"] ?? 100);
  if (standing === percent) {
    return { version: await standingVersion(queries), isChanged: false };
  }
  await queries.query("delete from throttles where tenant = $1", [tenant]);
  if (percent < 100) {
    await queries.query("insert into throttles (tenant, percent) values ($1, $2)", [
      tenant,
      percent,
    ]);
  }
  const version = await nextVersion(queries);
  const detail = { version, tenant, percent, before: standing };
  await writeAudit(queries, { actor, action: "throttle tenant", detail });
  return { version, isChanged: true };
}
