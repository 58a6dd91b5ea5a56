// The host of one simulated process: the contract of every host, in virtual time. Every message is packed and
// unpacked, so that nothing lives in a simulation which could not travel. A process can be paused, resumed and killed.

import type { Address, AnyActor, Arrival, Effect, Undelivered } from "#shared/actor/actor.ts";
import { assert } from "#shared/actor/assert.ts";
import { Fifo } from "#shared/actor/fifo.ts";
import type { Device, HostLimits, InspectableHost } from "#shared/actor/host.ts";
import { hostLimitsDefault } from "#shared/actor/host.ts";
import type { Delivery, Resident } from "#shared/actor/resident.ts";
import { startResident } from "#shared/actor/resident.ts";
import { spendRestart } from "#shared/actor/restart-budget.ts";
import { kindOf } from "#shared/messages/addresses.ts";
import type { ToHost } from "#shared/messages/to-host.ts";
import type { NetworkPort, Place } from "./network.ts";
import { ProcessClock } from "./process-clock.ts";
import { kindOfMessage, ProcessJournal, reasonOf } from "./process-journal.ts";
import { ProcessOwnership } from "./process-ownership.ts";
import { ProcessTimers } from "./process-timers.ts";
import type { HostObserver, SimulatedWorld } from "./simulated-world.ts";
import type { Parcel } from "./wire.ts";

export interface SimulatedHostOptions {
  readonly process: string;
  /** Actors of these kinds exist only while owned, and hear only while that is valid. */
  readonly ownedKinds?: ReadonlySet<string>;
  /** This process's clock minus the world's: no two processes agree. */
  readonly clockOffsetMs?: number;
  readonly limits?: HostLimits;
  readonly observer?: HostObserver;
  readonly onRestart?: (address: Address) => void;
}

/** Arrivals without time passing: more is a loop of messages, a bug. */
const arrivalsAtOnceMax = 100_000;
const noneTurnedAway: readonly Undelivered[] = [];

export class SimulatedHost implements InspectableHost, NetworkPort {
  readonly process: string;
  readonly #world: SimulatedWorld;
  readonly #place: Place;
  readonly #clock: ProcessClock;
  readonly #limits: HostLimits;
  readonly #observer: HostObserver;
  readonly #onRestart: ((address: Address) => void) | undefined;
  readonly #owned: ProcessOwnership;
  readonly #actors = new Map<string, AnyActor>();
  readonly #devices = new Map<string, Device>();
  readonly #residents = new Map<Address, Resident>();
  readonly #queue = new Fifo<Delivery>();
  readonly #timers: ProcessTimers;
  readonly #journal: ProcessJournal;
  /** What came in while the process was paused. */
  #held: (() => void)[] = [];
  #isWorking = false;
  #isPaused = false;
  #isStopped = false;
  #heardArrivals = 0;

