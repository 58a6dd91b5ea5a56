// Tells this process's workers what the operator wishes of them: at each change, and at the beginning of each life,
// so that no worker serves in a zone that was drained while it was away.

import type { Effect } from "#shared/actor/actor.ts";
import { workerAddress } from "#shared/messages/addresses.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import { workerKey } from "./coordination-keys.ts";
import type { DrainFlag } from "./drain-flags.ts";
import { flagOf } from "./drain-flags.ts";
import type { Owner } from "./owner-state.ts";

/** To all that are placed and were told otherwise. */
export function tellDrains(owner: Owner): Effect[] {
  const effects: Effect[] = [];
  for (const worker of owner.begun?.workers ?? []) {
    const holding = owner.holdings.get(workerKey(worker));
    if (holding?.phase === "held" && holding.isPlaced) {
      effects.push(...tellDrain(owner, worker as WorkerId));
    }
  }
  return effects;
}

/** Its actor may have been started anew: whatever it was told before. */
export function tellDrainAtPlacing(owner: Owner, worker: WorkerId): Effect[] {
  owner.toldDrains.delete(worker);
  return tellDrain(owner, worker);
}

function tellDrain(owner: Owner, worker: WorkerId): Effect[] {
  const zone = owner.fleet?.workers.find(({ id }) => id === worker)?.zone ?? "";
  const flag = flagOf(owner.drainFlags, { worker, zone });
  const told = owner.toldDrains.get(worker);
  if (isSame(flag, told)) return [];
  if (flag === undefined) owner.toldDrains.delete(worker);
  else owner.toldDrains.set(worker, flag);
  const message =
    flag?.kind === "drain" ? flag : ({ kind: "cordon", isCordoned: flag !== undefined } as const);
  // A drain that becomes a mere cordon lets go on what still runs.
  const lifted =
    flag?.kind === "cordon" && told?.kind === "drain"
      ? [toWorker(workerAddress(worker), { kind: "cordon", isCordoned: false })]
      : [];
  return [...lifted, toWorker(workerAddress(worker), message)];
}

const isSame = (a: DrainFlag | undefined, b: DrainFlag | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b);
