// The host of one process: every actor and device of it, one global queue, the event loop's clock. A message
// from outside is worked off to the end before `send` returns, unless that takes so long that sockets starve.

import { performance } from "node:perf_hooks";
import type { Address, AnyActor, Arm, Effect, Note, Undelivered } from "./actor.ts";
import { assert } from "./assert.ts";
import { Fifo } from "./fifo.ts";
import { freezeMessage } from "./freeze-message.ts";
import type { Device, HostLimits, InspectableHost, NoteRecord } from "./host.ts";
import { hostLimitsDefault } from "./host.ts";
import type { OwnedAddresses } from "./owned-addresses.ts";
import { heardByHost, isValid, startOwnedAddresses } from "./owned-addresses.ts";
import type { Elsewhere, HostAmongOthers } from "./elsewhere.ts";
import { kindOfMessage, reasonOf } from "./message-words.ts";
import type { ArmedTimer, Delivery, Resident } from "./resident.ts";
import { startResident } from "./resident.ts";
import { spendRestart } from "./restart-budget.ts";
import { TimerHeap } from "./timer-heap.ts";
import { WakeTimer } from "./wake-timer.ts";
import { hostAddress, kindOf } from "#shared/messages/addresses.ts";
import type { ToHost } from "#shared/messages/to-host.ts";

export interface LocalHostOptions {
  /** Monotonic milliseconds. Default: `performance.now`. */
  readonly clock?: () => number;
  readonly limits?: HostLimits;
  readonly onNote?: (record: NoteRecord) => void;
  /** An actor began again from its initial state: its owner may place it again. */
  readonly onRestart?: (address: Address) => void;
  /** Freeze messages on their way: in development, not on the hot path. */
  readonly freeze?: boolean;
  /** With `ownedKinds`, hears `to-host.ts` at `host/<process>`. */
  readonly process?: string;
  /** Actors of these kinds exist only while owned, and hear only while that is valid. */
  readonly ownedKinds?: ReadonlySet<string>;
}

/** After this the event loop gets its turn. */
const sliceMs = 5;
const sliceArrivals = 2_000;
/** Stopped actors remembered, the oldest forgotten first. */
const stoppedMax = 1_000;

export const createLocalHost = (options: LocalHostOptions = {}): InspectableHost =>
  new LocalHost(options);

/** One of several hosts: what is not here goes elsewhere. */
export const createHostAmongOthers = (
  options: LocalHostOptions,
  elsewhere: Elsewhere,
): HostAmongOthers => new LocalHost(options, elsewhere);

class LocalHost implements HostAmongOthers {
  readonly #clock: () => number;
  readonly #limits: HostLimits;
  readonly #onNote: ((record: NoteRecord) => void) | undefined;
  readonly #onRestart: ((address: Address) => void) | undefined;
  readonly #freezes: boolean;
  readonly #owned: OwnedAddresses;
  readonly #elsewhere: Elsewhere | undefined;
  readonly #actors = new Map<string, AnyActor>();
  readonly #devices = new Map<string, Device>();
  readonly #residents = new Map<Address, Resident>();
  readonly #stopped: Resident[] = [];
  readonly #queue = new Fifo<Delivery>();
  readonly #timers = new TimerHeap<ArmedTimer>();
  readonly #wake: WakeTimer;
  /** Inside a slice, or one is waiting for its turn of the event loop. */
  #isWorking = false;
  #isStopped = false;
  #nextSlice: NodeJS.Immediate | undefined;

  constructor(options: LocalHostOptions, elsewhere?: Elsewhere) {
    this.#elsewhere = elsewhere;
    this.#clock = options.clock ?? (() => performance.now());
    this.#limits = options.limits ?? hostLimitsDefault;
    this.#onNote = options.onNote;
    this.#onRestart = options.onRestart;
    this.#freezes = options.freeze ?? false;
    this.#owned = startOwnedAddresses(options.ownedKinds ?? new Set());
    this.#wake = new WakeTimer(this.#clock, () => {
      if (!this.#isWorking) this.#workSlice();
    });
    if (options.process !== undefined) this.#hearOwner(hostAddress(options.process));
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
    if (this.#isWorking) return this.#route(from, to, message);
    this.#isWorking = true;
    const outcome = this.#route(from, to, message);
    this.#workSlice();
    return outcome;
  }

