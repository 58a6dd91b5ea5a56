// Where the engine's GPU time goes, and what it computed: asked at each beat, idle or not, for the ledger; noted each five seconds as
// what was added since, by tenant too. Laws: requests + load + overhead + idle = wall × GPUs, and tenants and kinds of work add up to
// requests; what breaks one is an alarm.

import { note } from "#shared/actor/actor.ts";
import type { TenantGpuTime } from "#shared/messages/gpu-reading.ts";
import { toEngine } from "#shared/messages/to-engine.ts";
import { requestsOf } from "#shared/model/gpu-lines.ts";
import type { GpuTime } from "#shared/messages/from-engine.ts";
import { bookGpuTime } from "./gpu-books.ts";
import { gpuUse } from "./gpu-use.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

const noteEveryMs = 5000;
/** Of the wall: an engine may round, it may not lose. */
const driftMax = 0.001;

/** At each beat. */
export function askGpuTime(state: WorkerState, { nowMs, effects }: Turn): void {
  // Without a registration too: an engine that has told once has more to tell until its process ends.
  if (state.engineUp === undefined && state.gpuBooks?.last === undefined) return;
  if (state.gpuTimeAtMs === Number.NEGATIVE_INFINITY) {
    state.gpuTimeAtMs = nowMs;
    return;
  }
  if (nowMs >= state.gpuTimeAtMs + noteEveryMs) {
    state.gpuTimeAtMs = nowMs;
    state.isGpuNoteDue = true;
  }
  effects.push(toEngine(state.engine, { kind: "tell-gpu-time" }));
}

export function noteGpuTime(state: WorkerState, message: GpuTime, turn: Turn): void {
  const { worker, gpuTime, gpuBooks } = state;
  const { upUs, wallUs } = message;
  const { effects } = turn;
  const last = gpuBooks?.last ?? gpuTime;
  if (last !== undefined && (upUs < last.upUs || (upUs === last.upUs && wallUs < last.wallUs))) {
    effects.push(note("worker.dropped", { worker, why: "late-gpu-time" }));
    return;
  }
  bookGpuTime(state, message, turn);
  // A life's first word says from when it counts.
  if (state.isGpuNoteDue || gpuTime?.upUs !== upUs) noteAll(state, message, turn);
}

function noteAll(state: WorkerState, message: GpuTime, turn: Turn): void {
  const { gpuTime } = state;
  state.isGpuNoteDue = false;
  const before = gpuTime?.upUs === message.upUs ? gpuTime : undefined;
  state.gpuTime = message;
  state.gpuUse = gpuUse(message, before);
  noteTime(state, message, before ?? nothing, turn);
  noteWork(state, message, before, turn);
  const had = new Map(before?.tenants?.map((one) => [one.tenant, one]));
  for (const one of message.tenants ?? []) noteTenant(state, one, had.get(one.tenant), turn);
  alarmAtDrift(state, message, turn);
}

const nothing = { sequencesUs: 0, loadUs: 0, overheadUs: 0, idleUs: 0 };

function noteTime(
  { worker }: WorkerState,
  { sequencesUs, loadUs = 0, overheadUs, idleUs }: GpuTime,
  before: Pick<GpuTime, "sequencesUs" | "loadUs" | "overheadUs" | "idleUs">,
  { effects }: Turn,
): void {
  effects.push(
    note("worker.gpu-time", { worker, kind: "requests", gpuUs: sequencesUs - before.sequencesUs }),
    note("worker.gpu-time", { worker, kind: "load", gpuUs: loadUs - (before.loadUs ?? 0) }),
    note("worker.gpu-time", { worker, kind: "overhead", gpuUs: overheadUs - before.overheadUs }),
    note("worker.gpu-time", { worker, kind: "idle", gpuUs: idleUs - before.idleUs }),
  );
}

function noteWork(
  { worker }: WorkerState,
  { work }: GpuTime,
  before: GpuTime | undefined,
  { effects }: Turn,
): void {
  if (work === undefined) return;
  const { gflop, megabytes } = work;
  effects.push(
    note("worker.gpu-work", {
      worker,
      gflop: gflop - (before?.work?.gflop ?? 0),
      ...(megabytes === undefined ? {} : { megabytes: megabytes - (before?.work?.megabytes ?? 0) }),
    }),
  );
}

function noteTenant(
  { worker, placement }: WorkerState,
  { tenant, gpuUs, gflop, megabytes }: TenantGpuTime,
  had: TenantGpuTime | undefined,
  { effects }: Turn,
): void {
  const addedUs = gpuUs - (had?.gpuUs ?? 0);
  const added = (now: number | undefined, then: number = 0): number => (now ?? then) - then;
  const addedGflop = added(gflop, had?.gflop);
  const addedMegabytes = added(megabytes, had?.megabytes);
  if (addedUs === 0 && addedGflop === 0 && addedMegabytes === 0) return;
  effects.push(
    note("worker.gpu-tenant", {
      worker,
      pool: placement.pool,
      tenant,
      gpuUs: addedUs,
      ...(gflop === undefined ? {} : { gflop: addedGflop }),
      ...(megabytes === undefined ? {} : { megabytes: addedMegabytes }),
    }),
  );
}

function alarmAtDrift(
  { worker }: WorkerState,
  { wallUs, gpus, sequencesUs, requests, loadUs = 0, overheadUs, idleUs, tenants }: GpuTime,
  { effects }: Turn,
): void {
  const unsplitUs = requests === undefined ? 0 : sequencesUs - requestsOf(requests);
  const missingUs = wallUs * gpus - sequencesUs - loadUs - overheadUs - idleUs + unsplitUs;
  if (Math.abs(missingUs) > wallUs * gpus * driftMax) {
    effects.push(note("worker.gpu-time-drift", { worker, wallUs, gpus, missingUs }));
  }
  if (tenants === undefined) return;
  const unpaidUs = tenants.reduce((left, { gpuUs }) => left - gpuUs, sequencesUs);
  if (Math.abs(unpaidUs) <= wallUs * gpus * driftMax) return;
  effects.push(note("worker.gpu-time-drift", { worker, wallUs, gpus, unpaidUs }));
}
