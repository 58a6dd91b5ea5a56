// Whether GPU time adds up, from outside: what workers' own clocks say passed, against the lines that their engines told; what usage
// says that requests had, against the requests' lines. What died with a worker is concluded here, and is a line, not an error.

import type { GpuLines } from "./gpu-lines.ts";
import { requestsOf, sumOfLines } from "./gpu-lines.ts";
import { gpuWordEveryMs } from "./gpu-word.ts";

/** As the ledger last heard of one life of one worker. */
export interface GpuLife {
  readonly worker: string;
  readonly life: number;
  readonly pool: string;
  readonly zone: string;
  readonly workerType: string;
  readonly gpus: number;
  readonly startedAtEpochMs: number;
  readonly toldAtEpochMs: number;
  readonly outsideUs: number;
  readonly lines: GpuLines;
  /** Absent: there is none yet. */
  readonly nextStartedAtEpochMs?: number;
}

/** A word is this long on its way at most, where all is well. */
const graceMs = 10_000;

/**
 * Of a life that says nothing more: it lived for less than a beat after its last word, else it would have said another, so half a
 * beat is wrong by at most as much. And its last word reaches to its last whole step. Never past the next life of the same worker.
 */
export function unaccountedUs(life: GpuLife, nowEpochMs: number): number {
  const { toldAtEpochMs, nextStartedAtEpochMs = Infinity, outsideUs, gpus, lines } = life;
  const isOver = nextStartedAtEpochMs !== Infinity || nowEpochMs > toldAtEpochMs + graceMs;
  if (!isOver) return 0;
  const beyondMs = Math.min(gpuWordEveryMs / 2, Math.max(0, nextStartedAtEpochMs - toldAtEpochMs));
  const untilUs = outsideUs + Math.round(beyondMs * 1000);
  return Math.max(0, untilUs * gpus - sumOfLines(lines));
}

export interface ConservationTerms {
  /** Lives at the window's two ends: what each had before it is taken off. */
  readonly before: readonly GpuLife[];
  readonly now: readonly GpuLife[];
  /** Σ gpuUs of usage, open and final. */
  readonly usageUs: number;
  /** Σ of the requests' lines over the same time. */
  readonly requestsUs: number;
}

export interface Conservation {
  readonly outsideUs: number;
  readonly linesUs: number;
  /** Of wall × GPUs: what is on no line, or on two. */
  readonly linesErrorRatio: number;
  /** Of the requests' lines: what usage has less, or more. */
  readonly usageErrorRatio: number;
  readonly worst:
    | { readonly worker: string; readonly life: number; readonly missingUs: number }
    | undefined;
}

/** Of wall × GPUs, and of the requests' lines: more is an alarm. */
export const conservationErrorMax = 0.001;

const keyOf = ({ worker, life }: GpuLife): string => `${worker}/${life}`;

/** A step that runs is not told yet: over a window it is at most that much, at both of its ends. */
export function conservation({
  before,
  now,
  usageUs,
  requestsUs,
}: ConservationTerms): Conservation {
  const had = new Map(before.map((life) => [keyOf(life), life]));
  let outsideUs = 0;
  let linesUs = 0;
  let missingUs = 0;
  let worst: Conservation["worst"];
  for (const life of now) {
    const then = had.get(keyOf(life));
    const passedUs = (life.outsideUs - (then?.outsideUs ?? 0)) * life.gpus;
    const toldUs = sumOfLines(life.lines) - (then === undefined ? 0 : sumOfLines(then.lines));
    outsideUs += passedUs;
    linesUs += toldUs;
    const ownUs = passedUs - toldUs;
    missingUs += Math.abs(ownUs);
    if (Math.abs(ownUs) > Math.abs(worst?.missingUs ?? 0)) {
      worst = { worker: life.worker, life: life.life, missingUs: ownUs };
    }
  }
  return {
    outsideUs,
    linesUs,
    linesErrorRatio: outsideUs === 0 ? 0 : missingUs / outsideUs,
    usageErrorRatio: requestsUs === 0 ? 0 : Math.abs(usageUs - requestsUs) / requestsUs,
    worst,
  };
}

export const requestsOfLives = (lives: readonly GpuLife[]): number =>
  lives.reduce((sum, { lines }) => sum + requestsOf(lines), 0);
