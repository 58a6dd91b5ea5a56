// Two tenants of equal weight that want the small pool for half a minute, one in long requests and one in short ones.

import { noFaults } from "#shared/sim/network.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import { promptWith } from "./workload.ts";
import type { PlannedRequest } from "./workload.ts";
import { controlNames, rushTenants } from "./seed-fleet.ts";
import type { FaultPlan, TimedFault } from "./fault-plan.ts";

const requestsEach = 190;
const fromMs = 2_000;
const forMs = 4_000;
const handOversFromMs = 9_000;
const handOvers = 2;
const everyMs = 18_000;

/** None of them is held back by its own limit, and the pool has enough to do for all the while. */
export const roomyTenants = (fleet: Fleet): Fleet => ({
  ...fleet,
  workers: fleet.workers.map((worker) => ({
    ...worker,
    engine: { ...worker.engine, timeScale: 5, sequencesMax: 8, kvBlocks: 110 },
  })),
  tenants: fleet.tenants.map((tenant) => ({
    ...tenant,
    policy: { ...tenant.policy, limits: { ...tenant.policy.limits, concurrencyMax: 24 } },
  })),
});

/** Instead of the seed's requests. */
export function longRush(requests: readonly PlannedRequest[]): readonly PlannedRequest[] {
  const [, wordy = "", curt = ""] = rushTenants;
  return [rushOf(requests, wordy, 120), rushOf(requests, curt, 8)]
    .flat()
    .concat(requests.filter(({ isProbe }) => isProbe))
    .toSorted((a, b) => a.atMs - b.atMs);
}

function rushOf(
  requests: readonly PlannedRequest[],
  tenant: string,
  outputTokensMax: number,
): readonly PlannedRequest[] {
  const pattern = requests.find((request) => request.tenant === tenant);
  if (pattern === undefined) return [];
  const { hangUp: _, comingBack: __, slowReading: ___, ...patient } = pattern;
  return Array.from({ length: requestsEach }, (_____, number) => ({
    ...patient,
    ...promptWith(new TextEncoder().encode(`${tenant} ${number} asks. `.repeat(25))),
    requestId:
      `${number.toString(16).padStart(16, "0")}${patient.requestId.slice(16)}` as PlannedRequest["requestId"],
    atMs: fromMs + Math.floor((number * forMs) / requestsEach),
    outputTokensMax,
    ignoreEos: true,
    timeoutMs: 75_000,
  }));
}

/** All owners hand over at once, again and again: neither router nor queue remembers what was before. */
export const everyOwnerHandsOver = (): FaultPlan => ({
  links: noFaults,
  ledger: { trouble: 0, logLoss: 0 },
  faults: Array.from({ length: handOvers }, (_, number) =>
    controlNames.map((process): TimedFault => ({
      kind: "hand-over",
      process,
      downMs: 200,
      atMs: handOversFromMs + number * everyMs,
    })),
  ).flat(),
});
