// Throttles in the database: beside the fleet, not in it, so that applying a fleet file neither sets nor lifts one. A
// change is a new version of the desired state with an audit row, as any other.

import { writeAudit } from "#shared/ledger/audit.ts";
import type { SqlQueries } from "#shared/ledger/sql.ts";

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
  // Two that apply at once take turns.
  await queries.query("lock table fleet_versions in exclusive mode");
  const [known] = await queries.query(
    `select (select percent from throttles where tenant = $1) as percent from tenants where id = $1`,
    [tenant],
  );
  const [latest] = await queries.query(
    "select version, digest from fleet_versions order by version desc limit 1",
  );
  if (known === undefined || latest === undefined) return undefined;
  const standing = Number(known["percent"] ?? 100);
  if (standing === percent) return { version: Number(latest["version"]), isChanged: false };
  const version = Number(latest["version"]) + 1;
  await queries.query("delete from throttles where tenant = $1", [tenant]);
  if (percent < 100) {
    await queries.query("insert into throttles (tenant, percent) values ($1, $2)", [
      tenant,
      percent,
    ]);
  }
  await queries.query("insert into fleet_versions (version, digest) values ($1, $2)", [
    version,
    String(latest["digest"]),
  ]);
  const detail = { version, tenant, percent, before: standing };
  await writeAudit(queries, { actor, action: "throttle tenant", detail });
  return { version, isChanged: true };
}
