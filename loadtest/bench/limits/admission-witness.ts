// Who was admitted and when, taken off the bus: the owner's own word to each session, `queued`, as the NATS servers
// pass it on. A killed owner takes none of it with it, as it would of its log, and no client's delay is in it. What is
// said again, as after a takeover, counts once, at the first time.

import { unpackEnvelope } from "#shared/bus/msgpackr-envelope.ts";
import { connectNats } from "#shared/bus/nats-connection.ts";
import { subjectsBetween } from "#shared/bus/subjects.ts";
import type { TrustFiles } from "#shared/config/trust.ts";
import { readTrust } from "#shared/config/trust.ts";
import { tenantQueueAddress } from "#shared/messages/addresses.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { TenantId } from "#shared/model/ids.ts";

export interface Witness {
  /** By request, when its owner first said so, on this process's monotonic clock; in that order. */
  readonly queuedMs: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

interface WitnessOptions {
  /** Of an edge: who hears what is said to sessions. */
  readonly trustFiles: TrustFiles;
  readonly natsServers: readonly string[];
  readonly tenant: string;
}

export async function witnessAdmissions({
  trustFiles,
  natsServers,
  tenant,
}: WitnessOptions): Promise<Witness> {
  const link = await connectNats({
    servers: natsServers,
    trust: readTrust(trustFiles),
    role: "edge",
    process: "admission-witness",
    onNote: () => undefined,
  });
  const queue = tenantQueueAddress(tenant as TenantId);
  const queuedMs = new Map<string, number>();
  link.connection.subscribe(subjectsBetween("tenant-queue", "session"), {
    callback(error, { data }) {
      if (error !== null) return;
      const unpacked = unpackEnvelope(data);
      if (unpacked.kind !== "message" || unpacked.from !== queue) return;
      const message = unpacked.message as ToSession;
      if (message.kind !== "queued") return;
      const { requestId } = message;
      if (!queuedMs.has(requestId)) queuedMs.set(requestId, performance.now());
    },
  });
  await link.connection.flush();
  return { queuedMs, close: () => link.close() };
}
