// SIGTERM and SIGINT: the first begins the drain, one that comes later ends the process at once. A terminal's Ctrl-C
// reaches npm and this process, and npm passes it on: what comes within a second of the first is the same wish.

export interface EndSignals {
  /** The exit code is what it resolves to. */
  readonly drain: () => Promise<number>;
  readonly say: (text: string) => void;
  /** After the drain, when nothing is open any more. */
  readonly end: (code: number) => void;
  /** At once. */
  readonly exit: (code: number) => void;
  readonly nowMs: () => number;
}

const sameWishMs = 1000;

/** Call the result at each signal. */
export function onEndSignals({ drain, say, end, exit, nowMs }: EndSignals): () => void {
  let firstAtMs: number | undefined;
  return () => {
    if (firstAtMs === undefined) {
      firstAtMs = nowMs();
      void drain().then(end);
      return;
    }
    if (nowMs() - firstAtMs < sameWishMs) return;
    say("fairlead: ending now, without waiting for open calls");
    exit(1);
  };
}
