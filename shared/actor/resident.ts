// An actor as its host keeps it: its state, what it still has to receive, and its timers.

import type { Address, AnyActor } from "./actor.ts";
import type { RestartBudget } from "./restart-budget.ts";
import { startRestartBudget } from "./restart-budget.ts";

export interface Resident {
  readonly self: Address;
  readonly actor: AnyActor;
  /** Exists only while its host owns the address, and hears only while that is valid. */
  readonly isOwned: boolean;
  state: unknown;
  /** Undelivered messages; timers do not count. */
  pending: number;
  readonly timers: Map<string, ArmedTimer>;
  readonly restarts: RestartBudget;
  /** Threw too often: keeps its address, hears nothing. */
  isStopped: boolean;
  /** Finished or disowned: a later message begins a new one. */
  isForgotten: boolean;
}

/** What a host has queued: a message, or a timer that is due. */
export interface Delivery {
  readonly from: Address;
  readonly message: unknown;
  readonly resident: Resident;
  readonly timer: ArmedTimer | undefined;
}

export interface ArmedTimer {
  readonly atMs: number;
  readonly name: string;
  readonly message: unknown;
  readonly resident: Resident;
  /** Cleared by delivery, by disarming and by re-arming: what is queued when it is cleared is not delivered. */
  isArmed: boolean;
  /** The timer heap's own. */
  isWaiting?: boolean;
}

/** State is not yet initialised: `init` may throw, which is the host's to handle. */
export const startResident = (self: Address, actor: AnyActor, isOwned: boolean): Resident => ({
  self,
  actor,
  isOwned,
  state: undefined,
  pending: 0,
  timers: new Map(),
  restarts: startRestartBudget(),
  isStopped: false,
  isForgotten: false,
});
