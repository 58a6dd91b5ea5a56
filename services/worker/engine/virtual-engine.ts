// The simulated engine alone in virtual time, driven by messages: for tests and measurements. Time moves only when
// asked, from timer to timer.

import type { Address, Effect } from "#shared/actor/actor.ts";
import type { ToEngine } from "#shared/messages/to-engine.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { Replica } from "./replica.ts";
import { createSimulatedEngine } from "./simulated-engine.actor.ts";

export interface VirtualEngine {
  readonly replica: Replica;
  readonly heard: ToWorker[];
  readonly notes: Extract<Effect, { kind: "note" }>[];
  nowMs(): number;
  tell(message: ToEngine): void;
  /** Fire the earliest timer. False: there is none. */
  fireNext(): boolean;
  /** Fire timers until it holds; false: nothing is left to fire. */
  until(isReached: () => boolean): boolean;
  /** Let time pass, firing what comes due. */
  advance(forMs: number): void;
}

const engine = "engine/w1" as Address;
const worker = "worker/w1" as Address;

export function startVirtualEngine(spec: SimulatedEngineSpec): VirtualEngine {
  const actor = createSimulatedEngine(spec);
  const replica = actor.init(engine);
  const timers = new Map<string, { readonly atMs: number; readonly message: ToEngine }>();
  const heard: ToWorker[] = [];
  const notes: VirtualEngine["notes"] = [];
  let nowMs = 0;

  function apply(effect: Effect): void {
    if (effect.kind === "send") heard.push(effect.message as ToWorker);
    else if (effect.kind === "note") notes.push(effect);
    else if (effect.kind === "disarm") timers.delete(effect.timer);
    else {
      timers.set(effect.timer, { atMs: effect.atMs, message: effect.message as ToEngine });
    }
  }

  function deliver(message: ToEngine): void {
    for (const effect of actor.receive(replica, { from: worker, nowMs, message })) apply(effect);
  }

  function fireNext(beforeMs = Infinity): boolean {
    let due: string | undefined;
    for (const [name, timer] of timers) {
      if (due === undefined || timer.atMs < (timers.get(due)?.atMs ?? 0)) due = name;
    }
    const timer = due === undefined ? undefined : timers.get(due);
    if (due === undefined || timer === undefined || timer.atMs > beforeMs) return false;
    timers.delete(due);
    nowMs = Math.max(nowMs, timer.atMs);
    deliver(timer.message);
    return true;
  }

  return {
    replica,
    heard,
    notes,
    nowMs: () => nowMs,
    tell: deliver,
    fireNext: () => fireNext(),
    until(isReached) {
      while (!isReached()) {
        if (!fireNext()) return false;
      }
      return true;
    },
    advance(forMs) {
      const untilMs = nowMs + forMs;
      while (fireNext(untilMs));
      nowMs = untilMs;
    },
  };
}
