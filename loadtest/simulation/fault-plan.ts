// What goes wrong in a seed, and when, as data: a timed list, and how bad links and ledger are all the while.

import type { LinkFaults } from "#shared/sim/network.ts";

export type Fault =
  /** SIGKILL, and a new life later. */
  | { readonly kind: "kill"; readonly process: string; readonly downMs: number }
  /** SIGSTOP and SIGCONT. */
  | { readonly kind: "pause"; readonly process: string; readonly forMs: number }
  /** The machine sleeps: a pause that its own clock does not count. */
  | { readonly kind: "suspend"; readonly process: string; readonly forMs: number }
  /** A clock jumps forward; monotonic clocks never go back. */
  | { readonly kind: "clock-step"; readonly process: string; readonly byMs: number }
  /** A planned end: the owner gives everything up, then the process stops, and starts again. */
  | { readonly kind: "hand-over"; readonly process: string; readonly downMs: number }
  /** Nothing passes between two, in one direction or both. */
  | {
      readonly kind: "cut";
      readonly from: string;
      readonly to: string;
      readonly isBothWays: boolean;
      readonly forMs: number;
    }
  /** These hear everybody, and nobody else hears them. */
  | {
      readonly kind: "one-way-partition";
      readonly unheard: readonly string[];
      readonly forMs: number;
    }
  /** Processes lose their links one by one, and get them back in another order. */
  | { readonly kind: "swizzle-clog"; readonly clogs: readonly Clog[] }
  /** The coordination store cannot be reached from a process. */
  | { readonly kind: "store-away"; readonly process: string; readonly forMs: number }
  /** The store has no majority: it answers nobody, and ends no lease. */
  | { readonly kind: "store-gone"; readonly forMs: number }
  /** The store loses every lease at once. */
  | { readonly kind: "lease-storm" }
  /** An operator drains a worker, and takes it back. */
  | {
      readonly kind: "drain";
      readonly worker: string;
      readonly patienceMs: number;
      readonly forMs: number;
    };

/** All links of a process, both ways. */
export interface Clog {
  readonly process: string;
  /** Since the fault began. */
  readonly fromMs: number;
  readonly forMs: number;
}

export type TimedFault = Fault & { readonly atMs: number };

/** Probabilities per batch. */
export interface LedgerFaults {
  /** Its outcome is unknown. */
  readonly trouble: number;
  /** The log on the way to the ledger, which has taken it, forgets it. Zero: there is no such log. */
  readonly logLoss: number;
}

/** Probabilities per sync of an outbox. */
export interface DiskFaults {
  /** It fails, and what it was for is lost. */
  readonly trouble: number;
}

export interface FaultPlan {
  readonly links: LinkFaults;
  readonly ledger: LedgerFaults;
  /** Of every process that meters. Absent: none. */
  readonly disk?: DiskFaults;
  /** In order of time. */
  readonly faults: readonly TimedFault[];
}

/** Every process that a fault of these kinds strikes. */
export const struckBy = (
  { faults }: FaultPlan,
  kinds: readonly Fault["kind"][],
): ReadonlySet<string> =>
  new Set(faults.filter(({ kind }) => kinds.includes(kind)).flatMap(processesOf));

function processesOf(fault: Fault): readonly string[] {
  switch (fault.kind) {
    case "cut":
      return [fault.from, fault.to];
    case "one-way-partition":
      return fault.unheard;
    case "swizzle-clog":
      return fault.clogs.map(({ process }) => process);
    case "drain":
      return [fault.worker];
    case "store-gone":
    case "lease-storm":
      return [];
    default:
      return [fault.process];
  }
}
