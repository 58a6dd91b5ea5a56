// Whether a NATS server works: it lets us in, and JetStream answers through it, which in a cluster needs a leader.

import { connect } from "@nats-io/transport-node";
import type { TrustFiles } from "#shared/config/trust.ts";
import { readTrust } from "#shared/config/trust.ts";
import { loopback } from "./server-options.ts";

const patienceMs = 2_000;

export async function askNats(port: number, trust?: TrustFiles): Promise<void> {
  const connection = await connect({
    servers: `${loopback}:${port}`,
    name: "fairlead-local-ask",
    timeout: patienceMs,
    reconnect: false,
    inboxPrefix: "_INBOX.root",
    ...(trust === undefined ? {} : { tls: readTrust(trust) }),
  });
  try {
    const answer = await connection.request("$JS.API.INFO", "", { timeout: patienceMs });
    const { error } = answer.json<{ readonly error?: { readonly description?: string } }>();
    if (error !== undefined) throw new Error(`JetStream: ${error.description ?? "not available"}`);
  } finally {
    await connection.close();
  }
}
