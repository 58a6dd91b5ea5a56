// What a checker is: one property, watched while a seed runs and judged when it has come to rest.

import type { Address } from "#shared/actor/actor.ts";
import type { LetterDied } from "#shared/messages/to-dead-letters.ts";
import type { HostObserver } from "#shared/sim/simulated-world.ts";
import type { ClientHistory } from "./client-history.ts";
import type { FaultPlan } from "./fault-plan.ts";
import type { LedgerRow } from "./ledger-device.ts";
import type { GpuEntry } from "#shared/model/gpu-word.ts";
import type { Fleet } from "#shared/model/fleet.ts";

/** What is left when a seed has come to rest, or has failed to. */
export interface Outcome {
  readonly fleet: Fleet;
  readonly plan: FaultPlan;
  readonly histories: ReadonlyMap<string, ClientHistory>;
  readonly letters: ReadonlyMap<string, readonly LetterDied[]>;
  /** By `tenant/request`. */
  readonly ledger: ReadonlyMap<string, LedgerRow>;
  /** By worker and life: its last word. */
  readonly gpuLives: ReadonlyMap<string, GpuEntry>;
  /** Every standing actor of a kind, over all processes that run it by right. */
  readonly statesOf: (kind: string) => Iterable<readonly [Address, unknown]>;
}

export interface Watching {
  /** Kinds of the actors whose arrivals it looks at; absent: all. */
  readonly kinds?: readonly string[];
  readonly observer?: HostObserver;
  readonly judge?: (outcome: Outcome) => void;
}

/** A violation, in words that name the request or the actor. */
export type Report = (violation: string) => void;

export interface Checker {
  /** The property, as its file is named. */
  readonly name: string;
  /** Fresh for each seed. `worldMs` reads the world's clock. */
  readonly watch: (report: Report, worldMs: () => number) => Watching;
}
