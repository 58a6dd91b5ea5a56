// The clients of a house and their sessions, played: each request submits when it is due, starts where it is granted,
// acknowledges what it gets, asks again when its attempt was returned, and says that it is finished.

import type { Address, Send } from "#shared/actor/actor.ts";
import {
  sessionAddress,
  sessionDirectoryAddress,
  tenantQueueAddress,
  workerAddress,
} from "#shared/messages/addresses.ts";
import type { Granted, Tokens, ToSession } from "#shared/messages/to-session.ts";
import type { CollectSessions } from "#shared/messages/to-session-directory.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { EdgeId, PoolId, RequestId, TenantId } from "#shared/model/ids.ts";
import type { PrefixKeys } from "#shared/model/prefix-ladder.ts";
import { bytesPerToken } from "#shared/model/tokenizer.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import { blockBytes } from "#loadtest/bench/locality/block-bytes.ts";
import { prefixNamespace } from "#services/edge/prefix-namespace.ts";
import { prefixKeys } from "#services/edge/session/prefix-keys.ts";
import type { Delivery, SuiteRequest } from "./suite-request.ts";

export const houseEdge: EdgeId = "edge-1" as EdgeId;
export const housePool: PoolId = "bench" as PoolId;

/** Every tenant's shard, placed once. */
export const houseShard = 0;

/** What a client asks for at most: the scheduler knows no more of an output's length. */
const outputTokensMax = 1024;
/** Far below the unacknowledged window: no sequence ever pauses for its client. */
const tokensPerAck = 16;
const patienceMs = 1e9;

/** What is said, and by whom. */
export interface Said {
  readonly from: Address;
  readonly to: Address;
  readonly message: unknown;
}

const nothingSaid: readonly Said[] = [];
const directory = sessionDirectoryAddress(houseEdge);
const say = (from: Address, { to, message }: Send): Said => ({ from, to, message });

interface Session {
  readonly request: SuiteRequest;
  readonly requestId: RequestId;
  readonly address: Address;
  readonly tenant: TenantId;
  readonly namespace: string;
  readonly prefixKeys: PrefixKeys;
  cachedTokens: number;
  attempt: number;
  preemptions: number;
  readonly tokens: Token[];
  readonly tokensAtMs: number[];
  isOver: boolean;
  /** Where its current attempt was started. */
  worker: Address | undefined;
}

export const tenantOf = (client: number): TenantId => `tenant-${client}` as TenantId;

export class HouseClients {
  readonly deliveries: Delivery[] = [];
  /** Attempts that were returned, preempted or otherwise. */
  returned = 0;
  readonly #sessions = new Map<Address, Session>();

  /** The true length of an answer, less what its client has: for the policy that is told. */
  outputTokensLeft(requestId: RequestId): number {
    const session = this.#sessions.get(sessionAddress(houseEdge, requestId));
    return session === undefined ? 1 : session.request.outputTokens - session.tokens.length;
  }

  submit(request: SuiteRequest, number: number): readonly Said[] {
    const requestId = number.toString(16).padStart(32, "0") as RequestId;
    const tenant = tenantOf(request.client);
    const namespace = namespaceOf(tenant, request.adapter);
    const session: Session = {
      request,
      requestId,
      address: sessionAddress(houseEdge, requestId),
      tenant,
      namespace,
      prefixKeys:
        request.prefixBlocks === undefined ? [] : prefixKeys(namespace, promptOf(request)),
      cachedTokens: 0,
      attempt: 1,
      preemptions: 0,
      tokens: [],
      tokensAtMs: [],
      isOver: false,
      worker: undefined,
    };
    this.#sessions.set(session.address, session);
    return [say(session.address, submitting(session))];
  }

  hear(address: Address, message: ToSession, nowMs: number): readonly Said[] {
    const session = this.#sessions.get(address);
    if (session === undefined) return [];
    switch (message.kind) {
      case "granted":
        return start(session, message);
      case "tokens":
        return this.#take(session, message, nowMs);
      case "refused":
        this.#end(session);
        this.#sessions.delete(address);
        return [];
      case "returned":
        this.returned++;
        if (message.reason === "preempted") session.preemptions++;
        return again(session, message.attempt);
      case "start-refused":
        return again(session, message.attempt);
      case "settled":
        this.#sessions.delete(address);
        return [];
      default:
        return [];
    }
  }

  /** A queue was placed: nothing lives here yet. */
  hearDirectory(queue: Address, { shardEpoch }: CollectSessions): readonly Said[] {
    const holds = { edge: houseEdge, shardEpoch, sessions: 0, admissions: [] } as const;
    return [say(directory, toTenantQueue(queue, { kind: "edge-holds", ...holds }))];
  }

