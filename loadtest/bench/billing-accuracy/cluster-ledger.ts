// The ledger of a local fleet, read from the database itself.

import { requiredState } from "#deploy/local/cluster/cluster-state.ts";
import { readTrust } from "#shared/config/trust.ts";
import { openPostgresSql } from "#shared/ledger/sql/postgres-sql.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";

export async function ledgerOf(folder: string): Promise<Sql> {
  const { members, asking } = requiredState(folder);
  const address = members.find(({ role }) => role === "postgres")?.address ?? "";
  const [host = "", port = ""] = address.split(":");
  const files = asking.postgres;
  if (files === undefined) throw new Error("the fleet has no certificate to ask Postgres with");
  const trust = readTrust(files);
  return openPostgresSql({
    host,
    port: Number(port),
    database: "fairlead",
    user: "registry",
    trust,
  });
}
