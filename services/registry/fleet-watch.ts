// Who applies a fleet announces its version through coordination; who watches reloads the whole fleet from the
// registry and hands on every version newer than the last. An announcement carries no state: losing one
// costs time, and the next one, or a relist, repairs it.

import { announce } from "#shared/coordination/announce.ts";
import type { Coordination } from "#shared/coordination/coordination.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { RegistryStore } from "./registry-store.ts";

const fleetVersionKey = "/registry/version";

const retryAfterMs = 500;

/** Resolves when the store has the announcement; fails after ten seconds of trying. */
export const announceFleet = (
  coordination: Pick<Coordination, "put">,
  version: number,
): Promise<void> => announce(coordination, { key: fleetVersionKey, value: String(version) });

export interface FleetWatchPorts {
  readonly coordination: Pick<Coordination, "watch">;
  readonly store: Pick<RegistryStore, "load">;
  /** Each version once, in growing order, gaps allowed. */
  readonly onFleet: (fleet: Fleet) => void;
  /** A reload failed and is tried again. */
  readonly onFailure: (error: unknown) => void;
}

/** Loads at once if there is something to load, then at each announcement. Returns how to stop. */
export function watchFleet({
  coordination,
  store,
  onFleet,
  onFailure,
}: FleetWatchPorts): () => void {
  let deliveredVersion = 0;
  let isLoading = false;
  let isDue = false;
  const stop = new AbortController();
  let retry: NodeJS.Timeout | undefined;

  const reload = async (): Promise<void> => {
    isDue = true;
    if (isLoading) return;
    isLoading = true;
    try {
      while (isDue && !stop.signal.aborted) {
        isDue = false;
        const fleet = await store.load();
        if (stop.signal.aborted || fleet === undefined || fleet.version <= deliveredVersion)
          continue;
        deliveredVersion = fleet.version;
        onFleet(fleet);
      }
    } catch (error) {
      onFailure(error);
      if (!stop.signal.aborted) retry = setTimeout(() => void reload(), retryAfterMs);
    } finally {
      isLoading = false;
    }
  };

  const stopWatching = coordination.watch(fleetVersionKey, () => void reload());
  void reload();
  return () => {
    stop.abort();
    clearTimeout(retry);
    stopWatching();
  };
}
