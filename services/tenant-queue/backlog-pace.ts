// How fast the requests that wait are granted, seen in the present backlog only: idle time says nothing of the pace, and what a
// backlog before this one met is past. From it, how long one more would wait.

export interface BacklogPace {
  /** Of the latest grant of this backlog. */
  lastAtMs: number | undefined;
  intervalMs: number;
  grants: number;
}

/** Fewer say little. */
const grantsLeast = 8;

export const noBacklogPace = (): BacklogPace => ({
  lastAtMs: undefined,
  intervalMs: 0,
  grants: 0,
});

/** Nothing waits: whatever comes next begins another backlog. */
export function endBacklog(pace: BacklogPace): void {
  Object.assign(pace, noBacklogPace());
}

export function noteGrant(pace: BacklogPace, nowMs: number): void {
  const { lastAtMs } = pace;
  pace.lastAtMs = nowMs;
  if (lastAtMs === undefined) return;
  pace.grants += 1;
  // The mean at first, then the latest sixteen count most: grants come in bursts.
  pace.intervalMs += (nowMs - lastAtMs - pace.intervalMs) / Math.min(pace.grants, 16);
}

/** Undefined: not known. */
export const predictWaitMs = (
  { grants, intervalMs }: BacklogPace,
  ahead: number,
): number | undefined => (grants < grantsLeast ? undefined : Math.ceil(intervalMs * ahead));
