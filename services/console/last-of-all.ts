// What would be left without anybody if some workers, or a whole zone, took no new work: the reasons not to drain them.

import type { Fleet } from "#shared/model/fleet.ts";
import type { PoolId } from "#shared/model/ids.ts";
import type { ProcessStatus, WorkerStatus } from "./platform-view.ts";

/** Pools that are served now, and then by nobody. What serves nobody already is no reason. */
export function poolsLeftAlone(
  workers: readonly WorkerStatus[],
  isLeaving: (worker: WorkerStatus) => boolean,
): readonly PoolId[] {
  const serving = workers.filter(({ state }) => state === "serving");
  const kept = new Set(serving.filter((one) => !isLeaving(one)).map(({ pool }) => pool));
  return [...new Set(serving.map(({ pool }) => pool))].filter((pool) => !kept.has(pool));
}

/** Tenants that may run in some zones only, of which none would serve any more. */
export function tenantsLeftAlone(
  { tenants }: Pick<Fleet, "tenants">,
  workers: readonly WorkerStatus[],
  isLeaving: (worker: WorkerStatus) => boolean,
): readonly string[] {
  const serving = workers.filter(({ state }) => state === "serving");
  const zonesOf = (those: readonly WorkerStatus[]) => new Set(those.map(({ zone }) => zone));
  const now = zonesOf(serving);
  const then = zonesOf(serving.filter((one) => !isLeaving(one)));
  return tenants.flatMap(({ policy: { tenant, residency } }) => {
    if (residency === undefined || !residency.some((zone) => now.has(zone))) return [];
    return residency.some((zone) => then.has(zone)) ? [] : [tenant];
  });
}

const needed = ["edge", "control"] as const;

/** Roles that no ready process of another zone has. */
export const rolesLeftAlone = (
  processes: readonly ProcessStatus[],
  zone: string,
): readonly string[] =>
  needed.filter((role) => {
    const ready = processes.filter((one) => one.role === role && one.isReady);
    return ready.length > 0 && ready.every((one) => one.zone === zone);
  });
