// The network between simulated processes: who is reached at an address, and what happens on the way. Each
// directed link has its own stream of chance. Messages inside a process do not pass here.

import type { Address } from "#shared/actor/actor.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { SimulatedClock } from "./simulated-clock.ts";
import type { Trace } from "./trace.ts";

/** A process as the network sees it. */
export interface NetworkPort {
  readonly process: string;
  /** Bytes came in for one of its addresses. */
  arrive(to: Address, bytes: Uint8Array): void;
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

interface Link {
  readonly name: string;
  readonly random: SeededRandom;
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
  readonly #fixedOf = new Map<Address, string | undefined>();
  /** Owned address → the processes that hear it: more than one while a former owner still believes. */
  readonly #owned = new Map<Address, readonly string[]>();
  readonly #links = new Map<string, Map<string, Link>>();
  readonly #blocked = new Set<string>();
  readonly #counts: Record<NetworkFault, number> = {
    lost: 0,
    duplicated: 0,
    delayed: 0,
    reordered: 0,
    "cut off": 0,
  };
  #faults: LinkFaults = noFaults;

  constructor(clock: SimulatedClock, random: SeededRandom, trace: Trace) {
    this.#clock = clock;
    this.#random = random;
    this.#trace = trace;
  }

  join(port: NetworkPort): void {
    this.#ports.set(port.process, port);
  }

  /** `kind/name` and everything below it lives on that process for good. */
  place(kindAndName: string, process: string): void {
    this.#fixed.set(kindAndName, process);
    this.#fixedOf.clear();
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
    this.#faults = faults;
  }

  /** One direction only: nothing from there reaches here. */
  block(from: string, to: string): void {
    this.#blocked.add(`${from}→${to}`);
  }

  unblock(from: string, to: string): void {
    this.#blocked.delete(`${from}→${to}`);
  }

  /** Every link clean and open. */
  heal(): void {
    this.#faults = noFaults;
    this.#blocked.clear();
  }

  /** Where a message to this address goes: perhaps nowhere, perhaps to more than one. */
  processesAt(address: Address): readonly string[] {
    const owned = this.#owned.get(address);
    if (owned !== undefined) return owned;
    const process = this.#fixedProcess(address);
    return process === undefined ? [] : [process];
  }

  transmit(from: string, toProcess: string, to: Address, bytes: Uint8Array): void {
    const link = this.#link(from, toProcess);
    if (this.#blocked.size > 0 && this.#blocked.has(link.name)) {
      this.#strike("cut off", link, to);
      return;
    }
    const { loss, duplication } = this.#faults;
    if (loss > 0 && link.random.chance(loss)) {
      this.#strike("lost", link, to);
      return;
    }
    this.#schedule(link, toProcess, to, bytes);
    if (duplication > 0 && link.random.chance(duplication)) {
      this.#strike("duplicated", link, to);
      this.#schedule(link, toProcess, to, bytes);
    }
  }

  #schedule(link: Link, toProcess: string, to: Address, bytes: Uint8Array): void {
    // Whoever bears the process's name by then: bytes on the way outlive a restart.
    this.#clock.schedule(this.#arrivesAtMs(link, to), () =>
      this.#ports.get(toProcess)?.arrive(to, bytes),
    );
  }

  #arrivesAtMs(link: Link, to: Address): number {
    const { delay, reordering, lateMs } = this.#faults;
    const onTimeMs = this.#clock.nowMs + leastMs + link.random.fraction() * spreadMs;
    if (reordering > 0 && link.random.chance(reordering)) {
      this.#strike("reordered", link, to);
      return onTimeMs + link.random.fraction() * lateMs;
    }
    const isDelayed = delay > 0 && link.random.chance(delay);
    if (isDelayed) this.#strike("delayed", link, to);
    // From when it was sent, not from behind the one before: delays do not add up.
    const delayMs = isDelayed ? link.random.fraction() * lateMs : 0;
    const atMs = Math.max(onTimeMs + delayMs, link.orderedUntilMs + 0.001);
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
      link = { name, random: this.#random.derive(`net/${name}`), orderedUntilMs: 0 };
      links.set(to, link);
    }
    return link;
  }

  #fixedProcess(address: Address): string | undefined {
    if (this.#fixedOf.has(address)) return this.#fixedOf.get(address);
    const [kind = "", name = ""] = address.split("/", 2);
    const process = this.#fixed.get(`${kind}/${name}`);
    this.#fixedOf.set(address, process);
    return process;
  }
}
