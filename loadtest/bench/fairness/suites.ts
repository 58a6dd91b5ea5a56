// The published workloads, exactly (Sheng et al., Fairness in Serving Large Language Models, OSDI 2024, and its
// artefact): rates, lengths, horizons, and the phases of the published runs.

import { SeededRandom } from "#shared/sim/seeded-random.ts";
import { drawPhases, evenly, poisson } from "./arrivals.ts";
import type { SteadyClient } from "./arrivals.ts";
import type { SuiteRequest } from "./suite-request.ts";

export interface Suite {
  readonly name: string;
  readonly horizonS: number;
  /** By client. */
  readonly weights: readonly number[];
  /** Even arrivals: only the phases are drawn, so it takes more draws. */
  readonly isEven: boolean;
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
    isEven: true,
    draw: (seed, untilS = horizonS) =>
      evenly(clients, drawPhases(clients, new SeededRandom(seed, name)), untilS),
    published: (untilS = horizonS) => evenly(clients, phasesS, untilS),
  };
}

function random(name: string, horizonS: number, clients: readonly SteadyClient[]): Suite {
  return {
    name,
    horizonS,
    weights: clients.map(() => 1),
    isEven: false,
    draw: (seed) => poisson(clients, horizonS, new SeededRandom(seed, name)),
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

export const shortLong: Suite = random("short-long", 600, [
  { promptTokens: 64, outputTokens: 64, requestsPerS: 8 },
  { promptTokens: 256, outputTokens: 256, requestsPerS: 1.5 },
]);

/** The hard rates: all four stay backlogged, and plain first-come order does not happen to be right. */
export const weighted: EvenSuite = even({
  name: "weighted",
  horizonS: 360,
  clients: rated(0.8, 0.8, 1.2, 1.6),
  phasesS: [0.4682, 1.1884, 0.61, 0.3742],
  weights: [1, 2, 3, 4],
});