  constructor(world: SimulatedWorld, options: SimulatedHostOptions) {
    this.process = options.process;
    this.#world = world;
    this.#clock = new ProcessClock(world.clock, options.clockOffsetMs ?? 0);
    this.#limits = options.limits ?? hostLimitsDefault;
    this.#observer = options.observer ?? {};
    this.#onRestart = options.onRestart;
    this.#owned = new ProcessOwnership(
      world.network,
      this.process,
      options.ownedKinds ?? new Set(),
    );
    this.#journal = new ProcessJournal(world, this.process, {
      clock: this.#clock,
      observer: this.#observer,
    });
    this.#timers = new ProcessTimers(this.#clock, () => {
      if (!this.#isStopped) this.#work();
    });
    this.attach("host", (_to, _from, message) => this.#hearOwner(message as ToHost));
    this.#place = world.network.join(this);
  }

  register(actor: AnyActor): void {
    assert(!this.#isKnownKind(actor.name), `one home for the kind ${actor.name}`);
    this.#actors.set(actor.name, actor);
  }

  attach(kind: string, device: Device): void {
    assert(!this.#isKnownKind(kind), `one home for the kind ${kind}`);
    this.#devices.set(kind, device);
  }

  send(from: Address, to: Address, message: unknown): "accepted" | "refused" {
    if (this.#isStopped) return "refused";
    if (this.#isPaused) {
      this.whenAwake(() => this.send(from, to, message));
      return "accepted";
    }
    const outcome = this.#route(from, to, message);
    this.#work();
    return outcome;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** The process dies: whatever it held is gone. */
  stop(): void {
    this.#isStopped = true;
    this.#owned.leave();
    this.#queue.clear();
    this.#timers.clear();
    this.#residents.clear();
    this.#held = [];
  }

  /** SIGSTOP: time goes on, this process does not. */
  pause(): void {
    this.#isPaused = true;
  }

  /** SIGCONT: what came in and what fell due meanwhile happens now, with the clock as it now is. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    const held = this.#held;
    this.#held = [];
    // As in a real event loop: timers first.
    this.#work();
    for (const deliver of held) deliver();
  }

  /** Its clock jumps: forward at any time, back by no more than it has stood still. */
  stepClock(byMs: number): void {
    this.#clock.step(byMs);
    this.#timers.clockStepped();
  }

  /** What a device of this process does when something reached it: late if the process is paused, never if it is dead. */
  whenAwake(work: () => void): void {
    if (this.#isStopped) return;
    if (this.#isPaused) this.#held.push(() => this.whenAwake(work));
    else work();
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Arrivals at actors so far. */
  get arrivals(): number {
    return this.#heardArrivals;
  }

  statesOf(kind: string): ReadonlyMap<Address, unknown> {
    const states = new Map<Address, unknown>();
    for (const { self, actor, state } of this.#residents.values()) {
      if (actor.name === kind) states.set(self, state);
    }
    return states;
  }

  /** Owned and, on this process's clock, still valid. */
  ownsValidly(address: Address): boolean {
    return this.#owned.owns(address) && this.#owned.isValid(this.nowMs());
  }

  arrive(to: Address, parcel: Parcel): void {
    if (this.#isPaused) {
      this.whenAwake(() => this.arrive(to, parcel));
      return;
    }
    if (this.#isStopped) return;
    this.#hear(to, parcel);
    this.#work();
  }

  #isKnownKind(kind: string): boolean {
    return this.#actors.has(kind) || this.#devices.has(kind);
  }

  #hearOwner(message: ToHost): void {
    for (const address of this.#owned.hear(message)) {
      const resident = this.#residents.get(address);
      if (resident !== undefined) this.#forget(resident);
    }
  }

  #route(from: Address, to: Address, message: unknown): "accepted" | "refused" {
    if (this.#isStopped) return "accepted";
    const { network, wire } = this.#world;
    const fixed = network.fixedPlace(to);
    if (fixed !== undefined && fixed !== this.#place) {
      network.transmit(this.#place, fixed, to, wire.pack({ kind: "message", from, to, message }));
      return "accepted";
    }
    const parcel = wire.pack({ kind: "message", from, to, message });
    // What this process hears itself stays inside, whoever else believes to own it.
    if (fixed !== undefined || this.#owned.owns(to)) return this.#hear(to, parcel);
    const hearers = network.hearersOf(to);
    // What is placed nowhere is here, or nowhere.
    if (hearers.length === 0) return this.#hear(to, parcel);
    let outcome: "accepted" | "refused" = "accepted";
    for (const place of hearers) {
      if (place !== this.#place) network.transmit(this.#place, place, to, parcel);
      else outcome = this.#hear(to, parcel);
    }
    return outcome;
  }

  #hear(to: Address, parcel: Parcel): "accepted" | "refused" {
    const unpacked = this.#world.wire.unpack(parcel);
    if (unpacked.kind === "malformed") {
      this.#journal.note(to, "host.dropped", { why: unpacked.reason });
      return "accepted";
    }
    this.#journal.heard(unpacked, parcel);
    const { from, message } = unpacked;
    const resident = this.#residents.get(to);
    if (resident !== undefined) return this.#enqueue(resident, from, message);
    const kind = kindOf(to);
    const device = this.#devices.get(to) ?? this.#devices.get(kind);
    if (device !== undefined) {
      this.#call(device, { to, from, message });
      return "accepted";
    }
    const actor = this.#actors.get(kind);
    if (actor === undefined) this.#journal.dropped({ to, from, message }, "unknown kind");
    else if (this.#owned.mayExist(to, kind)) {
      return this.#enqueue(this.#begin(to, actor), from, message);
    } else this.#journal.dropped({ to, from, message }, "not owned");
    return "accepted";
  }

  #call(
    device: Device,
    { to, from, message }: { to: Address; from: Address; message: unknown },
  ): void {
    try {
      device(to, from, message);
    } catch (bug) {
      this.#journal.threw(to, bug);
      this.#journal.note(to, "host.device-threw", { from, reason: reasonOf(bug) });
    }
  }

  #begin(self: Address, actor: AnyActor): Resident {
    const resident = startResident(self, actor, this.#owned.isOwnedKind(actor.name));
    this.#residents.set(self, resident);
    this.#initialise(resident);
    return resident;
  }

  #enqueue(resident: Resident, from: Address, message: unknown): "accepted" | "refused" {
    if (resident.pending >= this.#limits.mailboxMax) {
      this.#journal.note(resident.self, "host.mailbox-full", {
        from,
        message: kindOfMessage(message),
      });
      return "refused";
    }
    resident.pending++;
    this.#queue.push({ from, message, resident, timer: undefined });
    return "accepted";
  }

  /** Everything that is due, to the end: no time passes meanwhile. */
  #work(): void {
    if (this.#isWorking || this.#isPaused) return;
    this.#isWorking = true;
    const nowMs = this.nowMs();
    for (let arrivals = 0; ; arrivals++) {
      assert(arrivals < arrivalsAtOnceMax, "messages of one instant come to an end");
      this.#queueDueTimers(nowMs);
      const delivery = this.#queue.shift();
      if (delivery === undefined) break;
      this.#deliver(delivery, nowMs);
    }
    this.#isWorking = false;
    if (!this.#isStopped) this.#timers.setWake();
  }

  #queueDueTimers(nowMs: number): void {
    for (
      let timer = this.#timers.popDue(nowMs);
      timer !== undefined;
      timer = this.#timers.popDue(nowMs)
    ) {
      const { resident, message } = timer;
      this.#queue.push({ from: resident.self, message, resident, timer });
    }
  }

  #deliver(delivery: Delivery, nowMs: number): void {
    const { from, message, timer } = delivery;
    let resident = delivery.resident;
    if (timer === undefined) {
      resident.pending--;
      if (resident.isForgotten) {
        const successor = this.#successor(delivery);
        if (successor === undefined) return;
        resident = successor;
      }
    } else {
      if (!timer.isArmed) return;
      timer.isArmed = false;
      resident.timers.delete(timer.name);
      this.#journal.fired(resident.self, timer.name);
    }
    if (resident.isStopped) this.#journal.dropped({ to: resident.self, from, message }, "stopped");
    else if (resident.isOwned && !this.#owned.isValid(nowMs)) {
      this.#journal.dropped({ to: resident.self, from, message }, "ownership no longer valid");
    } else this.#receive(resident, { from, nowMs, message });
  }

  #successor({ resident: { self, actor }, from, message }: Delivery): Resident | undefined {
    const standing = this.#residents.get(self);
    if (standing !== undefined) return standing;
    if (this.#owned.mayExist(self, actor.name)) return this.#begin(self, actor);
    this.#journal.dropped({ to: self, from, message }, "not owned");
    return undefined;
  }

  #receive(resident: Resident, arrival: Arrival<unknown>): void {
    const { actor, self } = resident;
    this.#heardArrivals++;
    try {
      const effects = actor.receive(resident.state, arrival);
      const { state } = resident;
      this.#observer.received?.(this.process, self, { kind: actor.name, state, arrival, effects });
      const turnedAway = this.#perform(resident, effects, arrival.nowMs);
      for (const refused of turnedAway) {
        this.#perform(resident, actor.undelivered?.(resident.state, refused) ?? [], arrival.nowMs);
      }
      if (actor.isFinished?.(resident.state) === true) this.#forget(resident);
    } catch (bug) {
      this.#restart(resident, bug);
    }
  }

  #perform(resident: Resident, effects: readonly Effect[], nowMs: number): readonly Undelivered[] {
    let turnedAway: Undelivered[] | undefined;
    for (const effect of effects) {
      switch (effect.kind) {
        case "send":
          if (this.#route(resident.self, effect.to, effect.message) === "refused") {
            turnedAway ??= [];
            turnedAway.push({ to: effect.to, message: effect.message, nowMs });
          }
          break;
        case "arm":
          this.#timers.arm(resident, effect);
          break;
        case "disarm":
          this.#timers.disarm(resident, effect.timer);
          break;
        case "note":
          this.#journal.note(resident.self, effect.event, effect.fields);
          break;
        default:
          effect satisfies never;
      }
    }
    return turnedAway ?? noneTurnedAway;
  }

  #forget(resident: Resident): void {
    this.#timers.disarmAll(resident);
    resident.isForgotten = true;
    this.#residents.delete(resident.self);
  }

  #initialise(resident: Resident): void {
    try {
      resident.state = resident.actor.init(resident.self);
    } catch (bug) {
      this.#restart(resident, bug);
    }
  }

  #restart(resident: Resident, bug: unknown): void {
    this.#journal.threw(resident.self, bug);
    this.#timers.disarmAll(resident);
    resident.state = undefined;
    const reason = reasonOf(bug);
    if (spendRestart(resident.restarts, this.nowMs(), this.#limits) === "stop") {
      resident.isStopped = true;
      this.#journal.note(resident.self, "host.stopped-actor", { reason });
      return;
    }
    this.#journal.note(resident.self, "host.restarted", { reason });
    this.#initialise(resident);
    if (!resident.isStopped) this.#onRestart?.(resident.self);
  }
}
