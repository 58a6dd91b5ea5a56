// What goes wrong in a seed, and when: a timed list made before anything runs. Every seed has at least one fault
// of each kind that the world can do; how many more, and how hard, is drawn.

import type { LinkFaults } from "#shared/sim/network.ts";
import type { SeededRandom } from "#shared/sim/seeded-random.ts";
import { controlNames, edgeNames } from "./seed-fleet.ts";

export type Fault =
  /** SIGKILL, and a new life later. */
  | { readonly kind: "kill"; readonly process: string; readonly downMs: number }
  /** SIGSTOP and SIGCONT. */
  | { readonly kind: "pause"; readonly process: string; readonly forMs: number }
  /** A planned end: the owner gives everything up, then the process stops, and starts again. */
  | { readonly kind: "hand-over"; readonly process: string; readonly downMs: number }
  /** Nothing passes, in one direction or both. */
  | {
      readonly kind: "cut";
      readonly from: string;
      readonly to: string;
      readonly isBothWays: boolean;
      readonly forMs: number;
    }
  /** The coordination store cannot be reached from a process. */
  | { readonly kind: "store-away"; readonly process: string; readonly forMs: number }
  /** An operator drains a worker, and takes it back. */
  | { readonly kind: "drain"; readonly worker: string; readonly forMs: number };

export type TimedFault = Fault & { readonly atMs: number };

export interface FaultPlan {
  readonly links: LinkFaults;
  /** Probability that a ledger batch has an unknown outcome. */
  readonly ledgerTrouble: number;
  readonly faults: readonly TimedFault[];
}

export interface FaultTimes {
  readonly fromMs: number;
  readonly untilMs: number;
}

export function faultPlanOf(
  random: SeededRandom,
  workers: readonly string[],
  times: FaultTimes,
): FaultPlan {
  const wanted = [
    ...Array.from({ length: random.between(1, 3) }, () => killOf(random, workers)),
    ...Array.from({ length: random.between(1, 2) }, () => ownerMove(random)),
    ...Array.from({ length: random.between(1, 2) }, () => pauseOf(random, workers)),
    ...Array.from({ length: random.between(0, 3) }, () => cutOf(random, workers)),
    ...(random.chance(0.4) ? [storeAway(random, workers)] : []),
    ...(random.chance(0.3) ? [drainOf(random, workers)] : []),
    ...(random.chance(0.25) ? [killOf(random, edgeNames)] : []),
  ];
  return {
    links: linksOf(random),
    ledgerTrouble: random.chance(0.5) ? 0.3 : 0.05,
    faults: wanted
      .map((fault) => ({ ...fault, atMs: random.between(times.fromMs, times.untilMs) }))
      .toSorted((a, b) => a.atMs - b.atMs),
  };
}

/** From barely to badly; never none. */
function linksOf(random: SeededRandom): LinkFaults {
  const share = (): number => random.pick([0.003, 0.01, 0.03, 0.1]);
  return {
    loss: share(),
    duplication: share(),
    delay: share() / 4,
    reordering: share(),
    lateMs: random.pick([5, 50, 400, 1500]),
  };
}

const killOf = (random: SeededRandom, processes: readonly string[]): Fault => ({
  kind: "kill",
  process: random.pick(processes),
  downMs: random.between(200, 9000),
});

function ownerMove(random: SeededRandom): Fault {
  const process = random.pick(controlNames);
  const draw = random.fraction();
  if (draw < 0.4) return { kind: "hand-over", process, downMs: random.between(500, 8000) };
  if (draw < 0.7) return { kind: "kill", process, downMs: random.between(500, 9000) };
  // Longer than the owners' lease: a zombie awakes.
  return { kind: "pause", process, forMs: random.between(5500, 9000) };
}

function pauseOf(random: SeededRandom, workers: readonly string[]): Fault {
  const process = random.pick([...workers, ...controlNames, random.pick(edgeNames)]);
  return { kind: "pause", process, forMs: random.between(100, 9000) };
}

function cutOf(random: SeededRandom, workers: readonly string[]): Fault {
  const [from = "", to = ""] = random.shuffled([...workers, ...controlNames, ...edgeNames]);
  return {
    kind: "cut",
    from,
    to,
    isBothWays: random.chance(0.5),
    forMs: random.between(300, 8000),
  };
}

const storeAway = (random: SeededRandom, workers: readonly string[]): Fault => ({
  kind: "store-away",
  process: random.pick([...workers, ...controlNames, ...edgeNames]),
  forMs: random.between(1000, 9000),
});

const drainOf = (random: SeededRandom, workers: readonly string[]): Fault => ({
  kind: "drain",
  worker: random.pick(workers),
  forMs: random.between(2000, 8000),
});
