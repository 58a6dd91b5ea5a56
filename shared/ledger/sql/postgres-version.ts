// The oldest Postgres that the schema and its statements are written for.

import type { SqlQueries } from "./sql.ts";
import { SqlError } from "./sql.ts";

const oldest = 13;

export async function requirePostgresVersion(queries: SqlQueries): Promise<void> {
  const [row] = await queries.query("select current_setting('server_version_num')::int as version");
  const major = Math.floor(Number(row?.["version"]) / 10_000);
  if (major >= oldest) return;
  throw new SqlError(
    `this Postgres is version ${major}: Fairlead needs ${oldest} or later, upgrade it`,
    "0A000",
  );
}
