// Accounts of requests that nobody is left to bill: their edge and their worker died together, or before anything ran. Law:
// none is settled while a witness may still speak, for what is settled never changes.

import type { UsageEntry } from "./merge-usage.ts";

/**
 * Beyond the deadline. The edge's session may wait 35 s with its bill, the worker 60 s for a client that comes back and a minute
 * for its answer; what either has written is on its way for some more, and clocks run apart.
 */
export const settleGraceMs = 180_000;

/** Of an account that says no deadline: longer than any request lives. */
export const endsWithinDefaultMs = 3_600_000;

/** How such a request ended, as far as anybody knows. */
export const witnessesLost = "witnesses_lost";

/** Settled at what was told last: never more than was delivered. */
export const settleAbandoned = ({ record }: UsageEntry): UsageEntry => ({
  isFinal: true,
  record: { ...record, outcome: witnessesLost },
});
