// How often an actor may throw before its host gives up on it: so many restarts within a sliding period.

export interface RestartBudget {
  /** When it was restarted, oldest first; never more than the budget. */
  readonly restartedAtMs: number[];
}

export interface RestartLimits {
  readonly restartsMax: number;
  readonly restartsWithinMs: number;
}

export const startRestartBudget = (): RestartBudget => ({ restartedAtMs: [] });

/** The actor threw: `restart` spends one from the budget, `stop` means that none is left. */
export function spendRestart(
  { restartedAtMs }: RestartBudget,
  nowMs: number,
  { restartsMax, restartsWithinMs }: RestartLimits,
): "restart" | "stop" {
  while (restartedAtMs.length > 0 && (restartedAtMs[0] ?? 0) <= nowMs - restartsWithinMs) {
    restartedAtMs.shift();
  }
  if (restartedAtMs.length >= restartsMax) return "stop";
  restartedAtMs.push(nowMs);
  return "restart";
}
