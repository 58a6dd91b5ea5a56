// The stream of usage and its one consumer: made if absent, mended where that does no harm, and then read back and
// compared, because a server leaves out silently what it does not know. What cannot be mended is told, not worked around.

import type { JetStreamManager } from "@nats-io/jetstream";
import { JetStreamApiCodes, JetStreamApiError, jetstreamManager } from "@nats-io/jetstream";
import { setTimeout as pause } from "node:timers/promises";
import type { NatsLink } from "#shared/bus/nats-connection.ts";
import { usageConsumer, usageStream, usageSubjects } from "#shared/bus/nats-permissions.ts";
import { usageMessageBytesMax } from "./usage-message.ts";

const nanosPerMs = 1_000_000;
const apiTimeoutMs = 3_000;
/** A cluster that has just started takes a while to choose its leaders. */
const startPatienceMs = 10_000;
const replicasMax = 3;

/** Messages handed out and not acknowledged, over all metering processes: bounds their memory. */
export const unacknowledgedMax = 256;
/** A metering process that dies gives its messages back after this. */
const ackWaitMs = 10_000;

type Config = Readonly<Record<string, unknown>>;

const streamConfig = (replicas: number): Config => ({
  subjects: [`${usageSubjects}.>`],
  storage: "file",
  // What the ledger has leaves the stream, so that its bound is one on what the ledger lacks. A full stream refuses,
  // and nothing in it grows too old: it never forgets what is not stored.
  retention: "workqueue",
  discard: "new",
  max_age: 0,
  num_replicas: replicas,
  max_bytes: 4 * 1024 ** 3,
  max_msg_size: usageMessageBytesMax,
  duplicate_window: 120_000 * nanosPerMs,
});

const consumerConfig: Config = {
  ack_policy: "explicit",
  deliver_policy: "all",
  replay_policy: "instant",
  ack_wait: ackWaitMs * nanosPerMs,
  max_ack_pending: unacknowledgedMax,
  // Until it is stored, however often that takes.
  max_deliver: -1,
};

/** Changed in place if found otherwise: nothing that is stored is lost by it. */
const mendable = new Set([
  "num_replicas",
  "max_age",
  "max_bytes",
  "max_msg_size",
  "duplicate_window",
  "ack_wait",
  "max_ack_pending",
]);

/** A consumer of that creation belongs to a stream of that one: they go together. */
export interface UsageStream {
  readonly streamCreated: string;
  readonly consumerCreated: string;
}

export interface UsageStreamOptions {
  /** Tests keep it small. */
  readonly maxBytes?: number;
}

/** Rejects with what to do. Safe for several processes at once. */
export async function ensureUsageStream(
  { connection }: NatsLink,
  { maxBytes }: UsageStreamOptions = {},
): Promise<UsageStream> {
  const isCluster = connection.info?.cluster !== undefined;
  const wanted = {
    ...streamConfig(isCluster ? replicasMax : 1),
    ...(maxBytes === undefined ? {} : { max_bytes: maxBytes }),
  };
  const untilMs = performance.now() + startPatienceMs;
  for (;;) {
    try {
      const manager = await jetstreamManager(connection, { timeout: apiTimeoutMs });
      return await ensureBoth(manager, wanted);
    } catch (error) {
      if (!isPassing(error, isCluster) || performance.now() > untilMs) throw faultFor(error);
    }
    await pause(500);
  }
}

async function ensureBoth(manager: JetStreamManager, wanted: Config): Promise<UsageStream> {
  const stream = await ensure(`stream ${usageStream}`, wanted, {
    find: async () => ({ ...(await manager.streams.info(usageStream)).config }),
    add: () => manager.streams.add({ name: usageStream, ...wanted }),
    update: () => manager.streams.update(usageStream, wanted),
  }).then(() => manager.streams.info(usageStream));
  await ensure(`consumer ${usageConsumer} of stream ${usageStream}`, consumerConfig, {
    find: async () => ({ ...(await manager.consumers.info(usageStream, usageConsumer)).config }),
    add: () =>
      manager.consumers.add(usageStream, { durable_name: usageConsumer, ...consumerConfig }),
    update: () => manager.consumers.update(usageStream, usageConsumer, consumerConfig),
  });
  const consumer = await manager.consumers.info(usageStream, usageConsumer);
  const again = await manager.streams.info(usageStream);
  if (again.created !== stream.created) return ensureBoth(manager, wanted);
  return { streamCreated: stream.created, consumerCreated: consumer.created };
}

