// A workload: when each request arrives, how long it is, and who might have sent it. Arrivals are open loop: the
// system's answers never delay the next one.

export interface PlannedRequest {
  /** Since the workload's start. */
  readonly atMs: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** The trace's own client, if it has any. */
  readonly client?: number;
  /** One id per block of 512 prompt tokens that equal ids share. Absent: the prompt is its own. */
  readonly prefixBlocks?: readonly number[];
}

export interface Workload {
  readonly name: string;
  readonly source: string;
  readonly requests: readonly PlannedRequest[];
}

/** Speeds arrivals up (2 = twice as fast), then cuts everything after `durationMs` of wall time. */
export function scaled(workload: Workload, timeScale: number, durationMs: number): Workload {
  const requests = workload.requests
    .map((request) => ({ ...request, atMs: request.atMs / timeScale }))
    .filter((request) => request.atMs <= durationMs);
  return { ...workload, requests };
}
