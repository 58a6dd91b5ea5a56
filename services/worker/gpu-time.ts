// Where the engine's GPU time goes: asked each five seconds, idle or not, and noted as what was added since. Law:
// requests + overhead + idle = wall × GPUs; what breaks it is an alarm.

import { note } from "#shared/actor/actor.ts";
import { toEngine } from "#shared/messages/to-engine.ts";
import type { GpuTime } from "#shared/messages/from-engine.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

const askEveryMs = 5000;
/** Of the wall: an engine may round, it may not lose. */
const driftMax = 0.001;

/** At each beat. */
export function askGpuTime(state: WorkerState, { nowMs, effects }: Turn): void {
  if (state.engineUp === undefined || nowMs < state.gpuTimeAtMs + askEveryMs) return;
  const isFirst = state.gpuTimeAtMs === Number.NEGATIVE_INFINITY;
  state.gpuTimeAtMs = nowMs;
  if (!isFirst) effects.push(toEngine(state.engine, { kind: "tell-gpu-time" }));
}

export function noteGpuTime(state: WorkerState, message: GpuTime, { effects }: Turn): void {
  const { worker, gpuTime: last } = state;
  const { upUs, wallUs, gpus } = message;
  if (last !== undefined && (upUs < last.upUs || (upUs === last.upUs && wallUs < last.wallUs))) {
    effects.push(note("worker.dropped", { worker, why: "late-gpu-time" }));
    return;
  }
  state.gpuTime = message;
  const before = last?.upUs === upUs ? last : nothing;
  const { sequencesUs, overheadUs, idleUs } = message;
  effects.push(
    note("worker.gpu-time", { worker, kind: "requests", gpuUs: sequencesUs - before.sequencesUs }),
    note("worker.gpu-time", { worker, kind: "overhead", gpuUs: overheadUs - before.overheadUs }),
    note("worker.gpu-time", { worker, kind: "idle", gpuUs: idleUs - before.idleUs }),
  );
  const missingUs = wallUs * gpus - sequencesUs - overheadUs - idleUs;
  if (Math.abs(missingUs) <= wallUs * gpus * driftMax) return;
  effects.push(note("worker.gpu-time-drift", { worker, wallUs, gpus, missingUs }));
}

const nothing = { sequencesUs: 0, overheadUs: 0, idleUs: 0 };
