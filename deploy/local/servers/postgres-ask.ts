// Whether Postgres works: it lets us in and answers a query.

import { Client } from "pg";
import type { TrustFiles } from "#shared/config/trust.ts";
import { readTrust } from "#shared/config/trust.ts";
import { loopback } from "./server-options.ts";

const patienceMs = 2_000;

export async function askPostgres(port: number, trust?: TrustFiles): Promise<void> {
  const client = new Client({
    host: loopback,
    port,
    database: "fairlead",
    user: "registry",
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
    ...(trust === undefined ? {} : { ssl: readTrust(trust) }),
  });
  // The server may end the connection while it is being made or unmade.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("select 1");
  } finally {
    await client.end().catch(() => undefined);
  }
}
