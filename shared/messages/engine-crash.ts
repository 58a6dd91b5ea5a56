// What a worker hears around a crash of its engine. Part of its mailbox, `to-worker.ts`.

/** The GPU's doing, no request's: memory that failed beyond correction, a GPU that its driver has lost, one that wants a reset, or a critical XID. */
export type GpuFault = "ecc" | "gpu-lost" | "gpu-reset" | "xid";

const gpuFaults: Readonly<Record<GpuFault, true>> = {
  ecc: true,
  "gpu-lost": true,
  "gpu-reset": true,
  xid: true,
};

export const isGpuFault = (fault: EngineCrashed["fault"]): fault is GpuFault =>
  fault !== undefined && fault in gpuFaults;

/** The engine died with everything in flight, and is being started again: `engine-up` follows. Its driver says so, for it cannot. */
export interface EngineCrashed {
  readonly kind: "engine-crashed";
  readonly reason: string;
  /** What kind of end it was, if it is known. Absent: it exited. */
  readonly fault?: "hung" | "silent" | "cuda-oom" | GpuFault;
  /** Until it should be up. */
  readonly restartMs: number;
}

/** The store has what was in flight at that crash: stop repeating it. From coordination. */
export interface SuspectsNoted {
  readonly kind: "suspects-noted";
  readonly crash: string;
}
