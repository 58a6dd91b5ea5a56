// How the usage stream and its consumer stand, asked of the servers. Says what is missing in words: an operator reads it.

import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsLink } from "#shared/bus/nats-connection.ts";
import { usageConsumer, usageStream } from "#shared/bus/nats-permissions.ts";
import type { StreamStanding } from "#shared/model/reconciliation.ts";

const timeoutMs = 3_000;

export async function streamStanding({ connection }: NatsLink): Promise<StreamStanding> {
  const manager = await jetstreamManager(connection, { timeout: timeoutMs, checkAPI: false });
  const { state, created } = await manager.streams.info(usageStream);
  const consumer = await manager.consumers.info(usageStream, usageConsumer);
  return {
    messages: state.messages,
    bytes: state.bytes,
    firstSequence: state.first_seq,
    lastSequence: state.last_seq,
    ackFloor: consumer.ack_floor.stream_seq,
    pending: consumer.num_pending,
    unacknowledged: consumer.num_ack_pending,
    createdAt: created,
  };
}
