// Who was admitted and by when, taken off the bus: the owner's own word to each session, `queued`, as the NATS servers
// pass it on. A killed owner takes none of it with it, as it would of its log, and no client's delay is in it. An owner that
// says it again says nothing new; its successor may have admitted what its word had not reached in time.

import { unpackEnvelope } from "#shared/bus/msgpackr-envelope.ts";
import { connectNats } from "#shared/bus/nats-connection.ts";
import { subjectsBetween } from "#shared/bus/subjects.ts";
import type { TrustFiles } from "#shared/config/trust.ts";
import { readTrust } from "#shared/config/trust.ts";
import { tenantQueueAddress } from "#shared/messages/addresses.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { machineMs } from "./machine-clock.ts";

export interface Witness {
  /** By request. */
  readonly queued: ReadonlyMap<string, Word>;
  close(): Promise<void>;
}

interface Word {
  /** Of its last owner. */
  readonly shardEpoch: number;
  /** On the machine's clock: of its first owner, and of its last. */
  readonly firstMs: number;
  readonly latestMs: number;
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
  const queued = new Map<string, Word>();
  link.connection.subscribe(subjectsBetween("tenant-queue", "session"), {
    callback(error, { data }) {
      if (error !== null) return;
      const unpacked = unpackEnvelope(data);
      if (unpacked.kind !== "message" || unpacked.from !== queue) return;
      const message = unpacked.message as ToSession;
      if (message.kind !== "queued") return;
      const { requestId, shardEpoch } = message;
      const known = queued.get(requestId);
      if (known !== undefined && shardEpoch <= known.shardEpoch) return;
      const latestMs = machineMs();
      queued.set(requestId, { shardEpoch, firstMs: known?.firstMs ?? latestMs, latestMs });
    },
  });
  await link.connection.flush();
  return { queued, close: () => link.close() };
}
