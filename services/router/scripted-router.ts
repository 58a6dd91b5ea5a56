// Drives one router from lines of text, for its transcripts: a line becomes an arrival, effects become lines, `wait`
// lets time pass and fires what was armed.

import type { Address, Effect } from "#shared/actor/actor.ts";
import {
  adapterCacheAddress,
  kvAccountantAddress,
  routerAddress,
  tenantQueueAddress,
  workerAddress,
} from "#shared/messages/addresses.ts";
import type { PlacedEdge, PoolWorker, ToRouter } from "#shared/messages/to-router.ts";
import type { KvLoan } from "#shared/model/kv-blocks.ts";
import type { EdgeId, PoolId, TenantId, WorkerHostId, WorkerId } from "#shared/model/ids.ts";
import type { CostWeights } from "#shared/model/cost.ts";
import { costWeightsDefault } from "#shared/model/cost.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import type { Router } from "./router.actor.ts";
import { router } from "./router.actor.ts";

const pool = "pool" as PoolId;
const host = "h1" as WorkerHostId;

export interface ScriptedRouter {
  readonly state: Router;
  nowMs: number;
  readonly timers: Map<string, { readonly atMs: number; readonly message: unknown }>;
}

export const startScriptedRouter = (): ScriptedRouter => ({
  state: router.init(routerAddress(pool)),
  nowMs: 0,
  timers: new Map(),
});

interface Words {
  /** Words without `=`. */
  readonly plain: readonly string[];
  readonly named: Readonly<Record<string, string>>;
}

/** What one line causes, as lines. */
export function runLine(script: ScriptedRouter, line: string): string[] {
  const [verb = "", ...rest] = line.split(" ");
  const named = Object.fromEntries(
    rest.filter((word) => word.includes("=")).map((word) => word.split("=") as [string, string]),
  );
  const words: Words = { plain: rest.filter((word) => !word.includes("=")), named };
  if (verb === "wait") return wait(script, Number(words.plain[0]));
  const make = arrivals[verb];
  if (make === undefined) throw new Error(`no such command: ${line}`);
  const { from, message } = make(words);
  return deliver(script, from, message);
}

function deliver(script: ScriptedRouter, from: Address, message: ToRouter): string[] {
  const effects = router.receive(script.state, { from, nowMs: script.nowMs, message });
  return effects.flatMap((effect) => keep(script, effect));
}

function keep(script: ScriptedRouter, effect: Effect): string[] {
  switch (effect.kind) {
    case "send":
      return [`to ${effect.to}: ${told(effect.message as Record<string, unknown>)}`];
    case "note":
      return [`note ${told({ kind: effect.event, ...effect.fields })}`];
    case "arm":
      script.timers.set(effect.timer, effect);
      return [];
    case "disarm":
      script.timers.delete(effect.timer);
      return [];
    default:
      return effect satisfies never;
  }
}

/** Said in every line and never the point of a story. */
const untold = new Set(["kind", "pool", "tenant", "cost"]);

const plain = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);

function told(message: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(message)
    .filter(([name]) => !untold.has(name))
    .map(([name, value]) => `${name}=${plain(value)}`);
  return [plain(message["kind"]), ...fields].join(" ");
}

function wait(script: ScriptedRouter, forMs: number): string[] {
  const untilMs = script.nowMs + forMs;
  const lines: string[] = [];
  for (;;) {
    const due = [...script.timers]
      .filter(([, timer]) => timer.atMs <= untilMs)
      .toSorted(([, a], [, b]) => a.atMs - b.atMs)[0];
    if (due === undefined) break;
    const [name, timer] = due;
    script.timers.delete(name);
    script.nowMs = timer.atMs;
    const caused = deliver(script, routerAddress(pool), timer.message as ToRouter);
    lines.push(...caused.map((line) => `${script.nowMs} ms: ${line}`));
  }
  script.nowMs = untilMs;
  return lines;
}

const members = (list: string | undefined): PoolWorker[] =>
  (list ?? "")
    .split(",")
    .filter((member) => member !== "")
    .map((member) => {
      const [placed = "", incarnation = "1"] = member.split(":");
      const [worker = "", zone = "a"] = placed.split("@");
      return {
        worker: worker as WorkerId,
        incarnation: Number(incarnation),
        zone,
        host,
      };
    });

/** `edges=e1@a,e2@b`: where each stands. */
const edgesOf = (words: Words): { readonly edges?: readonly PlacedEdge[] } =>
  words.named["edges"] === undefined
    ? {}
    : {
        edges: list(words.named["edges"]).map((text) => {
          const [edge = "", zone = ""] = text.split("@");
          return { edge: edge as EdgeId, zone };
        }),
      };

const list = (text: string | undefined): string[] =>
  (text ?? "").split(",").filter((word) => word !== "");

const numberOf = (words: Words, name: string, otherwise: number): number =>
  Number(words.named[name] ?? otherwise);

