// Dead letters of the fleet: a stream with one subject per request, so that a letter written twice stands once. Bounded by
// number, bytes and age; the oldest goes first. Edges write, the registry makes the stream, reads and drops.

import type { JetStreamManager, StreamAPI } from "@nats-io/jetstream";
import {
  JetStreamApiCodes,
  JetStreamApiError,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import { setTimeout as pause } from "node:timers/promises";
import type { DeadLetter, DeadLetters, LetterFilter } from "./dead-letters.ts";
import { letterKeptMs, lettersMax } from "./dead-letters.ts";
import type { NatsLink } from "./nats-connection.ts";
import { deadLetterStream, deadLetterSubjects } from "./nats-permissions.ts";

const nanosPerMs = 1_000_000;
const apiTimeoutMs = 3_000;
const writeTimeoutMs = 2_000;
const replicasMax = 3;
/** A cluster that has just started takes a while to choose its leaders. */
const startPatienceMs = 10_000;
/** A list looks at no more, whatever was dropped in between. */
const looksMax = 2_000;
const looksAtOnce = 32;

const streamConfig = (replicas: number) => ({
  subjects: [`${deadLetterSubjects}.>`],
  storage: "file" as const,
  retention: "limits" as const,
  discard: "old" as const,
  max_msgs: lettersMax,
  max_msgs_per_subject: 1,
  max_bytes: 64 * 1024 ** 2,
  max_msg_size: 16_384,
  max_age: letterKeptMs * nanosPerMs,
  num_replicas: replicas,
});

/** Rejects with what is wrong. Safe for several processes at once, and again. */
export async function ensureDeadLetterStream({ connection }: NatsLink): Promise<void> {
  const config = streamConfig(connection.info?.cluster === undefined ? 1 : replicasMax);
  const untilMs = performance.now() + startPatienceMs;
  for (;;) {
    try {
      const { streams } = await jetstreamManager(connection, { timeout: apiTimeoutMs });
      return await ensure(streams, config);
    } catch (error) {
      if (performance.now() > untilMs) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`the stream of dead letters cannot be had: ${reason}`, { cause: error });
      }
    }
    await pause(500);
  }
}

async function ensure(streams: StreamAPI, config: ReturnType<typeof streamConfig>): Promise<void> {
  try {
    await streams.info(deadLetterStream);
    await streams.update(deadLetterStream, config);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    await streams.add({ name: deadLetterStream, ...config });
  }
}

export class NatsDeadLetters implements DeadLetters {
  readonly #link: NatsLink;
  #manager: JetStreamManager | undefined;

  constructor(link: NatsLink) {
    this.#link = link;
  }

  async write(letter: DeadLetter): Promise<void> {
    const client = jetstream(this.#link.connection, { timeout: writeTimeoutMs });
    await client.publish(subjectOf(letter.requestId), JSON.stringify(letter), {
      msgID: letter.requestId,
    });
  }

  async list({ tenant, limit }: LetterFilter): Promise<readonly DeadLetter[]> {
    const manager = await this.#managed();
    const { state } = await manager.streams.info(deadLetterStream);
    const found: DeadLetter[] = [];
    // Of one that never held any, both are zero, and there is no message of that number.
    const lowest = Math.max(1, state.first_seq, state.last_seq - looksMax + 1);
    for (let high = state.last_seq; high >= lowest && found.length < limit; high -= looksAtOnce) {
      const seqs: number[] = [];
      for (let seq = high; seq >= lowest && seq > high - looksAtOnce; seq--) seqs.push(seq);
      const letters = await Promise.all(seqs.map((seq) => read(manager, { seq })));
      for (const letter of letters) {
        if (letter === undefined || (tenant !== undefined && letter.tenant !== tenant)) continue;
        found.push(letter);
      }
    }
    return found.slice(0, limit);
  }

  async find(requestId: string): Promise<DeadLetter | undefined> {
    return isId(requestId)
      ? read(await this.#managed(), { last_by_subj: subjectOf(requestId) })
      : undefined;
  }

  async drop(requestId: string): Promise<boolean> {
    if (!isId(requestId)) return false;
    const manager = await this.#managed();
    const stored = await stand(manager, { last_by_subj: subjectOf(requestId) });
    return stored !== undefined && manager.streams.deleteMessage(deadLetterStream, stored.seq);
  }

  async #managed(): Promise<JetStreamManager> {
    this.#manager ??= await jetstreamManager(this.#link.connection, { timeout: apiTimeoutMs });
    return this.#manager;
  }
}

const subjectOf = (requestId: string): string => `${deadLetterSubjects}.${requestId}`;

/** One token of a subject. */
const isId = (text: string): boolean => /^[\w-]{1,64}$/.test(text);

type Query = { readonly seq: number } | { readonly last_by_subj: string };

async function stand(manager: JetStreamManager, query: Query) {
  try {
    return (await manager.streams.getMessage(deadLetterStream, query)) ?? undefined;
  } catch (error) {
    if (isNoMessage(error)) return undefined;
    throw error;
  }
}

async function read(manager: JetStreamManager, query: Query): Promise<DeadLetter | undefined> {
  const stored = await stand(manager, query);
  if (stored === undefined) return undefined;
  try {
    return stored.json<DeadLetter>();
  } catch {
    return undefined;
  }
}

const isNoMessage = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === JetStreamApiCodes.NoMessageFound;

const isAbsent = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
