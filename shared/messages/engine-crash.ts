// What a worker hears around a crash of its engine. Part of its mailbox, `to-worker.ts`.

/** The engine died with everything in flight, and is being started again: `engine-up` follows. Its driver says so, for it cannot. */
export interface EngineCrashed {
  readonly kind: "engine-crashed";
  readonly reason: string;
  /** What kind of end it was, if it is known. `ecc`: the GPU's doing, no request's. Absent: it exited. */
  readonly fault?: "hung" | "silent" | "cuda-oom" | "ecc";
  /** Until it should be up. */
  readonly restartMs: number;
}

/** The store has what was in flight at that crash: stop repeating it. From coordination. */
export interface SuspectsNoted {
  readonly kind: "suspects-noted";
  readonly crash: string;
}
