/** How long an engine's decode steps usually take, since it came up. */
export interface EnginePace {
  usualMs: number;
  /** That the figure rests on. */
  steps: number;
  /** In a row, just now, that took far longer. */
  slowSteps: number;
}

export const noPace = (): EnginePace => ({ usualMs: 0, steps: 0, slowSteps: 0 });