/** `from=bolt:40,corner:8`: on loan to them, most first. */
const loansOf = (words: Words): { readonly reclaimFrom: readonly KvLoan[] } => ({
  reclaimFrom: list(words.named["from"]).map((loan) => {
    const [tenant = "", blocks] = loan.split(":");
    return { tenant: tenant as TenantId, blocks: Number(blocks) };
  }),
});

const placeOf = (words: Words): { readonly place?: number } =>
  words.named["place"] === undefined ? {} : { place: Number(words.named["place"]) };

type Make = (words: Words) => { readonly from: Address; readonly message: ToRouter };

const prefillOf = (words: Words): { readonly freePrefillTokens?: number } =>
  words.named["prefill"] === undefined ? {} : { freePrefillTokens: numberOf(words, "prefill", 0) };

/** `cost=adapterLoad:5000,kvBlockSecond:100`: weights that differ from the default. */
function costOf(words: Words): { readonly cost?: CostWeights } {
  const given = list(words.named["cost"]).map((word) => word.split(":"));
  const own = Object.fromEntries(given.map(([name = "", value]) => [name, Number(value)]));
  return given.length === 0 ? {} : { cost: { ...costWeightsDefault, ...own } };
}

/** `r0/bolt` is all that its worker says of it, or `r0/bolt/20/1`: it holds 20 blocks and stands in band 1. */
function heldOf(held: string, words: Words): Readonly<Record<string, unknown>> {
  const [requestId, tenant, blocks, band] = held.split("/");
  return {
    requestId,
    attempt: 1,
    tenant,
    weight: 1,
    session: `session/e1/${requestId}`,
    adapterDigest: words.named["adapter"] ?? "",
    totals: totalsOf(words),
    ...(blocks === undefined ? {} : { blocks: Number(blocks) }),
    ...(band === undefined ? {} : { band: Number(band) }),
    ...(words.named["prompt"] === undefined ? {} : { promptTokens: numberOf(words, "prompt", 0) }),
  };
}

const owner = "owner/p" as Address;
const fromWorker = (words: Words): Address => workerAddress((words.plain[1] ?? "") as WorkerId);

const attemptOf = (words: Words): Record<string, unknown> => ({
  requestId: words.plain[0],
  attempt: numberOf(words, "attempt", 1),
  ...(words.plain[1] === undefined ? {} : { worker: words.plain[1] }),
});

const totalsOf = (words: Words): unknown => ({
  ...nothingExecuted,
  prefillTokens: numberOf(words, "prefill", 0),
  cachedTokens: numberOf(words, "cached", 0),
  outputTokens: numberOf(words, "output", 0),
  kvBlockMs: numberOf(words, "kvBlockMs", 0),
});

const lifeOf = (words: Words): Record<string, unknown> => ({
  ...attemptOf(words),
  incarnation: numberOf(words, "incarnation", 1),
});

function offer(words: Words): Record<string, unknown> {
  const [requestId, tenant] = words.plain;
  const promptTokens = numberOf(words, "prompt", 100);
  const outputTokensPredicted = numberOf(words, "predicted", 50);
  const startTag = numberOf(words, "startTag", 0);
  const cost = numberOf(words, "cost", promptTokens * 1000 + outputTokensPredicted * 2000);
  return {
    kind: "offer",
    requestId,
    attempt: numberOf(words, "attempt", 1),
    tenant,
    shard: 0,
    shardEpoch: numberOf(words, "shardEpoch", 1),
    session: `session/${words.named["edge"] ?? "e1"}/${requestId}`,
    position: numberOf(words, "position", 0),
    weight: numberOf(words, "weight", 1),
    band: numberOf(words, "band", 0),
    ...budgetOf(words),
    ...(words.named["residency"] === undefined
      ? {}
      : { residency: list(words.named["residency"]) }),
    ...(words.plain.includes("may-preempt") ? { mayPreempt: true } : {}),
    preemptions: numberOf(words, "preemptions", 0),
    computedTokens: numberOf(words, "computed", 0),
    startTag,
    finishTag: startTag + cost,
    cost,
    promptTokens,
    outputTokensPredicted,
    outputTokensMax: 1000,
    adapterDigest: words.named["adapter"] ?? "",
    prefixKeys: list(words.named["prefix"]).map(Number),
  };
}

function budgetOf(words: Words): Record<string, number> {
  const { guaranteed, burst } = words.named;
  return {
    ...(guaranteed === undefined ? {} : { kvGuaranteedTokens: Number(guaranteed) }),
    ...(burst === undefined ? {} : { kvBurstTokens: Number(burst) }),
  };
}

const queueOf = (words: Words): Address => tenantQueueAddress((words.plain[1] ?? "") as TenantId);
const asMessage = (message: Record<string, unknown>): ToRouter => message as unknown as ToRouter;
let seq = 0;