  deliver(from: Address, to: Address, message: unknown): "accepted" | "refused" {
    if (!this.#isStopped && this.#isElsewhere(to)) {
      this.#dropped(to, from, message, "not here");
      return "accepted";
    }
    return this.send(from, to, message);
  }

  nowMs(): number {
    return this.#clock();
  }

  statesOf(kind: string): ReadonlyMap<Address, unknown> {
    const states = new Map<Address, unknown>();
    for (const resident of this.#residents.values()) {
      if (resident.actor.name === kind) states.set(resident.self, resident.state);
    }
    return states;
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake.clear();
    clearImmediate(this.#nextSlice);
    this.#queue.clear();
    this.#timers.clear();
    this.#residents.clear();
  }

  #isKnownKind(kind: string): boolean {
    return this.#actors.has(kind) || this.#devices.has(kind);
  }

  #hearOwner(self: Address): void {
    this.attach(kindOf(self), (to, from, message) => {
      if (to !== self) {
        this.#dropped(to, from, message, "not this host");
        return;
      }
      for (const address of heardByHost(this.#owned, message as ToHost, this.#elsewhere)) {
        const resident = this.#residents.get(address);
        if (resident !== undefined) this.#forget(resident);
      }
    });
  }

  #route(from: Address, to: Address, message: unknown): "accepted" | "refused" {
    if (this.#isStopped) return "accepted";
    if (this.#freezes) freezeMessage(message);
    const resident = this.#residents.get(to);
    if (resident !== undefined) return this.#enqueue(resident, from, message);
    if (this.#elsewhere !== undefined && this.#isElsewhere(to)) {
      return this.#elsewhere.carry(from, to, message);
    }
    const kind = kindOf(to);
    const device = this.#devices.get(to) ?? this.#devices.get(kind);
    if (device !== undefined) {
      this.#call(device, to, from, message);
      return "accepted";
    }
    const actor = this.#actors.get(kind);
    if (actor === undefined) this.#dropped(to, from, message, "unknown kind");
    else if (this.#mayExist(to, kind)) return this.#enqueue(this.#begin(to, actor), from, message);
    else this.#dropped(to, from, message, "not owned");
    return "accepted";
  }

  #isElsewhere(to: Address): boolean {
    if (this.#elsewhere === undefined || this.#residents.has(to)) return false;
    return this.#owned.kinds.has(kindOf(to))
      ? !this.#owned.owned.has(to)
      : !this.#elsewhere.isHere(to);
  }

  #mayExist(address: Address, kind: string): boolean {
    return !this.#owned.kinds.has(kind) || this.#owned.owned.has(address);
  }

  #call(device: Device, to: Address, from: Address, message: unknown): void {
    try {
      device(to, from, message);
    } catch (bug) {
      this.#note(to, "host.device-threw", { from, reason: reasonOf(bug) });
    }
  }

  #begin(self: Address, actor: AnyActor): Resident {
    const resident = startResident(self, actor, this.#owned.kinds.has(actor.name));
    this.#residents.set(self, resident);
    this.#initialise(resident);
    return resident;
  }

