// The production actors in virtual time, for one pool: tenant queues, router, KV accountant, worker and
// simulated engine, with played clients. Every message is delivered at once and in order, so that what is measured is
// the scheduling. Nothing is random: the same requests give the same deliveries.

import type { Address, AnyActor, Effect, Note } from "#shared/actor/actor.ts";
import { Fifo } from "#shared/actor/fifo.ts";
import type { HeapTimer } from "#shared/actor/timer-heap.ts";
import { TimerHeap } from "#shared/actor/timer-heap.ts";
import { kindOf } from "#shared/messages/addresses.ts";
import type { CollectSessions } from "#shared/messages/to-session-directory.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import { HouseClients } from "./house-clients.ts";
import type { Said } from "./house-clients.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { HousePlan } from "./house-plan.ts";
import { furnish } from "./house-plan.ts";
import type { Delivery, SuiteRequest } from "./suite-request.ts";

export interface HouseRun {
  readonly deliveries: readonly Delivery[];
  /** Of sequences: by the engine or on the router's word, each counted once. */
  readonly preemptions: number;
  /** How often each was noted. */
  readonly notes: ReadonlyMap<string, number>;
  /** The largest gap that the router's own audit said, µcost per weight. */
  readonly auditedGap: number;
  /** Adapters that left a slot for another, each once. */
  readonly evicted: ReadonlySet<string>;
}

interface Resident {
  readonly address: Address;
  readonly actor: AnyActor;
  readonly state: unknown;
  readonly timers: Map<string, Timer>;
}

interface Timer extends HeapTimer {
  readonly resident: Resident;
  readonly name: string;
  readonly message: unknown;
}

const renewEveryMs = 1000;
/** Longer than any suite takes to drain: past it something is stuck. */
const stuckAfterMs = 3_600_000;

/** Until everything is served, or until a moment: then only what has ended is told. */
export function runHouse(
  requests: readonly SuiteRequest[],
  plan: HousePlan,
  untilMs: number = Number.POSITIVE_INFINITY,
): HouseRun {
  return new House(requests, plan).run(untilMs);
}

class House {
  readonly #requests: readonly SuiteRequest[];
  readonly #clients = new HouseClients();
  readonly #residents = new Map<Address, Resident>();
  readonly #timers = new TimerHeap<Timer>();
  readonly #inbox = new Fifo<Said>();
  #nowMs = 0;
  #submitted = 0;
  #renewAtMs = renewEveryMs;
  readonly #noted = { notes: new Map<string, number>(), auditedGap: 0, evicted: new Set<string>() };

  constructor(requests: readonly SuiteRequest[], plan: HousePlan) {
    this.#requests = requests;
    const lengthOf = (requestId: RequestId): number => this.#clients.outputTokensLeft(requestId);
    furnish(plan, lengthOf, {
      move: (address, actor, state) =>
        this.#residents.set(address, { address, actor, state, timers: new Map() }),
      tell: (to, message) => {
        this.#inbox.push({ from: to, to, message });
        this.#deliverAll();
      },
    });
  }

  run(untilMs: number): HouseRun {
    const { deliveries } = this.#clients;
    while (deliveries.length < this.#requests.length) {
      this.#nowMs = this.#nextMs();
      if (this.#nowMs >= untilMs) break;
      if (this.#nowMs > stuckAfterMs) throw new Error("the house does not finish its requests");
      this.#act();
      this.#deliverAll();
    }
    const preemptions = this.#noted.notes.get("worker.preempted") ?? 0;
    const { notes, auditedGap, evicted } = this.#noted;
    return { deliveries, preemptions, notes, auditedGap, evicted };
  }

  #nextMs(): number {
    const arrivalMs = this.#requests[this.#submitted]?.atMs ?? Number.POSITIVE_INFINITY;
    return Math.min(this.#timers.earliestMs(), arrivalMs, this.#renewAtMs);
  }

  /** One thing that is due now. */
  #act(): void {
    const next = this.#requests[this.#submitted];
    if (next !== undefined && next.atMs <= this.#nowMs) {
      return this.#say(this.#clients.submit(next, this.#submitted++));
    }
    if (this.#renewAtMs <= this.#nowMs) {
      this.#renewAtMs += renewEveryMs;
      return this.#say(this.#clients.renew());
    }
    const timer = this.#timers.popDue(this.#nowMs);
    if (timer === undefined) return;
    const { resident, name, message } = timer;
    resident.timers.delete(name);
    this.#receive(resident, resident.address, message);
  }

  #deliverAll(): void {
    for (let letter = this.#inbox.shift(); letter !== undefined; letter = this.#inbox.shift()) {
      const { from, to, message } = letter;
      const resident = this.#residents.get(to);
      if (resident !== undefined) this.#receive(resident, from, message);
      else this.#play(letter);
    }
  }

  /** Nobody lives there: a session, the directory, or the adapter cache, which has nothing to do. */
  #play({ from, to, message }: Said): void {
    const kind = kindOf(to);
    if (kind === "session") {
      this.#say(this.#clients.hear(to, message as ToSession, this.#nowMs));
    } else if (kind === "session-directory") {
      const { kind: asked } = message as CollectSessions;
      if (asked === "collect-sessions") {
        this.#say(this.#clients.hearDirectory(from, message as CollectSessions));
      }
    }
  }

  #say(letters: readonly Said[]): void {
    for (const letter of letters) this.#inbox.push(letter);
  }

  #receive(resident: Resident, from: Address, message: unknown): void {
    const arrival = { from, nowMs: this.#nowMs, message };
    for (const effect of resident.actor.receive(resident.state, arrival)) {
      this.#apply(resident, effect);
    }
  }

  #apply(resident: Resident, effect: Effect): void {
    switch (effect.kind) {
      case "send":
        this.#inbox.push({ from: resident.address, to: effect.to, message: effect.message });
        return;
      case "arm": {
        const { timer: name, atMs, message } = effect;
        this.#disarm(resident, name);
        const timer: Timer = { atMs, resident, name, message };
        resident.timers.set(name, timer);
        this.#timers.push(timer);
        return;
      }
      case "disarm":
        this.#disarm(resident, effect.timer);
        return;
      case "note":
        return this.#count(effect.event, effect.fields);
      default:
        effect satisfies never;
    }
  }

  #count(event: string, fields: Note["fields"]): void {
    const { notes, evicted } = this.#noted;
    notes.set(event, (notes.get(event) ?? 0) + 1);
    if (event === "adapter.evicted") evicted.add(String(fields["digest"]));
    if (event === "router.audited") {
      this.#noted.auditedGap = Math.max(this.#noted.auditedGap, Number(fields["gap"]));
    }
  }

  #disarm(resident: Resident, name: string): void {
    const armed = resident.timers.get(name);
    if (armed === undefined) return;
    this.#timers.cancel(armed);
    resident.timers.delete(name);
  }
}
