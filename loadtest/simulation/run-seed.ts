// One seed from its first event to its rest: a world, a workload, a fault plan, the checkers. Two phases: faults
// strike, then all is healed and everything has to converge within a bound.

import { performance } from "node:perf_hooks";
import process from "node:process";
import type { Address, AnyActor } from "#shared/actor/actor.ts";
import type { HostObserver } from "#shared/sim/simulated-world.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import { SeededRandom } from "#shared/sim/seeded-random.ts";
import type { TraceEntry } from "#shared/sim/trace.ts";
import { Trace } from "#shared/sim/trace.ts";
import type { Outcome, Watching } from "./checker.ts";
import { checkers } from "./checkers.ts";
import { clockText } from "./clock-text.ts";
import { isOver } from "./client-history.ts";
import type { FaultPlan } from "./fault-plan.ts";
import { drawFaultPlan } from "./draw-fault-plan.ts";
import type { MergeUsage } from "./ledger-device.ts";
import { leftovers } from "./leftovers.ts";
import { Nemesis } from "./nemesis.ts";
import { fleetOf } from "./seed-fleet.ts";
import { SeedWorld } from "./seed-world.ts";
import type { PlannedRequest } from "./workload.ts";
import { workloadOf } from "./workload.ts";

const requestsFromMs = 1500;
const faultsFromMs = 3000;
const faultsUntilMs = 38_000;
const requestsUntilMs = 40_000;
const healAtMs = 42_000;
/** Leases have run out and been taken over by then. */
const probesAtMs = healAtMs + 14_000;
const restEarliestMs = 62_000;
/** An output that nobody reads runs on for 30 s and is kept as long, and its bill is asked for during a minute. */
const restLatestMs = healAtMs + 125_000;

export interface SeedOptions {
  readonly seed: number;
  /** Puts a bug into an actor. */
  readonly plant?: (actor: AnyActor) => AnyActor;
  /** Another fleet than the seed's own, with the same processes. */
  readonly furnish?: (fleet: Fleet, random: SeededRandom) => Fleet;
  /** Puts a bug into the ledger. */
  readonly mergeUsage?: MergeUsage;
  /** Other faults than the seed's own. */
  readonly aim?: (plan: FaultPlan) => FaultPlan;
  /** Other requests than the seed's own. */
  readonly choose?: (requests: readonly PlannedRequest[]) => readonly PlannedRequest[];
  /** Checkers: once one of these has complained, nothing more is wanted of the seed. */
  readonly soughtBy?: readonly string[];
  /** Stop there and keep the last happenings. */
  readonly untilMs?: number;
  /** How many. */
  readonly tail?: number;
}

export interface Violation {
  readonly checker: string;
  readonly what: string;
}

export interface SeedResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly traceHash: string;
  readonly arrivals: number;
  readonly simulatedMs: number;
  readonly wallMs: number;
  /** Of this thread. */
  readonly cpuMs: number;
  readonly requests: number;
  readonly completed: number;
  readonly failedWith: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  /** How often actors noted what only happens under stress: a seed in which nothing did proves little. */
  readonly stress: Readonly<Record<string, number>>;
  /** Why routers had what runs give way, and how often. */
  readonly causesOfPreemption: Readonly<Record<string, number>>;
  readonly tail: readonly TraceEntry[];
}

/** Notes counted in `stress`. */
const stressEvents = new Set([
  "session.attempt-lost",
  "session.stale",
  "session.resumed",
  "session.replayed",
  "session.not-resumed",
  "session.not-repeated",
  "session.repeating",
  "session.runs-again",
  "session.detached",
  "worker.unclaimed",
  "worker.preempted",
  "router.preempting",
  "worker.fenced",
  "worker.refused",
  "worker.engine-crashed",
  "worker.engine-fault",
  "worker.acquitted",
  "router.isolating",
  "router.voided",
  "queue.collected",
  "kv.extended",
  "kv.extend-refused",
  "adapter.loading",
  "adapter.evicted",
  "owner.claimed",
  "owner.lease-dropped",
  "owner.lease-not-kept",
  "router.counters-restored",
]);
/** Of about 70,000 in a usual seed: what sends so many answers itself without end. */
const arrivalsMax = 1_000_000;
/** Of one checker; more of them say no more. */
const violationsMax = 20;