  #enqueue(resident: Resident, from: Address, message: unknown): "accepted" | "refused" {
    if (resident.pending >= this.#limits.mailboxMax) {
      this.#note(resident.self, "host.mailbox-full", { from, message: kindOfMessage(message) });
      return "refused";
    }
    resident.pending++;
    this.#queue.push({ from, message, resident, timer: undefined });
    return "accepted";
  }

  #workSlice(): void {
    this.#isWorking = true;
    let nowMs = this.#clock();
    const endsAtMs = nowMs + sliceMs;
    let arrivals = 0;
    for (;;) {
      this.#queueDueTimers(nowMs);
      const delivery = this.#queue.shift();
      if (delivery === undefined) break;
      this.#deliver(delivery, nowMs);
      nowMs = this.#clock();
      if (++arrivals < sliceArrivals && nowMs < endsAtMs) continue;
      this.#nextSlice = setImmediate(() => this.#workSlice());
      return;
    }
    this.#isWorking = false;
    if (!this.#isStopped) this.#wake.setEarliest(this.#timers.earliestMs());
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
    }
    if (resident.isStopped) this.#dropped(resident.self, from, message, "stopped");
    else if (resident.isOwned && !isValid(this.#owned, nowMs)) {
      this.#dropped(resident.self, from, message, "ownership no longer valid");
    } else this.#receive(resident, { from, nowMs, message });
  }

  /** The actor was forgotten while a message to it waited: the message begins the next one. */
  #successor({ resident: { self, actor }, from, message }: Delivery): Resident | undefined {
    const standing = this.#residents.get(self);
    if (standing !== undefined) return standing;
    if (this.#mayExist(self, actor.name)) return this.#begin(self, actor);
    this.#dropped(self, from, message, "not owned");
    return undefined;
  }

  #receive(
    resident: Resident,
    arrival: { readonly from: Address; readonly nowMs: number; readonly message: unknown },
  ): void {
    const { actor } = resident;
    try {
      const turnedAway = this.#perform(
        resident,
        actor.receive(resident.state, arrival),
        arrival.nowMs,
      );
      if (turnedAway !== undefined) this.#tellUndelivered(resident, turnedAway, arrival.nowMs);
      if (actor.isFinished?.(resident.state) === true) this.#forget(resident);
    } catch (bug) {
      this.#restart(resident, bug);
    }
  }

  #tellUndelivered(resident: Resident, turnedAway: readonly Undelivered[], nowMs: number): void {
    for (const refused of turnedAway) {
      const effects = resident.actor.undelivered?.(resident.state, refused);
      // What is turned away now is lost: telling again could go on for ever.
      if (effects !== undefined) this.#perform(resident, effects, nowMs);
    }
  }

  #perform(
    resident: Resident,
    effects: readonly Effect[],
    nowMs: number,
  ): Undelivered[] | undefined {
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
          this.#arm(resident, effect);
          break;
        case "disarm":
          this.#disarm(resident, effect.timer);
          break;
        case "note":
          this.#note(resident.self, effect.event, effect.fields);
          break;
        default:
          effect satisfies never;
      }
    }
    return turnedAway;
  }

  #arm(resident: Resident, { timer: name, atMs, message }: Arm): void {
    assert(!Number.isNaN(atMs), "a timer has a time");
    if (this.#freezes) freezeMessage(message);
    this.#disarm(resident, name);
    if (resident.isForgotten) return;
    const timer: ArmedTimer = {
      atMs,
      name,
      message,
      resident,
      isArmed: true,
      isWaiting: false,
    };
    resident.timers.set(name, timer);
    this.#timers.push(timer);
  }

  #disarm(resident: Resident, name: string): void {
    const timer = resident.timers.get(name);
    if (timer === undefined) return;
    timer.isArmed = false;
    resident.timers.delete(name);
    this.#timers.cancel(timer);
  }

  #disarmAll(resident: Resident): void {
    for (const name of resident.timers.keys()) this.#disarm(resident, name);
  }

  #forget(resident: Resident): void {
    this.#disarmAll(resident);
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
    this.#disarmAll(resident);
    resident.state = undefined;
    const nowMs = this.#clock();
    const reason = reasonOf(bug);
    if (spendRestart(resident.restarts, nowMs, this.#limits) === "stop") {
      resident.isStopped = true;
      this.#rememberStopped(resident);
      this.#note(resident.self, "host.stopped-actor", { reason });
      return;
    }
    this.#note(resident.self, "host.restarted", { reason });
    this.#initialise(resident);
    if (!resident.isStopped) this.#onRestart?.(resident.self);
  }

  #rememberStopped(resident: Resident): void {
    this.#stopped.push(resident);
    const oldest = this.#stopped.length > stoppedMax ? this.#stopped.shift() : undefined;
    if (oldest !== undefined && this.#residents.get(oldest.self) === oldest) this.#forget(oldest);
  }

  #dropped(to: Address, from: Address, message: unknown, why: string): void {
    this.#note(to, "host.dropped", { why, from, message: kindOfMessage(message) });
  }

  #note(actor: Address, event: string, fields: Note["fields"]): void {
    this.#onNote?.({ kind: "note", event, fields, actor, nowMs: this.#clock() });
  }
}
