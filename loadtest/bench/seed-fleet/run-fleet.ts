// One run of the seed fleet: it comes up, its load settles, a stretch of it is measured, and then all of it has to come
// to rest.

import { performance } from "node:perf_hooks";
import process from "node:process";
import type { AnyActor } from "#shared/actor/actor.ts";
import { createSimulatedEngine } from "#services/worker/engine/simulated-engine.actor.ts";
import { createBurstEngine } from "./burst-engine.ts";
import { engineSpec, planFleet } from "./fleet-plan.ts";
import { FleetWorld } from "./fleet-world.ts";
import { judgeFleet } from "./judge-fleet.ts";
import { requestsOf } from "./requests.ts";

export interface FleetWanted {
  readonly scale: number;
  /** Virtual, measured; and before that, until what runs has settled. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly seed: number;
  /** Steps of a burst; 1: the production simulated engine, step by step. */
  readonly burst: number;
}

/** The engine that is wanted, or one with a bug, for a run that has to find it. */
export const engineOf = ({ burst }: FleetWanted): AnyActor =>
  burst > 1 ? createBurstEngine(engineSpec, burst) : createSimulatedEngine(engineSpec);

export interface FleetRun {
  readonly realtime_ratio: number;
  /** Virtual seconds per second of this thread's CPU time. */
  readonly realtime_ratio_of_cpu: number;
  /** Arrivals at actors per second of wall time, all on one core. */
  readonly events_per_s: number;
  readonly scale: number;
  readonly tenants: number;
  readonly gpus: number;
  readonly replicas: number;
  readonly requests_per_s: number;
  readonly engine: string;
  readonly virtual_s: number;
  readonly wall_s: number;
  readonly cpu_s: number;
  readonly requests: number;
  readonly output_tokens: number;
  readonly running_per_replica: number;
  readonly events: number;
  readonly events_per_request: number;
  readonly events_of: Readonly<Record<string, number>>;
  /** Of the wall time, sampled: whoever else takes the core takes it from all alike. `kernel`: the simulator, clients, ledger, garbage. */
  readonly cpu_share: Readonly<Record<string, number>>;
  readonly peak_rss_mb: number;
  /** The whole run, rest included. */
  readonly requests_checked: number;
  readonly texts_compared: number;
  readonly faults: readonly string[];
  readonly trace_hash: string;
}

/** Workers have told what they are. */
const upMs = 1500;
const restStepMs = 1000;
/** The longest output, queued behind others, and the half minute for which an output is kept. */
const restMsMax = 120_000;

export function runFleet(wanted: FleetWanted, engine: AnyActor = engineOf(wanted)): FleetRun {
  const { scale, seconds, warmUpSeconds, seed, burst } = wanted;
  const plan = planFleet(scale);
  const world = new FleetWorld({ plan, seed, engine });
  const { clock, clients, measured } = world;
  const durationMs = 1000 * (warmUpSeconds + seconds);
  const requests = requestsOf(plan, { seed, durationMs });
  clock.runUntil(upMs);
  world.ask(requests, upMs);
  clock.runUntil(upMs + 1000 * warmUpSeconds);
  const before = { arrivals: world.arrivals(), ended: clients.ended, tokens: clients.tokens };
  measured.begin();
  const [beganAt, cpuBefore] = [performance.now(), process.threadCpuUsage()];
  clock.runUntil(upMs + durationMs);
  const wallMs = performance.now() - beganAt;
  const { user, system } = process.threadCpuUsage(cpuBefore);
  const cpuMs = (user + system) / 1000;
  const events = world.arrivals() - before.arrivals;
  const ended = clients.ended - before.ended;
  const [eventsOf, times] = [measured.arrivals(), measured.times()];
  const tokens = clients.tokens - before.tokens;
  const open = clients.stories.size - clients.ended;
  comeToRest(world, requests.length);
  const { faults, textsCompared } = judgeFleet(world);
  return {
    realtime_ratio: rounded((1000 * seconds) / wallMs, 3),
    realtime_ratio_of_cpu: rounded((1000 * seconds) / cpuMs, 3),
    events_per_s: Math.round((1000 * events) / wallMs),
    scale,
    tenants: plan.tenants.length,
    gpus: plan.workers.length * engineSpec.gpus,
    replicas: plan.workers.length,
    requests_per_s: plan.requestsPerS,
    engine: `${burst > 1 ? `bursts of ${burst} steps` : "step by step"}, ${engineSpec.profile}`,
    virtual_s: seconds,
    wall_s: rounded(wallMs / 1000, 2),
    cpu_s: rounded(cpuMs / 1000, 2),
    requests: ended,
    output_tokens: tokens,
    running_per_replica: rounded(open / plan.workers.length, 1),
    events,
    events_per_request: rounded(events / Math.max(1, ended), 1),
    events_of: eventsOf,
    cpu_share: sharesOf(times, wallMs),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    requests_checked: clients.stories.size,
    texts_compared: textsCompared,
    faults,
    trace_hash: world.trace.digest(),
  };
}

function comeToRest({ clock, clients }: FleetWorld, requests: number): void {
  const untilMs = clock.nowMs + restMsMax;
  while (clients.ended < requests && clock.nowMs < untilMs)
    clock.runUntil(clock.nowMs + restStepMs);
  // What ended last is settled, billed, noted and released.
  clock.runUntil(clock.nowMs + 5 * restStepMs);
}

function sharesOf(
  times: Readonly<Record<string, number>>,
  wallMs: number,
): Readonly<Record<string, number>> {
  const shares = Object.entries(times).map(
    ([kind, ms]) => [kind, rounded(ms / wallMs, 3)] as const,
  );
  const actors = shares.reduce((sum, [, share]) => sum + share, 0);
  return { ...Object.fromEntries(shares), kernel: rounded(1 - actors, 3) };
}

const rounded = (figure: number, digits: number): number => Number(figure.toFixed(digits));
