// The operator's view of the whole fleet, gathered from what each process answers: what is owned comes from its owner,
// of two owners the later; what nobody answers for is not placed, or down. Whoever was silent is named.

import type { Host } from "#shared/actor/host.ts";
import type { Asking } from "#shared/bus/asking.ts";
import type { Coordination } from "#shared/coordination/coordination.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type {
  DrainControl,
  PlatformView,
  ProcessStatus,
  TenantControl,
  TelemetryView,
  Told,
} from "#services/console/platform-view.ts";
import type { GpuTenantStatus, GpuWorkerStatus } from "#services/console/machines/gpu-status.ts";
import type { KvTenantStatus, KvWorkerStatus } from "#services/console/machines/kv-status.ts";
import { drainControl } from "./drain-control.ts";
import { newestOfWorkers } from "./gpu-view.ts";
import { newestOfPools } from "./kv-view.ts";
import { gatheredTelemetry } from "./gathered-view-telemetry.ts";
import type { Gathering } from "./gathered-view-pages.ts";
import { gathering } from "./gathered-view-pages.ts";
import type { GatheredRows } from "./gathered-view-rounds.ts";
import type { PoolHere, ShareHere, TenantHere, WorkerHere } from "./process-view.ts";
import { tenantControl } from "./process-view.ts";
import { missingFor, wholePools, wholeTenants, wholeWorkers } from "./process-view-whole.ts";

export interface GatheredPorts {
  readonly asking: Asking;
  /** The processes that are registered now: whoever of them is silent is named. */
  readonly expected: () => readonly string[];
  readonly fleet: () => Fleet;
  readonly coordination: Pick<Coordination, "put">;
  /** Its clock, and its way to the workers. */
  readonly host: Pick<Host, "send" | "nowMs">;
  /** How long the slowest process is waited for; at most, and by default, 400 ms. */
  readonly timeoutMs?: number;
}

/** Of what `startAdminApi` takes, all but the registry and the ledger. */
export interface GatheredView {
  readonly view: PlatformView;
  readonly control: DrainControl;
  readonly tenantControl: TenantControl;
  readonly telemetry: TelemetryView;
}

export function gatheredPorts(ports: GatheredPorts): GatheredView {
  const { host, fleet } = ports;
  const gathered = gathering({ ...ports, nowMs: () => host.nowMs() });
  const view = gatheredView(gathered, fleet);
  return {
    view,
    control: drainControl(ports.coordination),
    tenantControl: tenantControl({ host, fleet }),
    telemetry: gatheredTelemetry({ gathered, view, fleet }),
  };
}

function gatheredView(gathered: Gathering, fleet: () => Fleet): PlatformView {
  const view: PlatformView = {
    tenants: async () =>
      merged(await gathered.rows<TenantHere>("tenants"), (rows) => wholeTenants(fleet(), rows)),
    pools: async () =>
      merged(await gathered.rows<PoolHere>("pools"), (rows) => wholePools(fleet(), rows)),
    shares: async () =>
      merged(await gathered.rows<ShareHere>("shares"), (rows) => newestOfPools(fleet(), rows)),
    kvTenants: async () =>
      merged(await gathered.rows<KvTenantStatus>("kv-tenants"), (rows) =>
        newestOfPools(fleet(), rows),
      ),
    kvWorkers: async () =>
      merged(await gathered.rows<KvWorkerStatus>("kv-workers"), (rows) =>
        newestOfPools(fleet(), rows),
      ),
    gpuWorkers: async () =>
      merged(await gathered.rows<GpuWorkerStatus>("gpu-workers"), newestOfWorkers),
    gpuTenants: async () =>
      merged(await gathered.rows<GpuTenantStatus>("gpu-tenants"), newestOfWorkers),
    workers: async () =>
      merged(await gathered.rows<WorkerHere>("workers"), (rows) => wholeWorkers(fleet(), rows)),
    processes: async () =>
      merged(await gathered.rows<ProcessStatus>("process"), (rows) =>
        rows.toSorted((a, b) => (`${a.role}/${a.process}` < `${b.role}/${b.process}` ? -1 : 1)),
      ),
    pendingUsageRecords: async () =>
      merged(await gathered.rows<number>("pending-usage"), (rows) =>
        rows.reduce((sum, pending) => sum + pending, 0),
      ),
    readiness: async () => {
      const [pools, tenants, processes] = await Promise.all([
        view.pools(),
        view.tenants(),
        view.processes(),
      ]);
      const missing = [...missingFor(pools.told, tenants.told), ...missingRoles(processes.told)];
      if (missing.length === 0) return { isReady: true, missing };
      // Why so much may seem to be missing.
      const unheard = processes.silent.map((process) => `no answer from ${process}`);
      return { isReady: false, missing: [...unheard, ...missing] };
    },
    notStarted: async ({ workers }) => {
      const { told } = await gathered.rows<WorkerHere>("workers");
      const started = new Set(told.flatMap(({ rows }) => rows.map(({ worker }) => worker)));
      return workers.map(({ id }) => id).filter((id) => !started.has(id));
    },
    startsNewWorkers: "when the process of their host is next started",
  };
  return view;
}

function merged<Row, Answer>(
  { told, silent, omitted }: GatheredRows<Row>,
  merge: (rows: readonly Row[]) => Answer,
): Told<Answer> {
  return { told: merge(told.flatMap(({ rows }) => rows)), silent, omitted };
}

/** Without an edge nobody is served, without metering no usage is stored. */
function missingRoles(processes: readonly ProcessStatus[]): readonly string[] {
  const hasEdge = processes.some(({ role, isReady }) => role === "edge" && isReady);
  const hasMetering = processes.some(({ role }) => role === "metering");
  return [
    ...(hasEdge ? [] : ["no edge is ready"]),
    ...(hasMetering ? [] : ["no metering process answers: usage waits for the ledger"]),
  ];
}
