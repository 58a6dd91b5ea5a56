// Drives one tenant's queue in tests: holds its clock and its timers, and prints effects as the lines of a
// transcript. For tests only.

import type { Address, Effect, Send } from "#shared/actor/actor.ts";
import {
  edgeOfDirectory,
  edgeOfSession,
  idOfSession,
  tenantQueueAddress,
} from "#shared/messages/addresses.ts";
import type { ExchangeEscrow } from "#shared/messages/to-coordination.ts";
import type { ToTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type { EarlierAttempts } from "#shared/model/attempts.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { OutputAllowance } from "#shared/model/output-allowance.ts";
import type { Command } from "./script-commands.ts";
import { messageOf, parseCommand } from "./script-commands.ts";
import { tenantQueue } from "./tenant-queue.actor.ts";
import type { TenantQueue } from "./tenant-queue.ts";

export interface ScriptedQueue {
  readonly queue: TenantQueue;
  readonly timers: Map<string, { readonly atMs: number; readonly message: unknown }>;
  nowMs: number;
  /** Else an edge that was not named at the takeover answers at once that it has admitted nothing, untold. */
  areStrangersQuiet: boolean;
}

export const startScriptedQueue = (nowMs: number = 0): ScriptedQueue => ({
  queue: tenantQueue.init(tenantQueueAddress("acme" as TenantId)),
  timers: new Map(),
  nowMs,
  areStrangersQuiet: false,
});

/** One arrival. Timers are kept, not returned. */
export function tellMessage(
  script: ScriptedQueue,
  from: Address,
  message: ToTenantQueue,
): Effect[] {
  const { nowMs } = script;
  const effects = tenantQueue.receive(script.queue, { from, nowMs, message });
  for (const effect of effects) {
    if (effect.kind === "arm") {
      script.timers.set(effect.timer, { atMs: effect.atMs, message: effect.message });
    }
    if (effect.kind === "disarm") script.timers.delete(effect.timer);
  }
  return effects.flatMap((effect) => {
    if (effect.kind !== "send") return effect.kind === "note" ? [effect] : [];
    return answerOfStranger(script, effect) ?? [effect];
  });
}

function answerOfStranger(script: ScriptedQueue, { to, message }: Send): Effect[] | undefined {
  const edge = edgeOfDirectory(to);
  const { kind, shardEpoch } = message as { readonly kind: string; readonly shardEpoch: number };
  if (kind !== "collect-sessions" || !script.queue.strangers.has(edge)) return undefined;
  if (script.areStrangersQuiet) return undefined;
  return tellMessage(script, to, {
    kind: "edge-holds",
    edge,
    shardEpoch,
    sessions: 0,
    admissions: [],
  });
}

/** Lets time pass, firing what is due in order of time. */
export function pass(script: ScriptedQueue, durationMs: number): Effect[] {
  const untilMs = script.nowMs + durationMs;
  const effects: Effect[] = [];
  for (;;) {
    const [due] = [...script.timers]
      .filter(([, { atMs }]) => atMs <= untilMs)
      .sort(([, a], [, b]) => a.atMs - b.atMs);
    if (due === undefined) break;
    const [name, { atMs, message }] = due;
    script.timers.delete(name);
    script.nowMs = Math.max(script.nowMs, atMs);
    effects.push(...tellMessage(script, script.queue.self, message as ToTenantQueue));
  }
  script.nowMs = untilMs;
  return effects;
}

/** Runs one line: `wait`, `state`, or a message; in the words of a transcript. */
export function runCommand(script: ScriptedQueue, line: string): string[] {
  return line === "state" ? [stateLine(script)] : tellCommand(script, line).flatMap(lineOf);
}

export function tellCommand(script: ScriptedQueue, line: string): Effect[] {
  const command = parseCommand(line);
  if (command.verb === "wait") return pass(script, Number(command.names[0]));
  if (command.verb === "placed") script.areStrangersQuiet = command.words["strangers"] === "quiet";
  const epoch = String(script.queue.tenure?.shardEpoch ?? 0);
  const { from, message } = messageOf(inTenure(command, epoch));
  return tellMessage(script, from, message);
}

/** A session speaks to the owner that it has heard of: the one there is, unless the line says otherwise. */
const inTenure = (command: Command, epoch: string): Command =>
  command.verb === "submit" ? { ...command, words: { epoch, ...command.words } } : command;

const shownFields: Readonly<Record<string, readonly string[]>> = {
  offer: ["attempt", "position", "startTag", "finishTag", "outputTokensPredicted"],
  withdraw: ["attempt"],
  queued: ["attempt"],
  granted: ["attempt", "worker", "poolEpoch"],
  located: ["isKnown"],
  settled: ["isTakenOver"],
  "end-noted": ["attempt"],
  "bill-answered": ["attempt", "isGiven"],
  "exchange-escrow": ["seq"],
  "collect-sessions": ["shardEpoch"],
  "collect-sequences": ["shardEpoch"],
  "collect-offers": ["shardEpoch"],
};

/** Notes that repeat what a send says are left out. */
const shownNotes: Readonly<Record<string, readonly string[]>> = {
  "queue.settled": ["requestId", "why", "tokens", "refundedTokens"],
  "queue.lapsed": ["requestId", "place", "tokens"],
  "queue.voided": ["requestId", "attempt", "reason"],
  "queue.dropped": ["what", "why", "requestId"],
  "queue.quota-alert": ["mode", "period", "metric", "window", "used", "level"],
  "queue.collected": ["tookMs", "restored", "slots", "silentEdges", "silentWorkers", "silentPools"],
};

/** `… allowed=64`, and `complete` if the output ends there. */
const allowedIn = ({ allowance }: Shown): string =>
  allowance === undefined
    ? ""
    : ` allowed=${allowance.outputTokens}${allowance.atEnd === "complete" ? " complete" : ""}`;

const shown = (fields: Record<string, unknown>, names: readonly string[]): string =>
  names
    .filter((name) => fields[name] !== undefined)
    .map((name) => ` ${name}=${String(fields[name])}`)
    .join("");

/** `want=day:410 back=2026-11-28:240`: of tokens, and of requests where they are wanted. */
function escrowOf({ wants = [], returns = [] }: Shown): string {
  const wanted = wants.map(
    ({ period, metric, amount }) => `${period}${metric === "tokens" ? "" : `/${metric}`}:${amount}`,
  );
  const back = returns
    .filter(({ metric }) => metric === "tokens")
    .map(({ period, window, amount }) => `${period}@${window}:${amount}`);
  return ` want=${wanted.join(",")} back=${back.join(",")}`;
}

interface Shown {
  readonly wants?: ExchangeEscrow["wants"];
  readonly returns?: ExchangeEscrow["returns"];
  readonly kind: string;
  readonly requestId?: string;
  readonly requestIds?: readonly string[];
  readonly allowance?: OutputAllowance;
  readonly earlier?: EarlierAttempts;
  readonly ranOn?: { readonly attempt: number; readonly worker: string };
  readonly refusal?: { readonly code: string; readonly retryAfterMs?: number };
}

function lineOf(effect: Effect): string[] {
  if (effect.kind === "note") {
    const names = shownNotes[effect.event];
    return names === undefined ? [] : [`note ${effect.event}${shown(effect.fields, names)}`];
  }
  if (effect.kind !== "send") return [];
  const message = effect.message as Shown;
  const target = effect.to.startsWith("session/") ? sessionIn(effect.to, message) : effect.to;
  const refused = shown({ ...message.refusal }, ["code", "retryAfterMs"]);
  const about = [message.kind, message.requestId ?? [], message.requestIds ?? []].flat().join(" ");
  const fields = shown({ ...message }, shownFields[message.kind] ?? []);
  const escrow = message.wants === undefined ? "" : escrowOf(message);
  const ranOn = shown({ ...message.ranOn }, ["attempt", "worker"]);
  const { suspicion, ...counts } = message.earlier ?? {};
  const earlier = shown({ ...counts, ...suspicion }, ["preemptions", "continuations", "crashes"]);
  return [
    `to ${target}: ${about}${fields}${escrow}${ranOn}${earlier}${allowedIn(message)}${refused}`,
  ];
}

/** With its own id where that is not the request's. */
function sessionIn(to: Address, { requestId }: Shown): string {
  const own = idOfSession(to);
  return `session@${edgeOfSession(to)}${own === requestId ? "" : `/${own}`}`;
}

function stateLine({ queue, timers }: ScriptedQueue): string {
  const places = [...queue.reservations.values()].map(
    ({ requestId, place, attempt }) => ` ${requestId}:${place}/${attempt}`,
  );
  const armed = [...timers.keys()].sort().join(",");
  return `state slots=${queue.slots} requests=${queue.window.requests} tokens=${queue.window.tokens} timers=${armed}${places.join("")}`;
}
