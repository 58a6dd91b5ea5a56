// Stories and metrics of the whole fleet: each process knows its own part of a request, and counts for itself.

import type { NoteRecord } from "#shared/actor/host.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { Figure } from "#shared/telemetry/figures.ts";
import { gatheredMetrics } from "#shared/telemetry/figures.ts";
import { metricsContentType, writeMetrics } from "#shared/telemetry/prom-client-metrics.ts";
import type { SummaryPart } from "#shared/telemetry/story-parts.ts";
import { mergeStory, mergeSummaries } from "#shared/telemetry/story-parts.ts";
import type { GaugeReading } from "#shared/telemetry/gauge-reading.ts";
import { platformGauges } from "#services/console/platform-gauges.ts";
import type { PlatformView, TelemetryView } from "#services/console/platform-view.ts";
import type { Gathering } from "./gathered-view-pages.ts";
import type { GatheredRows } from "./gathered-view-rounds.ts";

export interface GatheredTelemetryPorts {
  readonly gathered: Gathering;
  readonly view: PlatformView;
  readonly fleet: () => Fleet;
}

export const gatheredTelemetry = (ports: GatheredTelemetryPorts): TelemetryView => ({
  metricsContentType,
  metricsText: async () => {
    const figures = await ports.gathered.rows<Figure>("metrics");
    const gauges = await gaugesOf(ports, figures);
    const processes = figures.told.map(({ process, rows }) => ({ process, figures: rows }));
    return writeMetrics(gatheredMetrics(processes, gauges));
  },
  story: async (request) => {
    const { told, silent, omitted } = await ports.gathered.rows<NoteRecord>("story", { request });
    const parts = told.map(({ process, rows }) => ({
      process,
      part: { notes: rows, omitted: 0 },
    }));
    const story = mergeStory(request, parts);
    if (story === undefined) return { told: undefined, silent, omitted };
    return { told: { ...story, omittedStages: omitted }, silent, omitted: 0 };
  },
  recent: async ({ tenant, limit }) => {
    const { told, silent, omitted } = await ports.gathered.rows<SummaryPart>("recent", {
      limit,
      ...(tenant === undefined ? {} : { tenant }),
    });
    const parts = told.flatMap(({ rows }) => rows);
    return { told: mergeSummaries(parts, limit), silent, omitted };
  },
});

async function gaugesOf(
  { view, fleet }: GatheredTelemetryPorts,
  figures: GatheredRows<Figure>,
): Promise<readonly GaugeReading[]> {
  const [tenants, pools, workers, pending, kvTenants, kvWorkers, gpuWorkers] = await Promise.all([
    view.tenants(),
    view.pools(),
    view.workers(),
    view.pendingUsageRecords(),
    view.kvTenants(),
    view.kvWorkers(),
    view.gpuWorkers(),
  ]);
  const answering = (process: string, value: number): GaugeReading => ({
    metric: "process_answering",
    labels: { process },
    value,
  });
  const silent = new Set(figures.silent);
  return [
    ...platformGauges({
      fleetVersion: fleet().version,
      pendingUsageRecords: pending.told,
      tenants: tenants.told,
      pools: pools.told,
      workers: workers.told,
      kv: { tenants: kvTenants.told, workers: kvWorkers.told },
      gpuWorkers: gpuWorkers.told,
    }),
    ...figures.told.flatMap(({ process }) => (silent.has(process) ? [] : [answering(process, 1)])),
    ...figures.silent.map((process) => answering(process, 0)),
  ];
}
