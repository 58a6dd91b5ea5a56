// The Arena suite: a trace of real tenants, given by its file.

import { readTrace } from "#loadtest/load/trace-file.ts";
import type { SuiteRequest } from "./suite-request.ts";

export interface ArenaTrace {
  readonly requests: readonly SuiteRequest[];
  readonly clients: number;
  readonly horizonS: number;
}

const minuteS = 60;

/** Any trace in the arena CSV format. Its horizon: the minute that its last arrival is in is the last one. */
export function readArena(path: string): ArenaTrace {
  const numbers = new Map<number, number>();
  const requests = readTrace(path, 1).requests.map(({ client, ...request }): SuiteRequest => {
    if (client === undefined) {
      throw new Error(`${path}: the arena suite needs the column "client" (arena CSV)`);
    }
    const number = numbers.get(client) ?? numbers.size;
    numbers.set(client, number);
    return { ...request, client: number };
  });
  const lastMs = requests.at(-1)?.atMs;
  if (lastMs === undefined) throw new Error(`${path}: no requests in it`);
  const horizonS = Math.ceil(lastMs / 1000 / minuteS) * minuteS;
  if (horizonS < 2 * minuteS) throw new Error(`${path}: shorter than two minutes of arrivals`);
  return { requests, clients: numbers.size, horizonS };
}
