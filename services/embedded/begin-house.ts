// Starts the actors of one process: devices attached, the owner told what the process is for. From here on they
// find each other by messages alone.

import type { Address } from "#shared/actor/actor.ts";
import type { Device, Host, InspectableHost, NoteRecord } from "#shared/actor/host.ts";
import { deadLetterDevice } from "#shared/bus/dead-letter-device.ts";
import type { DeadLetters } from "#shared/bus/dead-letters.ts";
import { createLocalHost } from "#shared/actor/local-host.ts";
import { createCoordinationDevice } from "#shared/coordination/coordination-device.ts";
import type { Coordination } from "#shared/coordination/coordination.ts";
import { ledgerDevice } from "#shared/ledger/ledger-device.ts";
import type { GpuLedger } from "#shared/ledger/gpu-time/gpu-ledger.ts";
import type { Ledger } from "#shared/ledger/ledger.ts";
import { outboxAddress } from "#shared/messages/addresses.ts";
import type { ToOutbox } from "#shared/messages/to-outbox.ts";
import { shardCountDefault } from "#shared/model/shard.ts";
import { fleetRoles } from "#shared/config/trust.ts";
import type { EngineDevicePorts } from "#services/fleet/engine-devices.ts";
import { engineDevices } from "#services/fleet/engine-devices.ts";
import { ownerLine } from "#services/fleet/owner-line.ts";
import type { EngineFleet } from "#services/fleet/role-actors.ts";
import { actorsOf, ownedKinds } from "#services/fleet/role-actors.ts";

export const processName = "embedded";
export const edgeName = "edge-1";

export interface HousePorts {
  readonly coordination: Coordination;
  readonly ledger: Ledger;
  readonly gpu: GpuLedger;
  readonly deadLetters: DeadLetters;
  /** Where the outbox keeps usage. */
  readonly disk: (host: Pick<Host, "send">) => Device;
  readonly fleet: Omit<EngineFleet, "process">;
  /** Weights that the fleet's entries do not name. */
  readonly fetchAdapter: NonNullable<EngineDevicePorts["fetchAdapter"]>;
  readonly onNote: (record: NoteRecord) => void;
}

export interface House {
  readonly host: InspectableHost;
  /** The desired state has changed. */
  followFleet(): void;
  /** Real engines that are not up, in words. */
  missingEngines(): readonly string[];
  /** Models that are computed here are open. Rejects with why one cannot be. */
  openedModels(): Promise<void>;
  /** Gives up what is owned, so that nobody waits for a lease to run out. */
  handOver(): Promise<void>;
  stop(): void;
}

export function beginHouse(ports: HousePorts): House {
  const { coordination, ledger, gpu, deadLetters, disk, fleet, fetchAdapter, onNote } = ports;
  const line = ownerLine({ host: () => host, process: processName, fleet: fleet.current });
  const host = createLocalHost({
    process: processName,
    ownedKinds,
    onNote: (record) => {
      line.onNote(record);
      onNote(record);
    },
    onRestart: line.onRestart,
  });
  const actors = new Set(
    fleetRoles.flatMap((role) => actorsOf(role, { ...fleet, process: processName })),
  );
  for (const actor of actors) host.register(actor);
  const engines = engineDevices({
    ...fleet,
    host,
    fleet: fleet.current,
    runs: () => true,
    fetchAdapter,
    onNote,
  });
  engines.follow();
  const store = createCoordinationDevice(coordination, host);
  host.attach("coordination", store.device);
  host.attach("ledger", ledgerDevice({ ledger, gpu, host }));
  host.attach("disk", disk(host));
  const dead = deadLetterDevice({ letters: deadLetters, host, onNote });
  host.attach("dead-letters", dead.device);
  const begin: ToOutbox = { kind: "begin" };
  host.send(`house/${processName}` as Address, outboxAddress(processName), begin);
  line.begin({
    process: processName,
    zone: "embedded",
    isControl: true,
    shardCount: shardCountDefault,
    edge: edgeName,
    workers: fleet.current().workers.map(({ id }) => id),
  });
  return {
    host,
    followFleet: () => engines.follow(),
    missingEngines: () => engines.missing(),
    openedModels: () => engines.opened(),
    handOver: async () => {
      await dead.close();
      await line.handOver();
    },
    stop: () => {
      store.stop();
      engines.close();
      host.stop();
    },
  };
}