const arrivals: Readonly<Record<string, Make>> = {
  placed: (words) => ({
    from: owner,
    message: asMessage({
      kind: "placed",
      pool,
      poolEpoch: numberOf(words, "epoch", 1),
      kvBlockTokens: 16,
      ...(words.named["policy"] === undefined ? {} : { policy: words.named["policy"] }),
      ...costOf(words),
      workers: members(words.named["workers"]),
      tenants: list(words.named["tenants"]),
      ...edgesOf(words),
    }),
  }),
  members: (words) => {
    const workers = members(words.named["workers"]);
    const message = asMessage({ kind: "members-changed", workers, tenants: [], ...edgesOf(words) });
    return { from: owner, message };
  },
  offer: (words) => ({ from: queueOf(words), message: asMessage(offer(words)) }),
  withdraw: (words) => ({
    from: queueOf(words),
    message: asMessage({
      kind: "withdraw",
      requestId: words.plain[0],
      attempt: numberOf(words, "attempt", 1),
      shardEpoch: numberOf(words, "shardEpoch", 1),
    }),
  }),
  narrow: (words) => ({
    from: "operator/console" as Address,
    message: asMessage({
      kind: "narrow",
      tenant: words.plain[0],
      workers: numberOf(words, "workers", 1),
    }),
  }),
  widen: (words) => ({
    from: "operator/console" as Address,
    message: asMessage({ kind: "widen", tenant: words.plain[0] }),
  }),
  "collect-offers": (words) => ({
    from: owner,
    message: asMessage({
      kind: "collect-offers",
      tenant: words.plain[0],
      shard: 0,
      shardEpoch: numberOf(words, "shardEpoch", 2),
    }),
  }),
  holds: (words) => ({
    from: workerAddress((words.plain[0] ?? "") as WorkerId),
    message: asMessage({
      kind: "worker-holds-pool",
      worker: words.plain[0],
      incarnation: numberOf(words, "incarnation", 1),
      poolEpoch: numberOf(words, "epoch", 1),
      sequences: list(words.named["running"]).map((held) => heldOf(held, words)),
    }),
  }),
  capacity: (words) => ({
    from: workerAddress((words.plain[0] ?? "") as WorkerId),
    message: asMessage({
      kind: "capacity",
      worker: words.plain[0],
      incarnation: numberOf(words, "incarnation", 1),
      seq: numberOf(words, "seq", ++seq),
      freeSequences: numberOf(words, "free", 1),
      sequencesMax: numberOf(words, "max", 4),
      freeBlocks: numberOf(words, "blocks", 100),
      ...prefillOf(words),
      ...(words.named["beyond"] === undefined
        ? {}
        : {
            beyondShare: list(words.named["beyond"]),
            freePrefillTokensInside: numberOf(words, "inside", 0),
          }),
      residents: list(words.named["residents"]),
      isCordoned: words.plain.includes("cordoned"),
    }),
  }),
  reserved: (words) => ({
    from: kvAccountantAddress(pool),
    message: asMessage({ kind: "reserved", ...attemptOf(words), ...placeOf(words) }),
  }),
  "reserve-refused": (words) => ({
    from: kvAccountantAddress(pool),
    message: asMessage({
      kind: "reserve-refused",
      ...attemptOf(words),
      reason: words.named["reason"] ?? "no-blocks",
      freeBlocks: numberOf(words, "free", 0),
      totalBlocks: numberOf(words, "total", 100),
      ...(words.named["from"] === undefined ? {} : loansOf(words)),
      ...placeOf(words),
    }),
  }),
  reclaimable: (words) => ({
    from: kvAccountantAddress(pool),
    message: asMessage({ kind: "reclaimable", ...attemptOf(words), ...loansOf(words) }),
  }),
  released: (words) => ({
    from: kvAccountantAddress(pool),
    message: asMessage({ kind: "released", ...attemptOf(words), ...placeOf(words) }),
  }),
  pinned: (words) => ({
    from: adapterCacheAddress(host),
    message: asMessage({
      kind: "pinned",
      ...attemptOf(words),
      ...placeOf(words),
      ...(words.plain.includes("loaded") ? { loaded: true } : {}),
    }),
  }),
  "pin-refused": (words) => ({
    from: adapterCacheAddress(host),
    message: asMessage({
      kind: "pin-refused",
      ...attemptOf(words),
      ...placeOf(words),
      reason: words.named["reason"] ?? "load-failed",
    }),
  }),
  unpinned: (words) => ({
    from: adapterCacheAddress(host),
    message: asMessage({ kind: "unpinned", ...attemptOf(words), ...placeOf(words) }),
  }),
  started: (words) => ({
    from: fromWorker(words),
    message: asMessage({ kind: "router-started", ...lifeOf(words) }),
  }),
  voided: (words) => ({
    from: fromWorker(words),
    message: asMessage({ kind: "router-voided", ...lifeOf(words) }),
  }),
  progress: (words) => ({
    from: fromWorker(words),
    message: asMessage({
      kind: "router-progress",
      worker: words.plain[1],
      incarnation: numberOf(words, "incarnation", 1),
      sequences: [{ ...attemptOf(words), totals: totalsOf(words) }],
    }),
  }),
  ended: (words) => ({
    from: fromWorker(words),
    message: asMessage({ kind: "router-ended", ...lifeOf(words), totals: totalsOf(words) }),
  }),
};
