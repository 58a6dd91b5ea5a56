// A sequence is to give way, and a worker gives it up. Part of the session's mailbox, `to-session.ts`.

import type { RequestId } from "#shared/model/ids.ts";
import type { SeenCrash } from "#shared/model/suspicion.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";

/** The worker gives the sequence up without a failure (preempted too long, draining, engine lost or crashed, voided by its router): ask for the next attempt. Of a crash, and of giving way, it is said again for sixteen seconds. */
export interface Returned {
  readonly kind: "returned";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly reason:
    | "preempted"
    | "draining"
    | "engine-lost"
    | "engine-crashed"
    | "adapter-lost"
    | "voided";
  readonly totals: ExecutedTotals;
  /** With `engine-crashed`. */
  readonly crash?: SeenCrash;
}

/** Its router has told the attempt to give way: that counts, though its worker may die before it says so. From the router. */
export interface Preempted {
  readonly kind: "preempted";
  readonly requestId: RequestId;
  readonly attempt: number;
}
