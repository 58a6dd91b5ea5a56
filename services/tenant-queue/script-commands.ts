// The verbs of a transcript: each line becomes one message to the queue, with the fields that matter and usual
// values for the rest. For tests only.

import type { Address } from "#shared/actor/actor.ts";
import {
  routerAddress,
  sessionAddress,
  sessionDirectoryAddress,
  workerAddress,
} from "#shared/messages/addresses.ts";
import type { Submit, TenantQueuePlaced, ToTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type { AdapterDigest, EdgeId, PoolId, RequestId, WorkerId } from "#shared/model/ids.ts";
import type { Idempotency } from "#shared/model/idempotency.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { allowanceOf, escrowWindows, listOf, numberOf, policyOf } from "./script-quotas.ts";
import type { Words } from "./script-quotas.ts";

export interface Command {
  readonly verb: string;
  readonly names: readonly string[];
  readonly words: Words;
}

/** `submit r1 prompt=100`: a verb, names, and words with values. */
export function parseCommand(line: string): Command {
  const [verb = "", ...rest] = line.trim().split(/\s+/);
  const names = rest.filter((part) => !part.includes("="));
  const words = Object.fromEntries(
    rest.filter((part) => part.includes("=")).map((part) => part.split("=")),
  ) as Words;
  return { verb, names, words };
}

/** `preemptions=1 crashes=1`: what became of the attempts before. */
const earlierIn = (words: Words): Pick<Submit, "preemptions" | "suspicion"> => ({
  ...(words["preemptions"] === undefined ? {} : { preemptions: Number(words["preemptions"]) }),
  ...(words["crashes"] === undefined
    ? {}
    : { suspicion: { crashes: Number(words["crashes"]), outputIndex: 0, worker: "" } }),
});

/** `key=k body=b run=1`: the client's name for it. */
const nameOf = (words: Words): { readonly idempotency?: Idempotency } =>
  words["key"] === undefined
    ? {}
    : {
        idempotency: {
          key: words["key"],
          body: words["body"] ?? "b",
          run: numberOf(words, "run", 0),
        },
      };

const totalsOf = (words: Words): ExecutedTotals => ({
  ...nothingExecuted,
  prefillTokens: numberOf(words, "prefill", 0),
  outputTokens: numberOf(words, "output", 0),
});

/** `gone=e2:3000`: for so long. */
function goneIn(words: Words): Partial<Pick<TenantQueuePlaced, "edgesGone">> {
  if (words["gone"] === undefined) return {};
  const edgesGone = listOf(words, "gone").map((word) => {
    const [edge = "", goneForMs = "0"] = word.split(":");
    return { edge: edge as EdgeId, goneForMs: Number(goneForMs) };
  });
  return { edgesGone };
}

export interface Told {
  readonly from: Address;
  readonly message: ToTenantQueue;
}

export function messageOf(command: Command): Told {
  const telling = tellings[command.verb];
  if (telling === undefined) throw new Error(`no such command: ${command.verb}`);
  return telling(givenBy(command));
}

interface Given extends Command {
  readonly first: string;
  readonly requestId: RequestId;
  readonly worker: WorkerId;
  readonly pool: PoolId;
  readonly shardEpoch: number;
  readonly poolEpoch: number;
  readonly attempt: number;
  readonly totals: ExecutedTotals;
  readonly edge: EdgeId;
  readonly session: Address;
  readonly router: Address;
}

function givenBy(command: Command): Given {
  const { names, words } = command;
  const [first = ""] = names;
  const requestId = first as RequestId;
  const edge = (words["edge"] ?? "e1") as EdgeId;
  const pool = (words["pool"] ?? "main") as PoolId;
  return {
    ...command,
    first,
    requestId,
    worker: (words["worker"] ?? "w1") as WorkerId,
    pool,
    shardEpoch: numberOf(words, "epoch", 5),
    poolEpoch: numberOf(words, "pool-epoch", 3),
    attempt: numberOf(words, "attempt", 1),
    totals: totalsOf(words),
    edge,
    session: sessionAddress(edge, (words["session"] ?? first) as RequestId),
    router: routerAddress(pool),
  };
}

const tellings: Readonly<Record<string, (given: Given) => Told>> = {
  placed: ({ shardEpoch, words }) => ({
    from: "owner/p1" as Address,
    message: {
      kind: "placed",
      shard: 17,
      shardEpoch,
      policy: policyOf(words),
      edges: listOf(words, "edges") as EdgeId[],
      ...goneIn(words),
      workers: listOf(words, "workers") as WorkerId[],
      pools: listOf(words, "pools") as PoolId[],
    },
  }),
  "edges-changed": ({ words }) => ({
    from: "owner/p1" as Address,
    message: { kind: "edges-changed", edges: listOf(words, "edges") as EdgeId[] },
  }),
  policy: ({ words }) => ({
    from: "registry/p1" as Address,
    message: { kind: "policy-changed", policy: policyOf(words) },
  }),
  submit: ({ requestId, pool, attempt, shardEpoch, session, names, words }) => ({
    from: session,
    message: {
      kind: "submit",
      requestId,
      attempt,
      pool,
      adapterDigest: (words["adapter"] ?? "") as AdapterDigest,
      prefixKeys: listOf(words, "prefix").map(Number),
      promptTokens: numberOf(words, "prompt", 100),
      outputTokensMax: numberOf(words, "max", 100),
      deliveredTokens: numberOf(words, "delivered", 0),
      admitted: names.includes("admitted"),
      ...(names.includes("unasked") ? {} : { shardEpoch }),
      ageMs: numberOf(words, "age", 0),
      remainingMs: numberOf(words, "remaining", 600_000),
      ...allowanceOf(words),
      ...(words["renews"] === undefined ? {} : { renewsAtEpochMs: Date.parse(words["renews"]) }),
      ...earlierIn(words),
      ...(names.includes("takes-over") ? { takesOver: true } : {}),
      ...(names.includes("lost") ? { hasLostStream: true } : {}),
      ...nameOf(words),
      ...(words["on"] === undefined ? {} : { runningOn: words["on"] as WorkerId }),
    },
  }),
  cancel: ({ requestId, session, names }) => ({
    from: session,
    message: { kind: "cancel", requestId, ...(names.includes("own") ? { isOwn: true } : {}) },
  }),
  finished: ({ requestId, attempt, totals, session, words, names }) => ({
    from: session,
    message: {
      kind: "finished",
      requestId,
      attempt,
      totals,
      deliveredTokens: numberOf(words, "delivered", totals.outputTokens),
      ...(names.includes("whole") ? { isWhole: true } : {}),
      ...(names.includes("served") ? { isServed: true } : {}),
      ...nameOf(words),
      ...(words["lost"] === undefined ? {} : { isOutputLost: true }),
    },
  }),
  locate: ({ requestId, session }) => ({ from: session, message: { kind: "locate", requestId } }),
  renew: ({ edge, names }) => ({
    from: sessionDirectoryAddress(edge),
    message: { kind: "renew", requestIds: names as RequestId[] },
  }),
  "edge-holds": ({ first, shardEpoch, words }) => ({
    from: sessionDirectoryAddress(first as EdgeId),
    message: {
      kind: "edge-holds",
      edge: first as EdgeId,
      shardEpoch,
      sessions: numberOf(words, "sessions", 0),
      admissions: listOf(words, "admissions").map((entry) => {
        const [secondsAgo = 0, requests = 0, tokens = 0] = entry.split(":").map(Number);
        return [secondsAgo, requests, tokens];
      }),
      ended: listOf(words, "ended").map((entry) => {
        const [requestId = "", key = "", end] = entry.split(":");
        const named = { requestId: requestId as RequestId, attempt: 1, isServed: end === "served" };
        return { ...named, idempotency: { key, body: "b", run: 0 } };
      }),
    },
  }),
  "worker-holds": ({ first, pool, shardEpoch, attempt, totals, names, words }) => ({
    from: workerAddress(first as WorkerId),
    message: {
      kind: "worker-holds-sequences",
      worker: first as WorkerId,
      incarnation: 1,
      shardEpoch,
      sequences: names.slice(1).map((name) => ({
        requestId: name as RequestId,
        attempt,
        pool,
        adapterDigest: "" as AdapterDigest,
        promptTokens: numberOf(words, "prompt", 100),
        outputTokensMax: numberOf(words, "max", 100),
        totals,
        ...nameOf(words),
      })),
    },
  }),
  "router-dropped": ({ first, shardEpoch }) => ({
    from: routerAddress(first as PoolId),
    message: { kind: "router-dropped", pool: first as PoolId, shardEpoch },
  }),
  "pool-owner-changed": ({ first, poolEpoch }) => ({
    from: routerAddress(first as PoolId),
    message: { kind: "pool-owner-changed", pool: first as PoolId, poolEpoch },
  }),
  granted: ({ requestId, worker, pool, shardEpoch, poolEpoch, attempt, router, words }) => ({
    from: router,
    message: {
      kind: "queue-granted",
      requestId,
      attempt,
      worker,
      incarnation: 1,
      shardEpoch,
      poolEpoch,
      weight: numberOf(words, "weight", 1),
      pool,
      virtualTime: numberOf(words, "virtual-time", 0),
      finishTag: numberOf(words, "finish-tag", 0),
    },
  }),
  voided: ({ requestId, pool, poolEpoch, attempt, router, words }) => ({
    from: router,
    message: {
      kind: "voided",
      requestId,
      attempt,
      pool,
      poolEpoch,
      reason: (words["reason"] ?? "not-started") as "not-started",
    },
  }),
  /** The store's answer to the exchange with that number, of tokens: `granted` of the day unless its words say otherwise. */
  escrow: ({ first, shardEpoch, words }) => ({
    from: "coordination/p1" as Address,
    message: {
      kind: "escrow-exchanged",
      shardEpoch,
      seq: Number(first),
      windows: escrowWindows(words),
    },
  }),
  progress: ({ requestId, worker, attempt, totals }) => ({
    from: workerAddress(worker),
    message: {
      kind: "queue-progress",
      worker,
      incarnation: 1,
      sequences: [{ requestId, attempt, totals }],
    },
  }),
  ended: ({ requestId, worker, attempt, totals, names }) => ({
    from: workerAddress(worker),
    message: {
      kind: "queue-ended",
      requestId,
      attempt,
      worker,
      incarnation: 1,
      isFinal: !names.includes("returned"),
      totals,
    },
  }),
  "claim-bill": ({ requestId, worker, attempt, words }) => ({
    from: workerAddress(worker),
    message: {
      kind: "claim-bill",
      requestId,
      attempt,
      outputTokens: numberOf(words, "output", 0),
    },
  }),
};
