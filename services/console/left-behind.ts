// What is still there of a model whose name has been moved: what runs in its pools, and which names go on leading there. Only
// where neither is left can the pools be taken out of the fleet file without anybody's noticing.

import type { Fleet } from "#shared/model/fleet.ts";
import type { PoolId } from "#shared/model/ids.ts";
import type { Rollout } from "#shared/model/rollout.ts";
import { versionOf } from "#shared/model/rollout.ts";

export interface LeftBehind {
  readonly model: string;
  readonly pools: readonly PoolLeft[];
  readonly names: readonly string[];
}

interface PoolLeft {
  readonly pool: PoolId;
  /** Waiting and running. Absent: the pool's router does not answer now. */
  readonly requests?: number;
}

/** `requests`: of the pools whose routers answer. */
export function leftBehind(
  fleet: Pick<Fleet, "pools" | "adapters" | "rollouts">,
  model: string,
  requests: ReadonlyMap<PoolId, number>,
): LeftBehind {
  const pools = fleet.pools.flatMap((pool): readonly PoolLeft[] => {
    if (pool.model !== model) return [];
    const count = requests.get(pool.id);
    return [{ pool: pool.id, ...(count === undefined ? {} : { requests: count }) }];
  });
  return { model, pools, names: namesTo(fleet, model) };
}

/** Its own, unless it was moved away for all, others that were moved here, and those of its adapters. */
function namesTo(
  { adapters, rollouts = [] }: Pick<Fleet, "adapters" | "rollouts">,
  model: string,
): readonly string[] {
  const ofModels = rollouts.filter(({ name }) => name === "");
  const isMoved = ofModels.some(
    (one) => one.model === model && one.isOver && one.tenant === undefined,
  );
  const own = isMoved ? [] : [model];
  const here = ofModels.filter((one) => leadsTo(one, model)).map((one) => one.model);
  const named = adapters.flatMap((one) => (one.model === model ? [`${model}:${one.name}`] : []));
  return [...new Set([...own, ...here, ...named])];
}

const leadsTo = (rollout: Rollout, model: string): boolean =>
  (rollout.isOver ? (["v2"] as const) : (["v1", "v2"] as const)).some(
    (arm) => versionOf(rollout, arm).model === model,
  );