  /** Their reservations stay alive while they wait. */
  renew(): readonly Said[] {
    const byTenant = new Map<TenantId, RequestId[]>();
    for (const { tenant, requestId } of this.#sessions.values()) {
      const known = byTenant.get(tenant);
      if (known === undefined) byTenant.set(tenant, [requestId]);
      else known.push(requestId);
    }
    return [...byTenant].map(([tenant, requestIds]) =>
      say(directory, toTenantQueue(tenantQueueAddress(tenant), { kind: "renew", requestIds })),
    );
  }

  #take(session: Session, message: Tokens, nowMs: number): readonly Said[] {
    const { requestId, tokens, tokensAtMs } = session;
    const { worker } = session;
    if (message.attempt !== session.attempt || session.isOver || worker === undefined) return [];
    for (const token of message.tokens.slice(tokens.length - message.firstIndex)) {
      tokens.push(token);
      tokensAtMs.push(nowMs);
    }
    const { attempt } = session;
    if (message.end === undefined && tokens.length % tokensPerAck !== 0) return nothingSaid;
    const ack = { kind: "ack", requestId, attempt, nextIndex: tokens.length } as const;
    const acked = say(session.address, toWorker(worker, { ...ack, isBehind: false }));
    if (message.end === undefined) return [acked];
    const { totals } = message.end;
    session.cachedTokens = totals.cachedTokens;
    this.#end(session);
    const finished = { kind: "finished", requestId, attempt, totals } as const;
    const queue = tenantQueueAddress(session.tenant);
    // However it is told to the engine, a played output is as long as it is.
    const whole = { deliveredTokens: tokens.length, isWhole: true } as const;
    const settling = toTenantQueue(queue, { ...finished, ...whole });
    return [acked, say(session.address, settling)];
  }

  #end(session: Session): void {
    session.isOver = true;
    const { request, tokensAtMs, cachedTokens } = session;
    this.deliveries.push({ request, tokensAtMs, cachedTokens });
  }
}

function submitting(session: Session): Send {
  const { requestId, attempt, request, tokens, tenant, preemptions } = session;
  return toTenantQueue(tenantQueueAddress(tenant), {
    kind: "submit",
    requestId,
    attempt,
    pool: housePool,
    adapterDigest: request.adapter ?? baseModel,
    prefixKeys: session.prefixKeys,
    promptTokens: request.promptTokens,
    outputTokensMax,
    ...(preemptions === 0 ? {} : { preemptions }),
    deliveredTokens: tokens.length,
    admitted: attempt > 1,
    ageMs: 0,
    remainingMs: patienceMs,
  });
}

function start(session: Session, granted: Granted): readonly Said[] {
  if (session.isOver || granted.attempt < session.attempt) return [];
  const { request, requestId, tenant, tokens, namespace } = session;
  const { attempt, worker, incarnation, shardEpoch, poolEpoch, weight, band } = granted;
  session.attempt = attempt;
  const to = workerAddress(worker);
  session.worker = to;
  return [
    say(
      session.address,
      toWorker(to, {
        kind: "start",
        requestId,
        attempt,
        incarnation,
        shard: houseShard,
        shardEpoch,
        poolEpoch,
        tenant,
        weight,
        ...(band === undefined ? {} : { band }),
        namespace,
        adapterDigest: request.adapter ?? baseModel,
        promptBytes: promptOf(request, requestId),
        promptDigest: requestId,
        promptTokens: request.promptTokens,
        forcedPrefix: [...tokens],
        outputTokensMax: request.outputTokens,
        outputTokensMin: 1,
        ignoreEos: true,
        sampling: {},
        outputTokensGranted: outputTokensMax,
      }),
    ),
  ];
}

const namespaceOf = (tenant: TenantId, adapterDigest = baseModel): string =>
  prefixNamespace({
    trustGroup: tenant,
    modelVersion: "bench",
    tokenizer: "quad",
    adapterDigest,
  });

/** One without blocks is like no other's from its beginning, so that nothing is found in a prefix cache. */
function promptOf({ promptTokens, prefixBlocks }: SuiteRequest, requestId = ""): Uint8Array {
  if (prefixBlocks !== undefined) return blockBytes(prefixBlocks, promptTokens);
  const bytes = new Uint8Array(promptTokens * bytesPerToken).fill(0x61);
  new DataView(bytes.buffer).setUint32(0, Number(`0x${requestId.slice(-8)}`));
  return bytes;
}

function again(session: Session, attempt: number): readonly Said[] {
  if (session.isOver || attempt < session.attempt) return [];
  session.attempt = attempt + 1;
  return [say(session.address, submitting(session))];
}
