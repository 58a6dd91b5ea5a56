// The network between simulated processes: who is reached at an address, and what happens on the way. Each
// directed link has its own streams of chance. Messages inside a process do not pass here.

import type { Address } from "#shared/actor/actor.ts";
import { assert } from "#shared/actor/assert.ts";
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

interface Link {
  readonly name: string;
  readonly to: string;
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
  readonly #ports = new Map<string, NetworkPort>();
  /** First two parts of an address → its process. */
  readonly #fixed = new Map<string, string>();
  /** Owned address → the processes that hear it: more than one while a former owner still believes. */
  readonly #owned = new Map<Address, readonly string[]>();
  readonly #links = new Map<string, Map<string, Link>>();
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

  join(port: NetworkPort): void {
    this.#ports.set(port.process, port);
  }

  /** `kind/name` and everything below it lives on that process for good. */
  place(kindAndName: string, process: string): void {
    this.#fixed.set(kindAndName, process);
  }

  hear(address: Address, process: string): void {
    const hearers = this.#owned.get(address) ?? [];
    if (!hearers.includes(process)) this.#owned.set(address, [...hearers, process]);
  }

  unhear(address: Address, process: string): void {
    const hearers = this.#owned.get(address) ?? [];
    this.#owned.set(
      address,
      hearers.filter((hearer) => hearer !== process),
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

  /** Where a message to this address goes: perhaps nowhere, perhaps to more than one. */
  processesAt(address: Address): readonly string[] {
    const owned = this.#owned.get(address);
    if (owned !== undefined) return owned;
    const process = this.#fixedProcess(address);
    return process === undefined ? [] : [process];
  }

  transmit(from: string, toProcess: string, to: Address, parcel: Parcel): void {
    const link = this.#link(from, toProcess);
    if (this.#isFaultless) return this.#carry(link, to, parcel);
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
    const arrive = (): void => this.#ports.get(toProcess)?.arrive(to, parcel);
    // Whoever bears the process's name by then: parcels on the way outlive a restart.
    this.#clock.schedule(this.#arrivesAtMs(link, to, draw), arrive);
    if (!draw.isDuplicated) return;
    this.#strike("duplicated", link, to);
    this.#clock.schedule(this.#arrivesAtMs(link, to, copyDraw), arrive);
  }

  /** As `transmit` without faults, at the cost of one draw. */
  #carry(link: Link, to: Address, parcel: Parcel): void {
    const onTimeMs = this.#clock.nowMs + leastMs + link.chances.time.fraction() * spreadMs;
    const atMs = Math.max(onTimeMs, link.orderedUntilMs + 0.001);
    link.orderedUntilMs = atMs;
    this.#clock.schedule(atMs, () => this.#ports.get(link.to)?.arrive(to, parcel));
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

  #link(from: string, to: string): Link {
    let links = this.#links.get(from);
    if (links === undefined) {
      links = new Map();
      this.#links.set(from, links);
    }
    let link = links.get(to);
    if (link === undefined) {
      const name = `${from}→${to}`;
      const random = this.#random.derive(`net/${name}`);
      link = {
        name,
        to,
        chances: chancesOf(random),
        copyChances: chancesOf(random.derive("copies")),
        orderedUntilMs: 0,
      };
      links.set(to, link);
    }
    return link;
  }

  #fixedProcess(address: Address): string | undefined {
    const afterKind = address.indexOf("/") + 1;
    const end = afterKind === 0 ? -1 : address.indexOf("/", afterKind);
    return this.#fixed.get(end < 0 ? address : address.slice(0, end));
  }
}

const chancesOf = (link: SeededRandom): Chances => ({
  lost: link.derive("lost"),
  duplicated: link.derive("duplicated"),
  delayed: link.derive("delayed"),
  reordered: link.derive("reordered"),
  time: link.derive("time"),
});
