// Time as the in-memory store needs it, so that the simulator can give it virtual time.

import { performance } from "node:perf_hooks";

export interface StoreClock {
  /** Monotonic. */
  nowMs(): number;
  /** Do the work later, never inside this call. Returns how to cancel it. */
  later(delayMs: number, work: () => void): () => void;
}

export const realClock: StoreClock = {
  nowMs: () => performance.now(),
  later(delayMs, work) {
    if (delayMs > 0) {
      const timeout = setTimeout(work, delayMs);
      return () => clearTimeout(timeout);
    }
    let isCancelled = false;
    queueMicrotask(() => {
      if (!isCancelled) work();
    });
    return () => {
      isCancelled = true;
    };
  },
};
