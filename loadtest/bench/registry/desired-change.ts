// What a change of the desired state costs until it is seen on every edge: from the operator's command to the last edge that acts on
// it. One row per kind of change.

import { percentile } from "#loadtest/load/percentile.ts";

/** One change: when it was commanded, when the command had its answer, when each edge acted on it. */
export interface SeenChange {
  readonly commandedAtMs: number;
  readonly answeredAtMs: number;
  readonly seenAtMs: readonly number[];
}

export interface ChangeFigures {
  readonly changes: number;
  /** From the command to the last of the edges. */
  readonly every_edge_p50_ms: number;
  readonly every_edge_p99_ms: number;
  readonly every_edge_max_ms: number;
  /** To the first of them. */
  readonly first_edge_p50_ms: number;
  /** Until the command was answered. */
  readonly command_p50_ms: number;
}

export function changeFigures(changes: readonly SeenChange[]): ChangeFigures {
  const every = ordered(changes, (one) => Math.max(...one.seenAtMs));
  const first = ordered(changes, (one) => Math.min(...one.seenAtMs));
  const command = ordered(changes, (one) => one.answeredAtMs);
  return {
    changes: changes.length,
    every_edge_p50_ms: Math.round(percentile(every, 0.5)),
    every_edge_p99_ms: Math.round(percentile(every, 0.99)),
    every_edge_max_ms: Math.round(every.at(-1) ?? 0),
    first_edge_p50_ms: Math.round(percentile(first, 0.5)),
    command_p50_ms: Math.round(percentile(command, 0.5)),
  };
}

const ordered = (
  changes: readonly SeenChange[],
  at: (change: SeenChange) => number,
): readonly number[] => changes.map((one) => at(one) - one.commandedAtMs).toSorted((a, b) => a - b);
