// Who applies a fleet announces its version through coordination; who watches reloads the whole fleet from the
// registry and hands on every version newer than the last. An announcement carries no state: losing one
// costs time, and the next one, or a relist, repairs it.

import type { Coordination } from "#shared/coordination/coordination.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { RegistryStore } from "./registry-store.ts";

const fleetVersionKey = "/registry/version";

const retryAfterMs = 500;
const announceAttemptsMax = 20;

/** Resolves when the store has the announcement; fails after ten seconds of trying. */
export async function announceFleet(
  coordination: Pick<Coordination, "put">,
  version: number,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await new Promise<string>((resolve) => {
      const timeout = setTimeout(() => resolve("silent"), retryAfterMs);
      coordination.put({ key: fleetVersionKey, value: String(version) }, ({ kind }) => {
        clearTimeout(timeout);
        resolve(kind);
      });
    });
    if (outcome === "put") return;
    if (attempt >= announceAttemptsMax) {
      throw new Error(`fleet version ${version} is stored, but could not be announced: ${outcome}`);
    }
    if (outcome !== "silent") await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
  }
}

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
