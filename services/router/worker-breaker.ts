// The circuit breaker of one worker, over its lives. Closed: it takes grants. Open, after three failures within a minute: none,
// for ten seconds, and twice as long each time that its canary fails. Half-open then: one canary at a time, and with its
// first token the breaker is closed and everything forgotten. A failure is an engine that died, but under a suspect that ran alone. A
// grant that did not start is none: that may be the way of one edge to it.

import type { Placement } from "./placement.ts";

const failuresBefore = 3;
const withinMs = 60_000;
const openMsFirst = 10_000;
const openMsMost = 120_000;

export type BreakerState = "closed" | "open" | "half-open";

export interface WorkerBreaker {
  state: BreakerState;
  /** The latest failures, oldest first: no more than are needed. */
  failedAtMs: number[];
  /** In a row, without a canary that came back. */
  timesOpened: number;
  openUntilMs: number;
  canary: Placement | undefined;
  /** Of its agent's count, those that are counted here; undefined: it has not told yet. */
  engineCrashes: number | undefined;
  /** Of crashes that it has not told yet, those under a suspect that ran alone. */
  excused: number;
}

export const closedBreaker = (): WorkerBreaker => ({
  state: "closed",
  failedAtMs: [],
  timesOpened: 0,
  openUntilMs: 0,
  canary: undefined,
  engineCrashes: undefined,
  excused: 0,
});

/** Failures since its agent last told how often its engine has died; of what was before this router nothing is known. */
export function learnCrashes(breaker: WorkerBreaker, engineCrashes: number): number {
  const before = breaker.engineCrashes;
  breaker.engineCrashes = engineCrashes;
  if (before === undefined || before === engineCrashes) return 0;
  const crashes = engineCrashes > before ? engineCrashes - before : engineCrashes;
  const excused = Math.min(breaker.excused, crashes);
  breaker.excused -= excused;
  return crashes - excused;
}

/** True: it should open. */
export function fail(breaker: WorkerBreaker, nowMs: number): boolean {
  breaker.failedAtMs = [...breaker.failedAtMs, nowMs]
    .filter((atMs) => nowMs - atMs < withinMs)
    .slice(-failuresBefore);
  if (breaker.state === "half-open") return true;
  return breaker.state === "closed" && breaker.failedAtMs.length >= failuresBefore;
}

export function open(breaker: WorkerBreaker, nowMs: number): void {
  const times = Math.min(breaker.timesOpened, 10);
  breaker.state = "open";
  breaker.canary = undefined;
  breaker.timesOpened += 1;
  breaker.openUntilMs = nowMs + Math.min(openMsMost, openMsFirst * 2 ** times);
}

/** True: its time is over, and a canary may go. */
export function halfOpenIfDue(breaker: WorkerBreaker, nowMs: number): boolean {
  if (breaker.state !== "open" || nowMs < breaker.openUntilMs) return false;
  breaker.state = "half-open";
  return true;
}

export function close(breaker: WorkerBreaker): void {
  breaker.state = "closed";
  breaker.failedAtMs = [];
  breaker.timesOpened = 0;
  breaker.canary = undefined;
}

/** Whether one more grant may go there, as far as its breaker is concerned. */
export const letsPass = ({ state, canary }: WorkerBreaker): boolean =>
  state === "closed" || (state === "half-open" && canary === undefined);
