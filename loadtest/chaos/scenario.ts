// One kind of disaster: what is done to the fleet while streams run, and what it may cost.

import type { Stage } from "./stage.ts";

export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** Resolves when the last fault is done and undone as far as the scenario undoes it. */
  readonly disturb: (stage: Stage, pace: Pace) => Promise<void>;
  /** Some clients do not come back for a stream that broke with its edge: their worker ends and bills it. */
  readonly clientsStayAway?: boolean;
}

export interface Pace {
  /** How often the fault is repeated. */
  readonly times: number;
  readonly everyMs: number;
}
