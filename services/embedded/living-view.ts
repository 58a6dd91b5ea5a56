// What the console sees of a platform that is one process, read from its actors' states when asked.

import type { Coordination } from "#shared/coordination/coordination.ts";
import type { GaugeReading } from "#shared/telemetry/gauge-reading.ts";
import type { Telemetry } from "#shared/telemetry/telemetry.ts";
import { ownTelemetry, whole } from "#services/console/own-telemetry.ts";
import { platformGauges } from "#services/console/platform-gauges.ts";
import type {
  DrainControl,
  PlatformView,
  Readiness,
  TenantControl,
  TelemetryView,
} from "#services/console/platform-view.ts";
import { drainControl } from "#services/fleet/drain-control.ts";
import type { ProcessPulse } from "#services/fleet/process-view-pulse.ts";
import { processPulse } from "#services/fleet/process-view-pulse.ts";
import { outboxGauges, usageNotKept } from "#services/fleet/outbox-here.ts";
import { gpusHere, kvHere, standingHere } from "#services/fleet/process-view-whole.ts";
import type { Closers } from "#services/fleet/closers.ts";
import { drains } from "#services/fleet/closers.ts";
import type { LivingSystem } from "#services/fleet/process-view.ts";
import { sharesHere, tenantControl, workersHere } from "#services/fleet/process-view.ts";
import { processName } from "./begin-house.ts";
import { missingForReady } from "./readiness.ts";

export interface LivingPorts {
  readonly view: PlatformView;
  readonly control: DrainControl;
  readonly tenantControl: TenantControl;
  readonly telemetry: TelemetryView;
}

/** What the admin API takes, but for registry and ledger. */
export function livingPorts(
  system: LivingSystem,
  {
    telemetry,
    closers,
    coordination,
  }: {
    readonly telemetry: Telemetry;
    readonly closers: Closers;
    readonly coordination: Pick<Coordination, "put">;
  },
): LivingPorts {
  const pulse = processPulse();
  closers.add(() => pulse.stop());
  return {
    view: livingView(system, pulse, closers),
    control: drainControl(coordination),
    tenantControl: tenantControl(system),
    telemetry: ownTelemetry(telemetry),
  };
}

/** None before there is a system. */
export const livingGauges = (system: LivingSystem | undefined): readonly GaugeReading[] =>
  system === undefined
    ? []
    : [...platformGauges(standingHere(system, system.fleet())), ...outboxGauges(system.host)];

function livingView(system: LivingSystem, pulse: ProcessPulse, closers: Closers): PlatformView {
  const { host, fleet } = system;
  const self = { role: "embedded", process: processName, zone: "embedded" };
  const readiness = (): Readiness => {
    const missing = [...drains(closers), ...missingForReady(host, fleet()), ...usageNotKept(host)];
    return { isReady: missing.length === 0, missing };
  };
  const standing = () => standingHere(system, fleet());
  return {
    readiness: async () => readiness(),
    tenants: async () => whole(standing().tenants),
    workers: async () => whole(standing().workers),
    pools: async () => whole(standing().pools),
    shares: async () => whole(sharesHere(system).map(({ row }) => row)),
    kvTenants: async () => whole(kvHere(system).tenants),
    kvWorkers: async () => whole(kvHere(system).workers),
    gpuWorkers: async () => whole(gpusHere(system).workers),
    gpuTenants: async () => whole(gpusHere(system).tenants),
    processes: async () => whole([pulse.status({ self, fleet, readiness, host })]),
    pendingUsageRecords: async () => whole(standing().pendingUsageRecords),
    notStarted: async ({ workers }) => {
      const started = new Set(workersHere(system).map(({ row }) => row.worker));
      return workers.map(({ id }) => id).filter((id) => !started.has(id));
    },
    startsNewWorkers: "when the platform is next restarted",
  };
}
