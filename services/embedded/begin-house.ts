// Starts the actors of one process: devices attached, the owner told what the process is for. From here on they
// find each other by messages alone.

import type { Address } from "#shared/actor/actor.ts";
import type { InspectableHost, NoteRecord } from "#shared/actor/host.ts";
import { createLocalHost } from "#shared/actor/local-host.ts";
import { createCoordinationDevice } from "#shared/coordination/coordination-device.ts";
import type { Coordination } from "#shared/coordination/coordination.ts";
import { ledgerDevice } from "#shared/ledger/ledger-device.ts";
import type { Ledger } from "#shared/ledger/ledger.ts";
import { ownerAddress } from "#shared/messages/addresses.ts";
import type { ToOwner } from "#shared/messages/to-owner.ts";
import { toOwner } from "#shared/messages/to-owner.ts";
import { shardCountDefault } from "#shared/model/shard.ts";
import { fleetRoles } from "#shared/config/trust.ts";
import type { EngineFleet } from "#services/fleet/role-actors.ts";
import { actorsOf, ownedKinds } from "#services/fleet/role-actors.ts";

export const processName = "embedded";
export const edgeName = "edge-1";
const operator = "operator/embedded" as Address;

export interface HousePorts {
  readonly coordination: Coordination;
  readonly ledger: Ledger;
  readonly fleet: EngineFleet;
  readonly onNote: (record: NoteRecord) => void;
}

export interface House {
  readonly host: InspectableHost;
  /** Gives up what is owned, so that nobody waits for a lease to run out. */
  handOver(): void;
  stop(): void;
}

export function beginHouse({ coordination, ledger, fleet, onNote }: HousePorts): House {
  const tellOwner = (message: ToOwner): void => {
    const told = toOwner(ownerAddress(processName), message);
    host.send(operator, told.to, told.message);
  };
  const host = createLocalHost({
    process: processName,
    ownedKinds,
    onNote: (record) => {
      if (record.event === "host.stopped-actor") {
        tellOwner({ kind: "actor-stopped", address: record.actor });
      }
      onNote(record);
    },
    onRestart: (address) => tellOwner({ kind: "actor-restarted", address }),
  });
  const actors = new Set(fleetRoles.flatMap((role) => actorsOf(role, fleet)));
  for (const actor of actors) host.register(actor);
  const store = createCoordinationDevice(coordination, host);
  host.attach("coordination", store.device);
  host.attach("ledger", ledgerDevice({ ledger, host }));
  tellOwner({
    kind: "begin",
    process: processName,
    zone: "embedded",
    isControl: true,
    shardCount: shardCountDefault,
    edge: edgeName,
    workers: fleet.current().workers.map(({ id }) => id),
  });
  return {
    host,
    handOver: () => tellOwner({ kind: "hand-over" }),
    stop: () => {
      store.stop();
      host.stop();
    },
  };
}
