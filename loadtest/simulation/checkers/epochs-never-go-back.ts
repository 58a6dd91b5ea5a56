// At each receiver: what was decided under an epoch has no effect once a higher one of the same shard or pool was
// heard there. And no two processes are ever placed with one epoch.

import type { Checker, Report } from "#loadtest/simulation/checker.ts";
import type { Address, Effect, Send } from "#shared/actor/actor.ts";
import type { Granted, ToSession } from "#shared/messages/to-session.ts";
import type { ToRouter } from "#shared/messages/to-router.ts";
import type { ToTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type { Start, ToWorker } from "#shared/messages/to-worker.ts";
import type { Handled } from "#shared/sim/simulated-world.ts";

export const epochsNeverGoBack: Checker = {
  name: "epochs-never-go-back",
  watch(report) {
    const epochs = new Epochs(report);
    return {
      kinds: ["worker", "session", "router", "tenant-queue"],
      observer: {
        received(process, self, handled) {
          // An actor that begins anew has heard nothing: its state is the key.
          switch (handled.kind) {
            case "worker":
              return atWorker(epochs, self, handled);
            case "session":
              return atSession(epochs, self, handled);
            case "router":
              return atRouter(epochs, process, { self, handled });
            case "tenant-queue":
              return atTenantQueue(epochs, process, { self, handled });
            default:
          }
        },
      },
    };
  },
};

/** The highest epoch heard, per receiver's state and per shard or pool. */
class Epochs {
  readonly #report: Report;
  readonly #heard = new WeakMap<object, Map<string, number>>();
  readonly #placed = new Map<string, string>();

  constructor(report: Report) {
    this.#report = report;
  }

  hear(receiver: unknown, owned: string, epoch: number): void {
    const heard = this.#of(receiver);
    if (epoch > (heard.get(owned) ?? 0)) heard.set(owned, epoch);
  }

  act(receiver: unknown, owned: string, { epoch, deed }: { epoch: number; deed: string }): void {
    const highest = this.#of(receiver).get(owned) ?? 0;
    if (epoch < highest) this.#report(`${deed} under epoch ${epoch} of ${owned} after ${highest}`);
    this.hear(receiver, owned, epoch);
  }

  /** Of one owned thing, an epoch belongs to one process. */
  place(owned: string, epoch: number, process: string): void {
    const key = `${owned} ${epoch}`;
    const holder = this.#placed.get(key) ?? process;
    if (holder !== process) this.#report(`${owned} placed at ${holder} and ${process} as ${epoch}`);
    this.#placed.set(key, process);
  }

  #of(receiver: unknown): Map<string, number> {
    const key = receiver as object;
    let heard = this.#heard.get(key);
    if (heard === undefined) {
      heard = new Map();
      this.#heard.set(key, heard);
    }
    return heard;
  }
}

const shard = (number: number): string => `shard ${number}`;
const pool = (name: string): string => `pool ${name}`;
const thePool = "its pool";

function atWorker(epochs: Epochs, self: Address, { state, arrival, effects }: Handled): void {
  const message = arrival.message as ToWorker;
  switch (message.kind) {
    case "start":
      return atStart(epochs, { self, state, message, effects });
    case "collect-sequences":
      return epochs.hear(state, shard(message.shard), message.shardEpoch);
    case "void":
    case "collect-pool":
      return epochs.hear(state, thePool, message.poolEpoch);
    default:
  }
}

function atStart(
  epochs: Epochs,
  start: { self: Address; state: unknown; message: Start; effects: readonly Effect[] },
): void {
  const { self, state, message, effects } = start;
  if (!sends(effects, "run")) return;
  const deed = `${self} ran ${message.requestId}.${message.attempt}`;
  epochs.act(state, shard(message.shard), { epoch: message.shardEpoch, deed });
  epochs.act(state, thePool, { epoch: message.poolEpoch, deed });
}

function atSession(epochs: Epochs, self: Address, { state, arrival, effects }: Handled): void {
  const message = arrival.message as ToSession;
  if (message.kind === "queued" || message.kind === "announce") {
    epochs.hear(state, "its shard", message.shardEpoch);
  }
  for (const { message: sent } of sendsOf(effects)) {
    if (!isKind<Start>(sent, "start")) continue;
    const deed = `${self} started attempt ${sent.attempt}`;
    epochs.act(state, "its shard", { epoch: sent.shardEpoch, deed });
    epochs.act(state, thePool, { epoch: sent.poolEpoch, deed });
  }
}

interface AtOwned {
  readonly self: Address;
  readonly handled: Handled;
}

function atRouter(
  epochs: Epochs,
  process: string,
  { self, handled: { state, arrival, effects } }: AtOwned,
): void {
  const message = arrival.message as ToRouter;
  if (message.kind === "placed") epochs.place(pool(message.pool), message.poolEpoch, process);
  if (message.kind === "collect-offers") {
    epochs.hear(state, message.tenant, message.shardEpoch);
  }
  for (const { message: sent } of sendsOf(effects)) {
    if (!isKind<Granted>(sent, "granted")) continue;
    epochs.act(state, thePool, { epoch: sent.poolEpoch, deed: `${self} granted` });
  }
}

function atTenantQueue(
  epochs: Epochs,
  process: string,
  { self, handled: { state, arrival, effects } }: AtOwned,
): void {
  const message = arrival.message as ToTenantQueue;
  if (message.kind === "placed") {
    epochs.place(`${self} of ${shard(message.shard)}`, message.shardEpoch, process);
  }
  if (message.kind === "pool-owner-changed") {
    epochs.hear(state, pool(message.pool), message.poolEpoch);
  }
  const isAccepted = effects.some(
    (effect) => effect.kind === "note" && effect.event === "queue.granted",
  );
  if (message.kind !== "queue-granted" || !isAccepted) return;
  const deed = `${self} took a grant`;
  epochs.act(state, pool(message.pool), { epoch: message.poolEpoch, deed });
}

const sendsOf = (effects: readonly Effect[]): readonly Send[] =>
  effects.filter((effect) => effect.kind === "send");

const isKind = <Message extends { readonly kind: string }>(
  message: unknown,
  kind: Message["kind"],
): message is Message => (message as { readonly kind?: unknown }).kind === kind;

const sends = (effects: readonly Effect[], kind: string): boolean =>
  sendsOf(effects).some(({ message }) => isKind(message, kind));
