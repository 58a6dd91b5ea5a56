// Compares what passed outside with what the ledger has. Law: an error is a difference either way, life by life, so that one life's
// surplus never hides another's loss.

import { unaccountedUs } from "#shared/model/gpu-conservation.ts";
import type { GpuLife } from "#shared/model/gpu-conservation.ts";
import { mapLines, requestsOf, sumOfLines } from "#shared/model/gpu-lines.ts";
import type { GpuLines } from "#shared/model/gpu-lines.ts";
import type { OutsideLife } from "./outside-lives.ts";

export interface ConservationFigures {
  /** Of all GPU seconds outside: what lines and unaccounted together differ by, summed without signs over lives. */
  readonly conservation_error_pct: number;
  readonly unaccounted_pct: number;
  /** Of the requests' lines: what the usage records differ by. */
  readonly usage_error_pct: number;
  readonly gpu_seconds: number;
  readonly lives: number;
  /** Lives of which the ledger knows nothing. */
  readonly lost_lives: number;
  readonly worst_life_error_s: number;
  readonly lines: Readonly<Record<string, number>>;
}

export interface Judged {
  readonly outside: readonly OutsideLife[];
  readonly inside: readonly GpuLife[];
  readonly usageUs: number;
  /** Which process hosts a worker. */
  readonly hostOf: (worker: string) => string;
  readonly say: (line: string) => void;
}

/** A life is found by when it began: two of one process never overlap. */
const beginsWithinMs = 3_000;

export function judge({ outside, inside, usageUs, hostOf, say }: Judged): ConservationFigures {
  const nowEpochMs = Date.now();
  let outsideUs = 0;
  let errorUs = 0;
  let worstUs = 0;
  let lost = 0;
  const found: GpuLife[] = [];
  let lostUs = 0;
  for (const { process, bornAtEpochMs, diedAtEpochMs = nowEpochMs } of outside) {
    const life = inside.find(
      (one) =>
        hostOf(one.worker) === process &&
        Math.abs(one.startedAtEpochMs - bornAtEpochMs) < beginsWithinMs,
    );
    const gpus = life?.gpus ?? 1;
    const wallUs = (diedAtEpochMs - bornAtEpochMs) * 1000 * gpus;
    outsideUs += wallUs;
    if (life === undefined) lost += 1;
    else found.push(life);
    const unaccounted = life === undefined ? 0 : unaccountedUs(life, nowEpochMs);
    lostUs += unaccounted;
    const ownUs = wallUs - (life === undefined ? 0 : sumOfLines(life.lines) + unaccounted);
    errorUs += Math.abs(ownUs);
    if (Math.abs(ownUs) > Math.abs(worstUs)) worstUs = ownUs;
    say(
      `${process}: ${(wallUs / 1e6).toFixed(3)} s outside, ${(ownUs / 1e6).toFixed(3)} s off, ${(unaccounted / 1e6).toFixed(3)} s unaccounted`,
    );
  }
  const lines = mapLines((line) => found.reduce((sum, life) => sum + life.lines[line], 0));
  const requestsUs = requestsOf(lines);
  return {
    conservation_error_pct: percent(errorUs, outsideUs),
    unaccounted_pct: percent(lostUs, outsideUs),
    usage_error_pct: percent(usageUs - requestsUs, requestsUs),
    gpu_seconds: Math.round(outsideUs / 1e3) / 1e3,
    lives: outside.length,
    lost_lives: lost,
    worst_life_error_s: Math.round(worstUs / 1e3) / 1e3,
    lines: secondsOf(lines),
  };
}

const percent = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.round((part / whole) * 100_000) / 1000;

const secondsOf = (lines: GpuLines): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(lines).map(([line, us]) => [
      line.replace(/Us$/, "_s"),
      Math.round(us / 1e3) / 1e3,
    ]),
  );
