// Tells everyone in one process who acts on the desired state when it has changed: the owner (who tells queues and
// routers), the workers and their hosts' adapter caches.

import type { Address } from "#shared/actor/actor.ts";
import type { Host } from "#shared/actor/host.ts";
import { adapterCacheAddress, ownerAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { AdapterCatalog } from "#shared/messages/to-adapter-cache.ts";
import type { ToOwner } from "#shared/messages/to-owner.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { Fleet, WorkerSpec } from "#shared/model/fleet.ts";

/** Pinned host memory for adapters on one worker host. */
const hostBytesMax = 64 * 1024 ** 3;

export interface FollowerPorts {
  readonly host: Pick<Host, "send">;
  readonly process: string;
  /** The registry's own address, as the sender. */
  readonly registry: Address;
  /** Which of the fleet's workers this process runs. */
  readonly runs: (worker: WorkerSpec) => boolean;
}

export function tellFleet({ host, process, registry, runs }: FollowerPorts, fleet: Fleet): void {
  const changed: ToOwner = { kind: "fleet-changed", fleet };
  host.send(registry, ownerAddress(process), changed);
  const workers = fleet.workers.filter(runs);
  const catalog = catalogOf(fleet, workers);
  for (const workerHost of new Set(workers.map((worker) => worker.host))) {
    host.send(registry, adapterCacheAddress(workerHost), catalog);
  }
  const rights: ToWorker = { kind: "adapter-rights", rights: fleet.adapters };
  for (const { id } of workers) host.send(registry, workerAddress(id), rights);
}

/** What every adapter cache of this process is told: whose adapters stay, and who leaves full slots. */
export function catalogOf(
  { adapters, tenants }: Pick<Fleet, "adapters" | "tenants">,
  workers: readonly WorkerSpec[],
): AdapterCatalog {
  const keepers = new Set(
    tenants.flatMap(({ policy }) => (policy.keepsAdapters === true ? [policy.tenant] : [])),
  );
  return {
    kind: "adapter-catalog",
    adapters: adapters.map(({ digest, bytes, tenants: whose }) => ({
      digest,
      bytes,
      ...(whose.some((tenant) => keepers.has(tenant)) ? { isKept: true } : {}),
    })),
    hostBytesMax,
    evictions: workers.flatMap(({ id, engine: { adapterEviction: eviction } }) =>
      eviction === undefined ? [] : [{ worker: id, eviction }],
    ),
  };
}
