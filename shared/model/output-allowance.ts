// How much output a request may have under its tenant's quota: told with its place, and kept to by the worker.

export interface OutputAllowance {
  /** In all, over every attempt. */
  readonly outputTokens: number;
  /** At the end of it: ask the queue for the next attempt, which has more or is refused; or the output is complete. */
  readonly atEnd: "ask" | "complete";
  /** The quota's windows in which it and the prompt were taken, UTC. */
  readonly day: string;
  readonly month: string;
}
