// The network between simulated processes: who is reached at an address, and what happens on the way. Each
// directed link has its own streams of chance. Messages inside a process do not pass here.

import type { Address } from "#shared/actor/actor.ts";
import { assert } from "#shared/actor/assert.ts";
import type { Happening } from "./event-queue.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { SimulatedClock } from "./simulated-clock.ts";
import type { Trace } from "./trace.ts";
import type { Parcel } from "./wire.ts";

/** A process as the network sees it. */
export interface NetworkPort {
  readonly process: string;
  /** Something came in for one of its addresses. */
  arrive(to: Address, parcel: Parcel): void;
}

/** Where a process stands on the network, whichever life of it does. */
export class Place {
  readonly process: string;
  /** In order of mention. */
  readonly index: number;
  port: NetworkPort | undefined;
  /** Ways from here, by the other's index. */
  readonly links: (Link | undefined)[] = [];

  constructor(process: string, index: number) {
    this.process = process;
    this.index = index;
  }
}

/** Probabilities per message; times are upper bounds, drawn evenly. */
export interface LinkFaults {
  readonly loss: number;
  readonly duplication: number;
  /** Late by up to `lateMs`, and everything behind it on the link too. */
  readonly delay: number;
  /** Late by up to `lateMs`, overtaken by what follows. */
  readonly reordering: number;
  readonly lateMs: number;
}

export const noFaults: LinkFaults = {
  loss: 0,
  duplication: 0,
  delay: 0,
  reordering: 0,
  lateMs: 0,
};

export type NetworkFault = "lost" | "duplicated" | "delayed" | "reordered" | "cut off";

/** One stream for each kind of fault, drawn from for each message: a fault that is off shifts no other. */
interface Chances {
  readonly lost: SeededRandom;
  readonly duplicated: SeededRandom;
  readonly delayed: SeededRandom;
  readonly reordered: SeededRandom;
  readonly time: SeededRandom;
}

/** What is to happen to one message. */
interface Draw {
  readonly isLost: boolean;
  readonly isDuplicated: boolean;
  readonly isDelayed: boolean;
  readonly isReordered: boolean;
  /** Shares of the most, for what it always takes and for what it is late. */
  readonly spread: number;
  readonly lateness: number;
}

export interface Link {
  readonly name: string;
  readonly chances: Chances;
  /** Of its copy, drawn from whether there is one or not. */
  readonly copyChances: Chances;
  /** A later message does not arrive before this. */
  orderedUntilMs: number;
}

/** One way, without faults. */
const leastMs = 0.05;
const spreadMs = 0.4;

