// Which production actors each process of a simulated seed runs.

import { onlyQuad } from "#shared/model/quad-tokenizer.ts";
import { createSession } from "#services/edge/session/session.actor.ts";
import { sessionDirectory } from "#services/edge/session/session-directory.actor.ts";
import { adapterCache } from "#services/adapter-cache/adapter-cache.actor.ts";
import { kvAccountant } from "#services/kv-accountant/kv-accountant.actor.ts";
import { meter } from "#services/metering/meter.actor.ts";
import { outbox } from "#services/metering/outbox/outbox.actor.ts";
import { router } from "#services/router/router.actor.ts";
import { tenantQueue } from "#services/tenant-queue/tenant-queue.actor.ts";
import { createWorker } from "#services/worker/worker.actor.ts";
import { createSimulatedEngine } from "#services/worker/engine/simulated-engine.actor.ts";
import type { AnyActor } from "#shared/actor/actor.ts";
import { owner } from "#shared/coordination/owner.actor.ts";
import { meterAddress } from "#shared/messages/addresses.ts";
import type { WorkerSpec } from "#shared/model/fleet.ts";
import { controlNames } from "./seed-fleet.ts";

export function actorsOf(process: string, spec: WorkerSpec | undefined): readonly AnyActor[] {
  if (spec !== undefined) {
    const { engine } = spec;
    if (engine.kind !== "simulated") throw new Error(`${spec.id}'s engine is not simulated`);
    return [
      owner,
      createWorker(spec, meterAddress(process), onlyQuad),
      adapterCache,
      createSimulatedEngine(engine),
      meter,
      outbox,
    ];
  }
  if (controlNames.includes(process)) return [owner, tenantQueue, router, kvAccountant];
  return [owner, createSession(onlyQuad), sessionDirectory, meter, outbox];
}
