// Which workers a tenant's offer may go to: all, or those of the zones where it may run, and of these all, or the few that
// it was narrowed to.

import type { Need } from "./pick-worker.ts";
import { couldEverTake } from "./pick-worker.ts";
import type { PoolState } from "./pool-state.ts";
import type { WorkerView } from "./worker-view.ts";

export type IsKept = (view: WorkerView) => boolean;

/** Undefined: all. An offer that none of its tenant's few workers could ever take may go to any: narrow is not starved. */
export function narrowedTo({ narrowings, workers }: PoolState, need: Need): IsKept | undefined {
  const narrowing = narrowings.of(need.tenant);
  if (narrowing === undefined) return undefined;
  const { members } = narrowing;
  const isKept = (view: WorkerView): boolean => members.has(view.worker);
  for (const view of workers.values()) {
    if (isKept(view) && mayRunOn(view, need) && couldEverTake(view, need)) return isKept;
  }
  return undefined;
}

/** No exception: where no worker of its zones is left, it waits for one. */
export const mayRunOn = ({ zone }: WorkerView, { residency }: Pick<Need, "residency">): boolean =>
  residency === undefined || residency.includes(zone);
