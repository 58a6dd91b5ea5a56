// What the processes of one simulated world share, and how checkers look on.

import type { Address, Arrival, Effect } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { SimulatedNetwork } from "./network.ts";
import type { SimulatedClock } from "./simulated-clock.ts";
import type { Trace } from "./trace.ts";
import type { Wire } from "./wire.ts";

/** What every process of a world shares. */
export interface SimulatedWorld {
  readonly clock: SimulatedClock;
  readonly network: SimulatedNetwork;
  readonly trace: Trace;
  readonly wire: Wire;
}

/** Looks on, changes nothing: for checkers. */
export interface HostObserver {
  /** An actor has handled an arrival; `state` is what it holds now. */
  readonly received?: (process: string, self: Address, handled: Handled) => void;
  readonly noted?: (process: string, record: NoteRecord) => void;
  /** An actor threw. */
  readonly threw?: (process: string, self: Address, bug: unknown) => void;
}

export interface Handled {
  /** Of the actor, as its host knows it. */
  readonly kind: string;
  readonly state: unknown;
  readonly arrival: Arrival<unknown>;
  readonly effects: readonly Effect[];
}
