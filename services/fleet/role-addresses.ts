// Which addresses a process hears: those of its own, and of these the ones that others reach it under.

import type { FleetRole } from "#shared/config/trust.ts";
import type { Fleet } from "#shared/model/fleet.ts";

/** What a process runs, beside its role. */
export interface ProcessWorkers {
  readonly workers: readonly string[];
  /** Empty: not a worker process. */
  readonly workerHost: string;
}

/** The workers of one host: all of them belong to one process. */
export const workersOn = (fleet: Fleet, workerHost: string): readonly string[] =>
  fleet.workers.filter(({ host }) => host === workerHost).map(({ id }) => id);

/** Reached over the bus. Tenant queues, routers and KV accountants come and go with their claims. */
export function busPrefixes(
  role: FleetRole,
  process: string,
  { workers, workerHost }: ProcessWorkers,
): readonly string[] {
  if (role === "edge") {
    const kinds = ["session", "session-directory", "arm-desk", "trial-desk"];
    return kinds.map((kind) => `${kind}/${process}`);
  }
  // One process decides rollouts and takes adapters in: the registry's, of which there is one.
  if (role === "registry") return ["rollout/decider", `adapter-trials/${process}`];
  if (role !== "worker") return [];
  return [...workers.map((worker) => `worker/${worker}`), `adapter-cache/${workerHost}`];
}

/** Everything that lives here: what a process hears itself never travels. */
export function ownPrefixes(
  role: FleetRole,
  process: string,
  runs: ProcessWorkers,
): readonly string[] {
  const devices = ["owner", "host", "coordination", "ledger", "client", "dead-letters"];
  devices.push("meter", "outbox", "disk");
  if (role === "registry") devices.push("rollout-keeper");
  return [
    ...busPrefixes(role, process, runs),
    ...devices.map((kind) => `${kind}/${process}`),
    ...runs.workers.map((worker) => `engine/${worker}`),
  ];
}