interface Means {
  readonly find: () => Promise<Config>;
  readonly add: () => Promise<unknown>;
  readonly update: () => Promise<unknown>;
}

async function ensure(what: string, wanted: Config, { find, add, update }: Means): Promise<void> {
  const found = await find().catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
  if (found === undefined) await add();
  const differing = differences(wanted, found ?? (await find()));
  if (differing.length === 0) return;
  if (found !== undefined && differing.every(({ field }) => mendable.has(field))) {
    await update();
    const left = differences(wanted, await find());
    if (left.length > 0) throw differs(what, left);
    return;
  }
  throw differs(what, differing);
}

interface Difference {
  readonly field: string;
  readonly wanted: unknown;
  readonly found: unknown;
}

const differences = (wanted: Config, found: Config): readonly Difference[] =>
  Object.entries(wanted)
    .map(([field, value]) => ({ field, wanted: value, found: found[field] }))
    .filter(({ wanted, found }) => JSON.stringify(wanted) !== JSON.stringify(found));

const differs = (what: string, differing: readonly Difference[]): Error =>
  new Error(
    `the ${what} is not as this Fairlead needs it (${differing
      .map(
        ({ field, wanted, found }) =>
          `${field}: wanted ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`,
      )
      .join(
        "; ",
      )}): it may be somebody else's, or the server too old; remove it once it is empty, or mend it by hand`,
  );

export const isAbsent = (error: unknown): boolean =>
  error instanceof JetStreamApiError &&
  (error.code === JetStreamApiCodes.StreamNotFound ||
    error.code === JetStreamApiCodes.ConsumerNotFound);

const isNotEnabled = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === "JetStreamNotEnabled" ||
    (error instanceof JetStreamApiError &&
      error.code === JetStreamApiCodes.JetStreamNotEnabledForAccount));

/** 10008: no leader yet; 10005: no room for another replica yet; 503 without more: the same, from an older server. */
const passingCodes = new Set([10_004, 10_005, 10_008, 10_023]);

function isPassing(error: unknown, isCluster: boolean): boolean {
  if (isNotEnabled(error)) return isCluster;
  if (error instanceof JetStreamApiError) {
    return isAbsent(error) || passingCodes.has(error.code);
  }
  return /timeout|no responders|connection|reconnect/i.test(String(error)) && !isForbidden(error);
}

const isForbidden = (error: unknown): boolean => /permissions violation/i.test(textOf(error));

const textOf = (error: unknown): string => {
  const { message, cause } = error as { message?: unknown; cause?: unknown };
  return `${String(message ?? error)}${cause === undefined ? "" : `: ${textOf(cause)}`}`;
};

function faultFor(error: unknown): Error {
  if (isNotEnabled(error)) {
    return new Error(
      "JetStream is not enabled at the NATS servers, or has no leader: start them with a `jetstream` block (store_dir)",
      { cause: error },
    );
  }
  if (isForbidden(error)) {
    return new Error(
      `this role may not keep the usage stream (${textOf(error)}): run it as role metering, with its permissions`,
      { cause: error },
    );
  }
  if (error instanceof JetStreamApiError) {
    return new Error(`the usage stream cannot be had (${error.code}): ${error.message}`, {
      cause: error,
    });
  }
  if (error instanceof Error && error.message.startsWith("the stream")) return error;
  if (error instanceof Error && error.message.startsWith("the consumer")) return error;
  return new Error(`the usage stream cannot be had: ${textOf(error)}`, { cause: error });
}