export class SimulatedNetwork {
  readonly #clock: SimulatedClock;
  readonly #random: SeededRandom;
  readonly #trace: Trace;
  readonly #places = new Map<string, Place>();
  /** First two parts of an address → where its process stands. */
  readonly #fixed = new Map<string, Place>();
  /** Owned address → who hears it: more than one while a former owner still believes. */
  readonly #owned = new Map<Address, readonly Place[]>();
  /** How many reasons there are for nothing to pass, by link. */
  readonly #blocked = new Map<string, number>();
  readonly #counts: Record<NetworkFault, number> = {
    lost: 0,
    duplicated: 0,
    delayed: 0,
    reordered: 0,
    "cut off": 0,
  };
  readonly #isFaultless: boolean;
  #faults: LinkFaults = noFaults;

  /** `isFaultless`: nothing ever goes wrong here, so no chance is drawn of it. */
  constructor(
    clock: SimulatedClock,
    random: SeededRandom,
    trace: Trace,
    { isFaultless = false }: { readonly isFaultless?: boolean } = {},
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#trace = trace;
    this.#isFaultless = isFaultless;
  }

  /** The process lives, perhaps again. */
  join(port: NetworkPort): Place {
    const place = this.placeNamed(port.process);
    place.port = port;
    return place;
  }

  placeNamed(process: string): Place {
    let place = this.#places.get(process);
    if (place === undefined) {
      place = new Place(process, this.#places.size);
      this.#places.set(process, place);
    }
    return place;
  }

  /** `kind/name` and everything below it lives on that process for good. */
  place(kindAndName: string, process: string): void {
    this.#fixed.set(kindAndName, this.placeNamed(process));
  }

  hear(address: Address, process: string): void {
    const hearers = this.#owned.get(address) ?? [];
    const place = this.placeNamed(process);
    if (!hearers.includes(place)) this.#owned.set(address, [...hearers, place]);
  }

  unhear(address: Address, process: string): void {
    const hearers = this.#owned.get(address) ?? [];
    this.#owned.set(
      address,
      hearers.filter((hearer) => hearer.process !== process),
    );
  }

  /** How often each fault struck so far. */
  faultCounts(): Readonly<Record<NetworkFault, number>> {
    return { ...this.#counts };
  }

  setFaults(faults: LinkFaults): void {
    assert(!this.#isFaultless, "a world without faults gets none");
    this.#faults = faults;
  }

  /** One direction only: nothing from there reaches here, until it was unblocked as often. */
  block(from: string, to: string): void {
    assert(!this.#isFaultless, "a world without faults gets none");
    const link = `${from}→${to}`;
    this.#blocked.set(link, (this.#blocked.get(link) ?? 0) + 1);
  }

  unblock(from: string, to: string): void {
    const link = `${from}→${to}`;
    const reasons = (this.#blocked.get(link) ?? 0) - 1;
    if (reasons > 0) this.#blocked.set(link, reasons);
    else this.#blocked.delete(link);
  }

  /** Every link clean. What is blocked stays so until whoever blocked it is done. */
  heal(): void {
    this.#faults = noFaults;
  }

  /** Where a message to this address always goes. Undefined: it is owned, or known nowhere. */
  fixedPlace(address: Address): Place | undefined {
    const afterKind = address.indexOf("/") + 1;
    const end = afterKind === 0 ? -1 : address.indexOf("/", afterKind);
    return this.#fixed.get(end < 0 ? address : address.slice(0, end));
  }

  /** Where a message to an owned address goes: perhaps nowhere, perhaps to more than one. */
  hearersOf(address: Address): readonly Place[] {
    return this.#owned.get(address) ?? nobody;
  }

  transmit(from: Place, there: Place, to: Address, parcel: Parcel): void {
    const link = from.links[there.index] ?? this.#link(from, there);
    const delivery = new Delivery(there, to, parcel);
    if (this.#isFaultless) return this.#carry(link, delivery);
    const draw = this.#draw(link.chances);
    const copyDraw = this.#draw(link.copyChances);
    if (this.#blocked.size > 0 && this.#blocked.has(link.name)) {
      this.#strike("cut off", link, to);
      return;
    }
    if (draw.isLost) {
      this.#strike("lost", link, to);
      return;
    }
    this.#clock.scheduleHappening(this.#arrivesAtMs(link, to, draw), delivery);
    if (!draw.isDuplicated) return;
    this.#strike("duplicated", link, to);
    this.#clock.scheduleHappening(this.#arrivesAtMs(link, to, copyDraw), delivery);
  }

  /** As `transmit` without faults, at the cost of one draw. */
  #carry(link: Link, delivery: Delivery): void {
    const onTimeMs = this.#clock.nowMs + leastMs + link.chances.time.fraction() * spreadMs;
    const atMs = Math.max(onTimeMs, link.orderedUntilMs + 0.001);
    link.orderedUntilMs = atMs;
    this.#clock.scheduleHappening(atMs, delivery);
  }

  #draw(chances: Chances): Draw {
    const { loss, duplication, delay, reordering } = this.#faults;
    return {
      isLost: chances.lost.chance(loss),
      isDuplicated: chances.duplicated.chance(duplication),
      isDelayed: chances.delayed.chance(delay),
      isReordered: chances.reordered.chance(reordering),
      spread: chances.time.fraction(),
      lateness: chances.time.fraction(),
    };
  }

  #arrivesAtMs(
    link: Link,
    to: Address,
    { isDelayed, isReordered, spread, lateness }: Draw,
  ): number {
    const onTimeMs = this.#clock.nowMs + leastMs + spread * spreadMs;
    const lateByMs = lateness * this.#faults.lateMs;
    if (isReordered) {
      this.#strike("reordered", link, to);
      return onTimeMs + lateByMs;
    }
    if (isDelayed) this.#strike("delayed", link, to);
    // From when it was sent, not from behind the one before: delays do not add up.
    const atMs = Math.max(onTimeMs + (isDelayed ? lateByMs : 0), link.orderedUntilMs + 0.001);
    link.orderedUntilMs = atMs;
    return atMs;
  }

  #strike(fault: NetworkFault, link: Link, to: Address): void {
    this.#counts[fault]++;
    if (!this.#trace.keepsTail) return;
    const atMs = this.#clock.nowMs;
    this.#trace.keep({ atMs, process: link.name, what: fault, address: to, detail: "" });
  }

  #link(from: Place, there: Place): Link {
    const name = `${from.process}→${there.process}`;
    const random = this.#random.derive(`net/${name}`);
    const link = {
      name,
      chances: chancesOf(random),
      copyChances: chancesOf(random.derive("copies")),
      orderedUntilMs: 0,
    };
    // Without holes: who is spoken to later has a higher index as often as not.
    while (from.links.length <= there.index) from.links.push(undefined);
    from.links[there.index] = link;
    return link;
  }
}

const nobody: readonly Place[] = [];

/** A message on its way: to whoever bears the process's name when it arrives, for it outlives a restart. */
class Delivery implements Happening {
  readonly #there: Place;
  readonly #to: Address;
  readonly #parcel: Parcel;

  constructor(there: Place, to: Address, parcel: Parcel) {
    this.#there = there;
    this.#to = to;
    this.#parcel = parcel;
  }

  act(): void {
    this.#there.port?.arrive(this.#to, this.#parcel);
  }
}

const chancesOf = (link: SeededRandom): Chances => ({
  lost: link.derive("lost"),
  duplicated: link.derive("duplicated"),
  delayed: link.derive("delayed"),
  reordered: link.derive("reordered"),
  time: link.derive("time"),
});
