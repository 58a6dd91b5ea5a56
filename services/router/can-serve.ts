// Which workers a tenant's offer may go to: all, or those that it was narrowed to.

import type { Need } from "./pick-worker.ts";
import { couldEverTake } from "./pick-worker.ts";
import type { PoolState } from "./pool-state.ts";
import type { WorkerView } from "./worker-view.ts";

/** Undefined: all. An offer that none of its workers could ever take may go to any: narrow is not starved. */
export function workersKept(
  { narrowings, workers }: PoolState,
  need: Need,
): ((view: WorkerView) => boolean) | undefined {
  const narrowing = narrowings.of(need.tenant);
  if (narrowing === undefined) return undefined;
  const { members } = narrowing;
  const isKept = (view: WorkerView): boolean => members.has(view.worker);
  for (const view of workers.values()) if (isKept(view) && couldEverTake(view, need)) return isKept;
  return undefined;
}
