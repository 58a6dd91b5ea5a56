// Drives one router from lines of text, for its transcripts: a line becomes an arrival, effects become lines, `wait`
// lets time pass and fires what was armed.

import type { Address, Effect } from "#shared/actor/actor.ts";
import {
  adapterCacheAddress,
  kvAccountantAddress,
  routerAddress,
  workerAddress,
} from "#shared/messages/addresses.ts";
import type { ToRouter } from "#shared/messages/to-router.ts";
import type { PoolId, WorkerId } from "#shared/model/ids.ts";
import type { Router } from "./router.actor.ts";
import { router } from "./router.actor.ts";
import type { Words } from "./scripted-words.ts";
import {
  attemptOf,
  costOf,
  countersOf,
  edgesOf,
  fromWorker,
  heldOf,
  ifNamed,
  lifeOf,
  list,
  loansOf,
  members,
  numberOf,
  offer,
  owner,
  placeOf,
  queueOf,
  totalsOf,
  host,
} from "./scripted-words.ts";

const pool = "pool" as PoolId;

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

const asMessage = (message: Record<string, unknown>): ToRouter => message as unknown as ToRouter;
let seq = 0;
type Make = (words: Words) => { readonly from: Address; readonly message: ToRouter };

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
      ...countersOf(words),
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
      ...ifNamed(words, "prefill", "freePrefillTokens"),
      ...(words.named["beyond"] === undefined
        ? {}
        : {
            beyondShare: list(words.named["beyond"]),
            freePrefillTokensInside: numberOf(words, "inside", 0),
          }),
      residents: list(words.named["residents"]),
      ...ifNamed(words, "adapters", "adapterSlots"),
      isCordoned: words.plain.includes("cordoned"),
      ...ifNamed(words, "crashes", "engineCrashes"),
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
  "pins-kept": (words) => ({
    from: adapterCacheAddress(host),
    message: asMessage({
      kind: "pins-kept",
      worker: words.plain[0],
      poolEpoch: numberOf(words, "epoch", 1),
    }),
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
    message: asMessage({
      kind: "router-ended",
      ...lifeOf(words),
      totals: totalsOf(words),
      ...(words.plain.includes("crashed")
        ? {
            crash: {
              isAlone: words.plain.includes("alone"),
              outputIndex: 0,
              worker: words.plain[1],
            },
          }
        : {}),
    }),
  }),
};
