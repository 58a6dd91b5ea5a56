// A word of GPU time as tests need one: of one worker, in its first minute.

import { noGpuLines } from "./gpu-lines.ts";
import type { GpuEntry } from "./gpu-word.ts";
import type { PoolId, TenantId, WorkerId } from "./ids.ts";

export const gpuEntryOf = (part: Partial<GpuEntry>): GpuEntry => ({
  worker: "w1" as WorkerId,
  life: 7,
  pool: "p" as PoolId,
  zone: "z",
  workerType: "h100",
  gpus: 1,
  startedAtMs: 0,
  toldAtMs: 500,
  outsideUs: 500_000,
  lines: { ...noGpuLines, idleUs: part.outsideUs ?? 500_000 },
  tenants: [{ tenant: "acme" as TenantId, requestsUs: 1, recomputeUs: 0 }],
  shapes: [],
  startedAtEpochMs: 1_000_000,
  toldAtEpochMs: 1_000_500,
  ...part,
});
