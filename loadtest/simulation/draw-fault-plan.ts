// Draws a seed's fault plan before anything runs. Each class of faults is on or off in a seed, so that a rare one is
// met alone too, and has its own stream of chance, so that none shifts another.

import type { LinkFaults } from "#shared/sim/network.ts";
import type { SeededRandom } from "#shared/sim/seeded-random.ts";
import type { Fault, FaultPlan, LedgerFaults } from "./fault-plan.ts";
import { controlNames, edgeNames } from "./seed-fleet.ts";

export interface FaultTimes {
  readonly fromMs: number;
  readonly untilMs: number;
}

interface FaultClass {
  /** Probability that it is on. */
  readonly share: number;
  /** Then from one to that many. */
  readonly most: number;
  readonly draw: (random: SeededRandom, workers: readonly string[]) => Fault;
}

const everybody = (workers: readonly string[]): readonly string[] => [
  ...workers,
  ...controlNames,
  ...edgeNames,
];

const classes: Readonly<Record<string, FaultClass>> = {
  "lost-worker": { share: 0.85, most: 3, draw: (random, workers) => killOf(random, workers) },
  "lost-edge": { share: 0.25, most: 1, draw: (random) => killOf(random, edgeNames) },
  "owner-move": { share: 0.85, most: 2, draw: ownerMove },
  pause: { share: 0.8, most: 2, draw: pauseOf },
  suspend: { share: 0.2, most: 1, draw: suspendOf },
  "clock-step": { share: 0.3, most: 2, draw: clockStep },
  cut: { share: 0.6, most: 3, draw: cutOf },
  "one-way-partition": { share: 0.25, most: 1, draw: oneWayPartition },
  "swizzle-clog": { share: 0.25, most: 1, draw: swizzleClog },
  "store-away": { share: 0.4, most: 1, draw: storeAway },
  "store-gone": { share: 0.25, most: 1, draw: storeGone },
  "lease-storm": { share: 0.2, most: 1, draw: () => ({ kind: "lease-storm" }) },
  drain: { share: 0.3, most: 1, draw: drainOf },
};

export function drawFaultPlan(
  random: SeededRandom,
  workers: readonly string[],
  { fromMs, untilMs }: FaultTimes,
): FaultPlan {
  const faults = Object.entries(classes).flatMap(([name, { share, most, draw }]) => {
    const own = random.derive(name);
    if (!own.chance(share)) return [];
    return Array.from({ length: own.between(1, most) }, () => ({
      ...draw(own, workers),
      atMs: own.between(fromMs, untilMs),
    }));
  });
  return {
    links: linksOf(random.derive("links")),
    ledger: ledgerOf(random.derive("ledger")),
    disk: { trouble: random.derive("disk").pick([0, 0, 0.02, 0.2]) },
    faults: faults.toSorted((a, b) => a.atMs - b.atMs),
  };
}

/** Each kind on or off, and from barely to badly. */
function linksOf(random: SeededRandom): LinkFaults {
  const share = (kind: string): number => {
    const own = random.derive(kind);
    return own.chance(0.85) ? own.pick([0.003, 0.01, 0.03, 0.1]) : 0;
  };
  return {
    loss: share("loss"),
    duplication: share("duplication"),
    delay: share("delay") / 4,
    reordering: share("reordering"),
    lateMs: random.pick([5, 50, 400, 1500]),
  };
}

const ledgerOf = (random: SeededRandom): LedgerFaults => ({
  trouble: random.derive("trouble").pick([0, 0.05, 0.3]),
  logLoss: random.derive("log-loss").pick([0, 0, 0.05, 0.3]),
});

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

function suspendOf(random: SeededRandom, workers: readonly string[]): Fault {
  const process = random.pick(everybody(workers));
  return { kind: "suspend", process, forMs: random.between(500, 9000) };
}

function clockStep(random: SeededRandom, workers: readonly string[]): Fault {
  const process = random.pick(everybody(workers));
  return { kind: "clock-step", process, byMs: random.between(100, 4000) };
}

function cutOf(random: SeededRandom, workers: readonly string[]): Fault {
  const [from = "", to = ""] = random.shuffled(everybody(workers));
  return {
    kind: "cut",
    from,
    to,
    isBothWays: random.chance(0.5),
    forMs: random.between(300, 8000),
  };
}

function oneWayPartition(random: SeededRandom, workers: readonly string[]): Fault {
  const unheard = random.shuffled(everybody(workers)).slice(0, random.between(1, 4));
  return { kind: "one-way-partition", unheard, forMs: random.between(500, 6000) };
}

function swizzleClog(random: SeededRandom, workers: readonly string[]): Fault {
  const clogged = random.shuffled(everybody(workers)).slice(0, random.between(2, 5));
  const everyMs = random.between(100, 1500);
  const restored = random.shuffled(clogged);
  return {
    kind: "swizzle-clog",
    clogs: clogged.map((process, index) => ({
      process,
      fromMs: index * everyMs,
      forMs: (clogged.length - index + restored.indexOf(process)) * everyMs,
    })),
  };
}

function storeAway(random: SeededRandom, workers: readonly string[]): Fault {
  const process = random.pick(everybody(workers));
  return { kind: "store-away", process, forMs: random.between(1000, 9000) };
}

/** Mostly longer than a lease is trusted. */
function storeGone(random: SeededRandom): Fault {
  return { kind: "store-gone", forMs: random.between(1000, 12_000) };
}

function drainOf(random: SeededRandom, workers: readonly string[]): Fault {
  const worker = random.pick(workers);
  const patienceMs = random.between(0, 3000);
  return { kind: "drain", worker, patienceMs, forMs: random.between(2000, 8000) };
}
