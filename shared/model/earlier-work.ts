// What attempts before this one had, as its session had heard when it asked for this one: a session that takes the stream over, and a
// worker that bills it, know of no other. Accounts of one request merge by maximum: each must hold all of it.

import type { ExecutedTotals } from "./usage.ts";

export type EarlierWork = Pick<
  ExecutedTotals,
  "prefillMs" | "decodeMs" | "kvBlockMs" | "preemptions" | "gpuUs"
>;

export const noEarlierWork: EarlierWork = {
  prefillMs: 0,
  decodeMs: 0,
  kvBlockMs: 0,
  preemptions: 0,
  gpuUs: 0,
};

export const addWork = (a: EarlierWork, b: EarlierWork): EarlierWork => ({
  prefillMs: a.prefillMs + b.prefillMs,
  decodeMs: a.decodeMs + b.decodeMs,
  kvBlockMs: a.kvBlockMs + b.kvBlockMs,
  preemptions: a.preemptions + b.preemptions,
  gpuUs: a.gpuUs + b.gpuUs,
});

/** Of terms that another process wrote: what is no amount counts for nothing. */
export function readEarlierWork(given: unknown): EarlierWork {
  const told = (given ?? {}) as Readonly<Record<string, unknown>>;
  const amount = (name: keyof EarlierWork): number => {
    const value = told[name];
    return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : 0;
  };
  return {
    prefillMs: amount("prefillMs"),
    decodeMs: amount("decodeMs"),
    kvBlockMs: amount("kvBlockMs"),
    preemptions: amount("preemptions"),
    gpuUs: amount("gpuUs"),
  };
}