export function runSeed(options: SeedOptions): SeedResult {
  const { seed, plant = (actor) => actor, mergeUsage, untilMs, tail = 0 } = options;
  const { fleet, plan, requests } = planSeed(options);
  const [beganAt, cpuBefore] = [performance.now(), process.threadCpuUsage()];
  const random = new SeededRandom(seed, "seed");
  const trace = new Trace(tail);
  const violations: Violation[] = [];
  let world: SeedWorld | undefined;
  const watching = watch(violations, () => world?.clock.nowMs ?? 0);
  const stress: Record<string, number> = {};
  const causesOfPreemption: Record<string, number> = {};
  world = new SeedWorld({
    random,
    fleet,
    trace,
    observer: observerOf(watching, { stress, causesOfPreemption }),
    plant,
    mergeUsage,
  });
  const nemesis = new Nemesis(world, random, trace);
  for (const process of world.processes()) {
    const startsAtMs = random.derive(`start/${process}`).between(0, 300);
    world.clock.plan(startsAtMs, `start/${process}`, () => world.start(process));
  }
  for (const request of requests) {
    // A dead edge cannot be called.
    const open = (): void => world.clients(request.edge)?.open(request);
    world.clock.plan(request.atMs, `open/${request.requestId}`, open);
  }
  nemesis.begin(plan, faultsFromMs);
  world.clock.plan(healAtMs, "heal", () => nemesis.heal());
  const outcome: Outcome = {
    fleet,
    plan,
    histories: world.histories,
    letters: world.letters,
    ledger: world.ledger.rows,
    gpuLives: world.ledger.gpuLives,
    statesOf: (kind) => statesOf(world, kind),
  };
  try {
    const isSought = (): boolean =>
      violations.some(({ checker }) => options.soughtBy?.includes(checker));
    const end = untilMs === undefined ? run(world, outcome, isSought) : runUntil(world, untilMs);
    // Nobody is left to bill what is open now.
    if (end === "at rest") world.ledger.settleAbandoned(Infinity);
    if (end !== "cut short") judge(watching, { outcome, violations, isAtRest: end === "at rest" });
  } catch (cause) {
    // A loop of messages, or a checker that met what it did not think possible.
    const what = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    violations.push({ checker: "seed-runs-to-its-end", what });
  }
  return {
    seed,
    violations,
    traceHash: trace.digest(),
    arrivals: world.arrivals(),
    simulatedMs: world.clock.nowMs,
    wallMs: performance.now() - beganAt,
    cpuMs: cpuMsSince(cpuBefore),
    ...endsOf(world),
    faults: { ...world.network.faultCounts(), ...Object.fromEntries(nemesis.struck) },
    stress,
    causesOfPreemption,
    tail: trace.tail(),
  };
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

export interface PlannedSeed {
  readonly fleet: Fleet;
  readonly plan: FaultPlan;
  readonly requests: readonly PlannedRequest[];
}

/** What exists, what goes wrong and what is asked in a seed, before anything runs. */
export function planSeed({
  seed,
  furnish = (fleet) => fleet,
  aim = (plan) => plan,
  choose = (requests) => requests,
}: SeedOptions): PlannedSeed {
  const random = new SeededRandom(seed, "seed");
  const fleet = furnish(fleetOf(random.derive("fleet")), random.derive("furnish"));
  const workers = fleet.workers.map(({ id }) => id);
  const faultTimes = { fromMs: faultsFromMs, untilMs: faultsUntilMs };
  const requestTimes = { fromMs: requestsFromMs, untilMs: requestsUntilMs, probesAtMs };
  return {
    fleet,
    plan: aim(drawFaultPlan(random.derive("faults"), workers, faultTimes)),
    requests: choose(workloadOf(random.derive("workload"), fleet, requestTimes)),
  };
}

/** Only what was cut short is not judged. */
type SeedEnd = "at rest" | "restless" | "cut short";

function run(world: SeedWorld, outcome: Outcome, isSought: () => boolean): SeedEnd {
  for (let atMs = 1000; atMs <= restLatestMs; atMs += 1000) {
    world.clock.runUntil(atMs);
    if (isSought()) return "cut short";
    if (world.arrivals() > arrivalsMax) throw new Error(`${arrivalsMax} messages and no end`);
    if (atMs >= restEarliestMs && isAtRest(outcome)) return "at rest";
  }
  return "restless";
}

function runUntil(world: SeedWorld, untilMs: number): SeedEnd {
  world.clock.runUntil(untilMs);
  return "cut short";
}

const isAtRest = (outcome: Outcome): boolean =>
  [...outcome.histories.values()].every(isOver) && leftovers(outcome).length === 0;

interface Watched {
  readonly name: string;
  readonly watching: Watching;
}

function watch(violations: Violation[], worldMs: () => number): readonly Watched[] {
  return checkers.map(({ name, watch: begin }) => {
    let reported = 0;
    const report = (what: string): void => {
      if (reported++ < violationsMax) {
        violations.push({ checker: name, what: `${clockText(worldMs())} ${what}` });
      }
    };
    return { name, watching: begin(report, worldMs) };
  });
}

function judge(
  watching: readonly Watched[],
  {
    outcome,
    violations,
    isAtRest,
  }: { outcome: Outcome; violations: Violation[]; isAtRest: boolean },
): void {
  for (const { watching: checker } of watching) checker.judge?.(outcome);
  if (isAtRest || violations.length > 0) return;
  violations.push({
    checker: "comes-to-rest",
    what: "something is left, and no checker says what",
  });
}

interface Counts {
  readonly stress: Record<string, number>;
  readonly causesOfPreemption: Record<string, number>;
}

function countUp(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** Only those checkers that look on are asked. */
function observerOf(
  watching: readonly Watched[],
  { stress, causesOfPreemption }: Counts,
): HostObserver {
  const observers = watching.flatMap(({ watching: { observer } }) => observer ?? []);
  const receiversOf = receiversByKind(watching);
  const listeners = observers.flatMap(({ noted }) => noted ?? []);
  const catchers = observers.flatMap(({ threw }) => threw ?? []);
  return {
    received(process, self, handled) {
      for (const received of receiversOf(handled.kind)) received(process, self, handled);
    },
    noted(process, record) {
      for (const noted of listeners) noted(process, record);
      const { event, fields } = record;
      if (event === "router.preempting") countUp(causesOfPreemption, String(fields["why"]));
      if (stressEvents.has(event)) countUp(stress, event);
    },
    threw(process, self, bug) {
      for (const threw of catchers) threw(process, self, bug);
    },
  };
}

type Receiver = NonNullable<HostObserver["received"]>;

function receiversByKind(watching: readonly Watched[]): (kind: string) => readonly Receiver[] {
  const byKind = new Map<string, readonly Receiver[]>();
  return (kind) => {
    let receivers = byKind.get(kind);
    if (receivers === undefined) {
      receivers = watching.flatMap(({ watching: { kinds, observer } }) =>
        kinds?.includes(kind) === false ? [] : (observer?.received ?? []),
      );
      byKind.set(kind, receivers);
    }
    return receivers;
  };
}

function* statesOf(world: SeedWorld, kind: string): Iterable<readonly [Address, unknown]> {
  const isOwned = world.isOwned(kind);
  for (const host of world.hosts()) {
    for (const [self, state] of host.statesOf(kind)) {
      if (!isOwned || host.ownsValidly(self)) yield [self, state];
    }
  }
}

function endsOf(world: SeedWorld): Pick<SeedResult, "requests" | "completed" | "failedWith"> {
  const failedWith: Record<string, number> = {};
  let completed = 0;
  for (const { end, isBroken, hungUpAtMs } of world.histories.values()) {
    if (end?.kind === "completed") completed++;
    else {
      const why =
        end?.refusal.code ??
        (isBroken ? "(edge died)" : hungUpAtMs === undefined ? "(none)" : "(hung up)");
      failedWith[why] = (failedWith[why] ?? 0) + 1;
    }
  }
  return { requests: world.histories.size, completed, failedWith };
}
