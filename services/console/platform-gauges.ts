// The living system's standing figures as gauges of the catalogue. Given to telemetry, which asks at each scrape.

import type { LabelName } from "#shared/telemetry/catalogue.ts";
import type { GaugeReading } from "#shared/telemetry/telemetry.ts";
import type { PlatformView, PoolStatus, TenantStatus, WorkerStatus } from "./platform-view.ts";

export function platformGauges(view: PlatformView, fleetVersion: number): readonly GaugeReading[] {
  return [
    { metric: "fleet_version", labels: {}, value: fleetVersion },
    { metric: "usage_pending_records", labels: {}, value: view.pendingUsageRecords() },
    ...view.tenants().flatMap(ofTenant),
    ...view.pools().flatMap(ofPool),
    ...view.workers().flatMap(ofWorker),
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
