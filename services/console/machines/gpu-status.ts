// What an operator sees of GPUs: by worker, what they do and say; by tenant, whose their time and work were, since the engines came
// up. What is not known is absent.

import type { GpuReading, PeakRates } from "#shared/messages/gpu-reading.ts";
import type { PoolId, TenantId, WorkerId } from "#shared/model/ids.ts";

/** One life of one worker. */
export interface GpuWorkerStatus {
  readonly worker: WorkerId;
  readonly pool: PoolId;
  readonly incarnation: number;
  readonly readings: readonly GpuReading[];
  /** Of the engine's last seconds, idle ones included, over the peak. */
  readonly mfuRatio?: number;
  readonly mbuRatio?: number;
  readonly peak?: PeakRates;
  /** Since the engine came up: together, wall × GPUs. */
  readonly requestsGpuSeconds: number;
  /** Nothing ran but an adapter that came in. Absent: not known, it is in one of the others. */
  readonly loadGpuSeconds?: number;
  readonly overheadGpuSeconds: number;
  readonly idleGpuSeconds: number;
  readonly flops?: number;
  readonly bytes?: number;
}

/** One tenant on one worker, since its engine came up. */
export interface GpuTenantStatus {
  readonly worker: WorkerId;
  readonly pool: PoolId;
  readonly incarnation: number;
  /** Empty: of all for whom the engine had no account. */
  readonly tenant: TenantId | "";
  readonly gpuSeconds: number;
  readonly flops?: number;
  readonly bytes?: number;
}

export interface GpuBooks {
  readonly workers: readonly GpuWorkerStatus[];
  readonly tenants: readonly GpuTenantStatus[];
}

/** A part of a pool's GPU time: a tenant's, or what no tenant paid for. The lines of a pool add up to all of its time. */
export interface GpuShareLine {
  readonly pool: PoolId;
  readonly kind: "tenant" | "unattributed" | "load" | "overhead" | "idle";
  /** Of a tenant's line. */
  readonly tenant?: TenantId | "";
  readonly gpuSeconds: number;
  /** Of the pool's, 0 to 1. */
  readonly shareRatio: number;
  readonly flops?: number;
  readonly bytes?: number;
}

type Line = Omit<GpuShareLine, "shareRatio">;

/** Pool by pool: tenants, most first, then the rest. */
export function gpuShareLines({ workers, tenants }: GpuBooks): readonly GpuShareLine[] {
  const pools = [...new Set(workers.map(({ pool }) => pool))];
  return pools.flatMap((pool) => {
    const ofPool = workers.filter((worker) => worker.pool === pool);
    const lines = [
      ...tenantLines(tenants.filter((row) => row.pool === pool)),
      ...restLines(pool, ofPool, tenants),
    ];
    const whole = lines.reduce((sum, { gpuSeconds }) => sum + gpuSeconds, 0);
    return lines.map((line) => ({
      ...line,
      shareRatio: whole === 0 ? 0 : line.gpuSeconds / whole,
    }));
  });
}

function tenantLines(rows: readonly GpuTenantStatus[]): readonly Line[] {
  const byTenant = Map.groupBy(rows, ({ tenant }) => tenant);
  return [...byTenant.values()]
    .flatMap((ofTenant): readonly Line[] => {
      const [first] = ofTenant;
      if (first === undefined) return [];
      const { pool, tenant } = first;
      const gpuSeconds = ofTenant.reduce((sum, row) => sum + row.gpuSeconds, 0);
      return [{ pool, kind: "tenant", tenant, gpuSeconds, ...work(ofTenant) }];
    })
    .toSorted((a, b) => b.gpuSeconds - a.gpuSeconds);
}

function restLines(
  pool: PoolId,
  workers: readonly GpuWorkerStatus[],
  tenants: readonly GpuTenantStatus[],
): readonly Line[] {
  const total = (of: (worker: GpuWorkerStatus) => number): number =>
    workers.reduce((sum, worker) => sum + of(worker), 0);
  const paid = tenants
    .filter((row) => row.pool === pool)
    .reduce((sum, { gpuSeconds }) => sum + gpuSeconds, 0);
  const load = total((worker) => worker.loadGpuSeconds ?? 0);
  const unattributed = total((worker) => worker.requestsGpuSeconds) - paid;
  return [
    // Of an engine that does not tell tenants; a millisecond is rounding.
    ...(unattributed > 0.001
      ? [{ pool, kind: "unattributed", gpuSeconds: unattributed } as const]
      : []),
    ...(load > 0 ? [{ pool, kind: "load", gpuSeconds: load } as const] : []),
    { pool, kind: "overhead", gpuSeconds: total((worker) => worker.overheadGpuSeconds) },
    { pool, kind: "idle", gpuSeconds: total((worker) => worker.idleGpuSeconds) },
  ];
}

/** Over workers that know it; unknown where none does. */
function work(rows: readonly GpuTenantStatus[]): Pick<Line, "flops" | "bytes"> {
  const sum = (known: readonly (number | undefined)[]): number | undefined => {
    const numbers = known.filter((value) => value !== undefined);
    return numbers.length === 0 ? undefined : numbers.reduce((all, value) => all + value, 0);
  };
  const flops = sum(rows.map((row) => row.flops));
  const bytes = sum(rows.map((row) => row.bytes));
  return { ...(flops === undefined ? {} : { flops }), ...(bytes === undefined ? {} : { bytes }) };
}
