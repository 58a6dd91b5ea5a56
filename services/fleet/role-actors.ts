// Which actors a process of each role hosts. What a worker or an engine is, its fleet entry decides.

import type { AnyActor } from "#shared/actor/actor.ts";
import type { FleetRole } from "#shared/config/trust.ts";
import { owner } from "#shared/coordination/owner.actor.ts";
import { meterAddress } from "#shared/messages/addresses.ts";
import type { Fleet, SimulatedEngineSpec, WorkerSpec } from "#shared/model/fleet.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import type { Vocabularies } from "#shared/model/tokenizer.ts";
import { adapterCache } from "#services/adapter-cache/adapter-cache.actor.ts";
import { createSession } from "#services/edge/session/session.actor.ts";
import { sessionDirectory } from "#services/edge/session/session-directory.actor.ts";
import { kvAccountant } from "#services/kv-accountant/kv-accountant.actor.ts";
import { meter } from "#services/metering/meter.actor.ts";
import { outbox } from "#services/metering/outbox/outbox.actor.ts";
import { rollout } from "#services/rollout/rollout.actor.ts";
import { router } from "#services/router/router.actor.ts";
import { tenantQueue } from "#services/tenant-queue/tenant-queue.actor.ts";
import { createSimulatedEngine } from "#services/worker/engine/simulated-engine.actor.ts";
import { createWorker } from "#services/worker/worker.actor.ts";
import { processStartMs } from "./process-start.ts";
import type { EngineSettings } from "./engine-settings.ts";

/** Hosted only by who holds their shard or pool. */
export const ownedKinds: ReadonlySet<string> = new Set(
  [tenantQueue, router, kvAccountant].map(({ name }) => name),
);

export interface EngineFleet extends EngineSettings {
  /** The process that hosts them. */
  readonly process: string;
  /** Asked at each life of a worker or engine. */
  readonly current: () => Fleet;
  /** Of the models that its actors read. */
  readonly vocabularies: Vocabularies;
}

export function actorsOf(role: FleetRole, fleet: EngineFleet): readonly AnyActor[] {
  switch (role) {
    case "edge":
      return [owner, createSession(fleet.vocabularies), sessionDirectory, meter, outbox];
    case "control":
      return [owner, tenantQueue, router, kvAccountant];
    case "worker":
      return [owner, adapterCache, meter, outbox, ...workerActors(fleet)];
    case "metering":
      return [owner];
    case "registry":
      return [owner, rollout];
    default:
      return role satisfies never;
  }
}

function workerActors(fleet: EngineFleet): readonly AnyActor[] {
  const workerOf = (worker: WorkerId): WorkerSpec => {
    const spec = fleet.current().workers.find(({ id }) => id === worker);
    if (spec === undefined) throw new Error(`the fleet has no worker ${worker}`);
    return spec;
  };
  const engineOf = (worker: WorkerId): SimulatedEngineSpec => {
    const { engine } = workerOf(worker);
    // A real engine is a device at its address, found before any actor: `engine-devices.ts`.
    if (engine.kind !== "simulated") throw new Error(`${worker}'s engine is not simulated`);
    const { engineTimeScale, engineCrashText: crashText, engineFaultText: faultText } = fleet;
    const { engineAdapterFaults: adapterFaults } = fleet;
    const timeScale = engine.timeScale * engineTimeScale;
    return {
      ...engine,
      timeScale,
      ...(crashText === undefined ? {} : { crashText }),
      ...(faultText === undefined ? {} : { faultText }),
      ...(adapterFaults === undefined ? {} : { adapterFaults }),
    };
  };
  const ownsGpusSinceMs = processStartMs();
  return [
    // No process takes workers up later than it starts.
    createWorker(
      (worker) => ({ ...workerOf(worker), ownsGpusSinceMs }),
      meterAddress(fleet.process),
      fleet.vocabularies,
    ),
    createSimulatedEngine(engineOf),
  ];
}
