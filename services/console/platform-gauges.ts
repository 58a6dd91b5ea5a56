// The living system's standing figures as gauges of the catalogue. Given to telemetry, which asks at each scrape.

import type { LabelName } from "#shared/telemetry/catalogue.ts";
import type { GaugeReading } from "#shared/telemetry/gauge-reading.ts";
import type { GpuReading } from "#shared/messages/gpu-reading.ts";
import type { GpuWorkerStatus } from "./machines/gpu-status.ts";
import type { KvBooks, KvTenantStatus, KvWorkerStatus } from "./machines/kv-status.ts";
import type { PoolStatus, TenantStatus, WorkerStatus } from "./platform-view.ts";

/** What stands in one process, or in all of them together. */
export interface Standing {
  readonly fleetVersion: number;
  readonly pendingUsageRecords: number;
  readonly tenants: readonly TenantStatus[];
  readonly pools: readonly PoolStatus[];
  readonly workers: readonly WorkerStatus[];
  readonly kv: KvBooks;
  readonly gpuWorkers: readonly GpuWorkerStatus[];
}

export function platformGauges(standing: Standing): readonly GaugeReading[] {
  return [
    { metric: "fleet_version", labels: {}, value: standing.fleetVersion },
    { metric: "usage_pending_records", labels: {}, value: standing.pendingUsageRecords },
    ...standing.tenants.flatMap(ofTenant),
    ...standing.pools.flatMap(ofPool),
    ...standing.workers.flatMap(ofWorker),
    ...standing.kv.tenants.flatMap(ofKvTenant),
    ...standing.kv.workers.flatMap(ofKvWorker),
    ...standing.gpuWorkers.flatMap(ofGpuWorker),
  ];
}

function readings(
  label: LabelName,
  owner: string,
  values: Readonly<Record<string, number>>,
): readonly GaugeReading[] {
  const labels = { [label]: owner };
  return Object.entries(values).map(([metric, value]) => ({ metric, labels, value }));
}

const ofTenant = (tenant: TenantStatus): readonly GaugeReading[] =>
  readings("tenant", tenant.tenant, {
    tenant_waiting_requests: tenant.waiting,
    tenant_running_requests: tenant.running,
    tenant_tokens_remaining: tenant.tokensRemaining,
  });

const ofPool = (pool: PoolStatus): readonly GaugeReading[] =>
  readings("pool", pool.pool, {
    pool_waiting_offers: pool.waiting,
    pool_running_requests: pool.running,
    pool_epoch: pool.poolEpoch,
    pool_virtual_time_microcost: pool.virtualTime,
    pool_narrowed_tenants: pool.narrowed.length,
    pool_ejected_workers: (pool.apart ?? []).filter(({ why }) => why !== "isolating").length,
    ...ofFairness(pool),
  });

/** None while no two tenants are compared: a gap of 0 would be a claim. */
const ofFairness = ({ fairness }: PoolStatus): Readonly<Record<string, number>> => ({
  ...(fairness === undefined ? {} : { service_gap: fairness.gap }),
  ...(fairness?.bound === undefined ? {} : { service_gap_bound: fairness.bound }),
  ...(fairness?.jainIndex === undefined ? {} : { jain_index: fairness.jainIndex }),
});

const ofWorker = (worker: WorkerStatus): readonly GaugeReading[] =>
  readings("worker", worker.worker, {
    worker_running_sequences: worker.running,
    worker_sequences_max: worker.sequencesMax,
    worker_free_blocks: worker.freeBlocks,
    worker_blocks: worker.blocks,
    worker_resident_adapters: worker.residents.length,
    worker_cordoned: worker.state === "serving" || worker.state === "down" ? 0 : 1,
  });

function ofKvTenant(row: KvTenantStatus): readonly GaugeReading[] {
  const labels = { pool: row.pool, tenant: row.tenant };
  return [
    { metric: "kv_tenant_held_blocks", labels, value: row.heldBlocks },
    { metric: "kv_tenant_guaranteed_blocks", labels, value: row.guaranteedBlocks },
    { metric: "kv_tenant_on_loan_blocks", labels, value: row.onLoanBlocks },
  ];
}

const ofKvWorker = (row: KvWorkerStatus): readonly GaugeReading[] =>
  readings("worker", row.worker, {
    kv_booked_blocks: row.bookedBlocks,
    kv_bookable_blocks: row.freeBlocks,
    kv_overcommitted_blocks: row.overcommittedBlocks,
  });

/** What is not known is not there: 0 would be a claim. */
function known(
  labels: GaugeReading["labels"],
  values: Readonly<Record<string, number | undefined>>,
): readonly GaugeReading[] {
  return Object.entries(values).flatMap(([metric, value]) =>
    value === undefined ? [] : [{ metric, labels, value }],
  );
}

const ofGpuWorker = (row: GpuWorkerStatus): readonly GaugeReading[] => [
  ...known(
    { worker: row.worker },
    {
      worker_mfu_ratio: row.mfuRatio,
      worker_mbu_ratio: row.mbuRatio,
      worker_peak_flops_per_second: row.peak?.flopsPerS,
      worker_peak_bytes_per_second: row.peak?.bytesPerS,
    },
  ),
  ...row.readings.flatMap((reading) => ofGpu(row.worker, reading)),
];

const ofGpu = (worker: string, reading: GpuReading): readonly GaugeReading[] =>
  known(
    { worker, gpu: String(reading.gpu) },
    {
      gpu_busy_ratio: reading.busyRatio,
      gpu_memory_used_bytes: reading.memoryUsedBytes,
      gpu_memory_bytes: reading.memoryBytes,
      gpu_power_watts: reading.powerWatts,
      gpu_power_limit_watts: reading.powerLimitWatts,
      gpu_ecc_uncorrected_errors: reading.eccUncorrected,
    },
  );
