// What a process still lacks before the fleet counts it in: its lease, and each registration that hangs on it.

import type { InspectableHost } from "#shared/actor/host.ts";
import { edgeKey, processKey, workerKey } from "#shared/coordination/coordination-keys.ts";
import type { Owner } from "#shared/coordination/owner-state.ts";
import { ownerAddress } from "#shared/messages/addresses.ts";

/** In words; empty when nothing is missing. */
export function missingRegistrations(host: InspectableHost, process: string): readonly string[] {
  const owner = host.statesOf("owner").get(ownerAddress(process)) as Owner | undefined;
  const begun = owner?.begun;
  if (owner === undefined || begun === undefined) return ["this process has not begun"];
  if (owner.phase !== "holding") return ["no lease of etcd's: is a majority of it up?"];
  // It may stand all the same; nothing that hangs on it is given up before etcd says that it does not.
  if (host.nowMs() > (owner.lease?.validUntilMs ?? 0)) {
    return ["etcd has not kept the lease in time: is a majority of it up?"];
  }
  const keys = [
    processKey(process),
    ...(begun.edge === undefined ? [] : [edgeKey(begun.edge)]),
    ...begun.workers.map(workerKey),
  ];
  return keys
    .filter((key) => owner.holdings.get(key)?.phase !== "held")
    .map((key) => notHeld(owner, key));
}

function notHeld(owner: Owner, key: string): string {
  const isRefused = owner.holdings.get(key)?.phase === "refused";
  const why = isRefused ? ": another process holds it, or held it until its lease ends" : "";
  return `${key} is not registered${why}`;
}
