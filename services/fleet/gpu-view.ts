// The GPUs under the workers of a process, as their engines last told of them, and put together over processes.

import { workerAddress } from "#shared/messages/addresses.ts";
import type { GpuTime } from "#shared/messages/from-engine.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import type { GpuTenantStatus, GpuWorkerStatus } from "#services/console/machines/gpu-status.ts";
import type { WorkerState } from "#services/worker/worker-state.ts";
import type { LivingSystem, Placed } from "./process-view.ts";

/** Workers whose engine is up and has told of its time. A position is the worker's in the fleet. */
export const gpuWorkersHere = (system: LivingSystem): readonly Placed<GpuWorkerStatus>[] =>
  measuredHere(system).map(({ position, identity, state, time }) => {
    const { work, readings = [] } = time;
    const { mfuRatio, mbuRatio } = state.gpuUse ?? {};
    return {
      position,
      row: {
        ...identity,
        readings,
        ...(mfuRatio === undefined ? {} : { mfuRatio }),
        ...(mbuRatio === undefined ? {} : { mbuRatio }),
        ...(work?.peak === undefined ? {} : { peak: work.peak }),
        requestsGpuSeconds: time.sequencesUs / 1e6,
        ...(time.loadUs === undefined ? {} : { loadGpuSeconds: time.loadUs / 1e6 }),
        overheadGpuSeconds: time.overheadUs / 1e6,
        idleGpuSeconds: time.idleUs / 1e6,
        ...amounts(work ?? {}),
      },
    };
  });

/** Accounts that one engine can have: `tenant-accounts.ts`. */
const accountsMax = 4097;

export const gpuTenantsHere = (system: LivingSystem): readonly Placed<GpuTenantStatus>[] =>
  measuredHere(system).flatMap(({ position, identity, time }) =>
    (time.tenants ?? []).map(({ tenant, gpuUs, ...work }, index) => ({
      position: position * accountsMax + index,
      row: { ...identity, tenant, gpuSeconds: gpuUs / 1e6, ...amounts(work) },
    })),
  );

interface Measured {
  readonly position: number;
  readonly identity: Pick<GpuWorkerStatus, "worker" | "pool" | "incarnation">;
  readonly state: WorkerState;
  readonly time: GpuTime;
}

function measuredHere({ host, fleet }: LivingSystem): readonly Measured[] {
  const states = host.statesOf("worker") as ReadonlyMap<string, WorkerState>;
  return fleet().workers.flatMap(({ id: worker, pool }, position) => {
    const state = states.get(workerAddress(worker));
    if (state?.incarnation === undefined || state.engineUp === undefined) return [];
    const { incarnation, gpuTime: time } = state;
    return time === undefined
      ? []
      : [{ position, identity: { worker, pool, incarnation }, state, time }];
  });
}

const amounts = ({
  gflop,
  megabytes,
}: {
  readonly gflop?: number;
  readonly megabytes?: number;
}): { readonly flops?: number; readonly bytes?: number } => ({
  ...(gflop === undefined ? {} : { flops: gflop * 1e9 }),
  ...(megabytes === undefined ? {} : { bytes: megabytes * 1e6 }),
});

/** Of two processes' words about a worker, those of its later life stand. */
export function newestOfWorkers<
  Row extends { readonly worker: WorkerId; readonly incarnation: number },
>(rows: readonly Row[]): readonly Row[] {
  const newest = new Map<WorkerId, number>();
  for (const { worker, incarnation } of rows) {
    newest.set(worker, Math.max(incarnation, newest.get(worker) ?? 0));
  }
  return rows.filter(({ worker, incarnation }) => incarnation === newest.get(worker));
}
