// What one replica can serve of a kind of load, in requests per second: measured by the same house, saturated.

import { h100Engine } from "./engines.ts";
import { runHouse } from "./house.ts";
import type { LoadKind } from "./mixed-load.ts";
import { mixedLoad } from "./mixed-load.ts";

/** Far above what a replica of 8B can take; completions count once its batch has settled. */
const saturatingPerS = 60;
const settledS = 30;
const untilS = 60;

const known = new Map<LoadKind, number>();

export function capacityPerS(kind: LoadKind): number {
  const standing = known.get(kind);
  if (standing !== undefined) return standing;
  const requests = mixedLoad([{ client: 0, kind, requestsPerS: saturatingPerS }], untilS, 1);
  const { deliveries } = runHouse(
    requests,
    { policy: "fcfs", requestsPerMinute: 0, engine: h100Engine, tenants: [{ weight: 1 }] },
    untilS * 1000,
  );
  const settled = deliveries.filter(
    ({ tokensAtMs }) => (tokensAtMs.at(-1) ?? 0) >= settledS * 1000,
  );
  const perS = settled.length / (untilS - settledS);
  known.set(kind, perS);
  return perS;
}
