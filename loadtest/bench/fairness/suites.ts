// The published workloads, exactly (Sheng et al., Fairness in Serving Large Language Models, OSDI 2024, and its
// artefact): rates, lengths, horizons, and the phases of the published runs.

import { SeededRandom } from "#shared/sim/seeded-random.ts";
import { drawPhases, evenly } from "./arrivals.ts";
import type { SteadyClient } from "./arrivals.ts";
import type { SuiteRequest } from "./suite-request.ts";

export interface Suite {
  readonly name: string;
  readonly horizonS: number;
  /** By client. */
  readonly weights: readonly number[];
  draw(seed: number): readonly SuiteRequest[];
}

export interface EvenSuite extends Suite {
  /** A longer run of the same, for published runs that were longer. */
  draw(seed: number, horizonS?: number): readonly SuiteRequest[];
  /** With the phases of the published run. */
  published(horizonS?: number): readonly SuiteRequest[];
}

const each256 = { promptTokens: 256, outputTokens: 256 };
const rated = (...rates: readonly number[]): readonly SteadyClient[] =>
  rates.map((requestsPerS) => ({ ...each256, requestsPerS }));

interface EvenPlan {
  readonly name: string;
  readonly horizonS: number;
  readonly clients: readonly SteadyClient[];
  readonly phasesS: readonly number[];
  readonly weights?: readonly number[];
}

function even({ name, horizonS, clients, phasesS, weights }: EvenPlan): EvenSuite {
  return {
    name,
    horizonS,
    weights: weights ?? clients.map(() => 1),
    draw: (seed, untilS = horizonS) =>
      evenly(clients, drawPhases(clients, new SeededRandom(seed, name)), untilS),
    published: (untilS = horizonS) => evenly(clients, phasesS, untilS),
  };
}

export const overload2: EvenSuite = even({
  name: "overload-2",
  horizonS: 360,
  clients: rated(1.5, 3),
  phasesS: [0.2497, 0.3169],
});

export const overload8: EvenSuite = even({
  name: "overload-8",
  horizonS: 360,
  clients: rated(0.4, 0.4, 0.4, 0.6, 0.6, 0.6, 0.6, 0.6),
  phasesS: [0.9364, 2.3768, 1.83, 0.9978, 0.26, 0.26, 0.0968, 1.4436],
});

export const onOff: EvenSuite = even({
  name: "on-off",
  horizonS: 600,
  clients: [
    { ...each256, requestsPerS: 2, isOnOff: true },
    { ...each256, requestsPerS: 3 },
  ],
  phasesS: [0.1873, 0.3169],
});
