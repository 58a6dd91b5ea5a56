// A platform that is not there, for the tests of the console: its view is what the test says it is.

import { deadLetterDesk } from "#shared/bus/dead-letter-desk.ts";
import { FileDeadLetters } from "#shared/bus/file-dead-letters.ts";
import type { MemoryCoordination } from "#shared/coordination/memory-coordination.ts";
import { memoryCoordination } from "#shared/coordination/memory-coordination.ts";
import type { AuditEntry, AuditLog } from "#shared/ledger/audit/audit.ts";
import type { BillingDesk } from "#shared/model/billing-desk.ts";
import type { ListedAlias } from "#shared/model/alias-desk.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { PoolId, TenantId, WorkerId } from "#shared/model/ids.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { Telemetry } from "#shared/telemetry/telemetry.ts";
import { createTelemetry } from "#shared/telemetry/telemetry.ts";
import type { AdminPorts } from "#services/console/admin-routes.ts";
import { ownTelemetry } from "#services/console/own-telemetry.ts";
import type { Reconciliation } from "#shared/model/reconciliation.ts";
import { scriptedReconciliation, scriptedReconciling } from "./scripted-reconciling.ts";
import { scriptedAlerts, scriptedQuotas } from "./scripted-quotas.ts";
import { scriptedRollouts } from "./scripted-rollouts.ts";
import type { Standing } from "#services/console/platform-gauges.ts";
import { scriptedGpu } from "./scripted-gpu.ts";
import { scriptedLedger } from "./scripted-ledger.ts";
import { scriptedFleet } from "./scripted-fleet.ts";
import { scriptedMargin } from "./scripted-margin.ts";
import { scriptedKeys } from "./scripted-keys.ts";
import { platformGauges } from "#services/console/platform-gauges.ts";
import type { GpuBooks } from "#services/console/machines/gpu-status.ts";
import type { KvBooks } from "#services/console/machines/kv-status.ts";
import type {
  DrainControl,
  FleetOutcome,
  PlatformView,
  PoolStatus,
  ProcessStatus,
  ShareStatus,
  TenantCommandOutcome,
  TenantControl,
  TenantStatus,
  Told,
  WorkerStatus,
} from "#services/console/platform-view.ts";

export interface ScriptedPlatform {
  readonly ports: AdminPorts;
  readonly telemetry: Telemetry;
  readonly commands: string[];
  /** What was written, oldest first. */
  readonly audit: AuditEntry[];
  readonly deadLetters: FileDeadLetters;
  readonly store: MemoryCoordination;
  /** As it is told. Who is narrowed there is said by its router, unless that is deaf. */
  pools: PoolStatus[];
  /** Those that are drained have nothing in hand, unless they are stuck. */
  workers: readonly WorkerStatus[];
  processes: ProcessStatus[];
  isStuck: boolean;
  isDeaf: boolean;
  /** Whether nothing can be written to its audit. */
  isUnaudited: boolean;
  missing: string[];
  gaps: Omit<Told<unknown>, "told">;
  usage: UsageEntry[];
  outcome: FleetOutcome;
  fleet: Fleet | undefined;
  aliases: readonly ListedAlias[];
  reconciliation: Reconciliation;
}

const pool = "llama-3.1-8b.eu.interactive" as PoolId;

/** In a command: it named none. */
const anyPool = "everywhere" as PoolId;

const tenant: TenantStatus = {
  tenant: "acme" as TenantId,
  tier: "enterprise",
  weight: 8,
  band: 0,
  state: "serving",
  shard: 17,
  shardEpoch: 3,
  waiting: 2,
  running: 5,
  limits: {
    requestsPerMinute: 60_000,
    tokensPerMinute: 60_000_000,
    concurrencyMax: 512,
    queueLengthMax: 4096,
    contextTokensMax: 131_072,
  },
  ...scriptedQuotas,
  requestsRemaining: 59_993,
  tokensRemaining: 59_990_000,
};

const worker: WorkerStatus = {
  worker: "h100-a1" as WorkerId,
  pool,
  zone: "eu-a",
  host: "host-a",
  workerType: "simulated-h100/llama3_8b/tp1/bfloat16",
  state: "serving",
  incarnation: 12,
  running: 5,
  sequencesMax: 256,
  freeBlocks: 26_900,
  blocks: 27_000,
  heldBlocks: 100,
  unsettledEnds: 0,
  residents: ["ab".repeat(32)],
};

const poolStatus: PoolStatus = {
  pool,
  model: "llama-3.1-8b",
  region: "eu",
  class: "interactive",
  state: "serving",
  poolEpoch: 4,
  waiting: 2,
  running: 5,
  virtualTime: 123_456,
  servingWorkers: 3,
  workers: 4,
  narrowed: [],
  apart: [{ worker: "h100-a1" as WorkerId, why: "open" }],
  fairness: { band: 0, tenants: 2, gap: 250_000, bound: 1_200_000, jainIndex: 0.998 },
};

const share: ShareStatus = {
  pool,
  poolEpoch: 4,
  tenant: "acme" as TenantId,
  band: 0,
  weight: 8,
  shareByWeight: 66.7,
  executedShare: 64.2,
  behind: 250_000,
  waiting: 2,
  running: 5,
  slowness: 1.25,
  narrowedTo: 2,
};

const kv: KvBooks = {
  tenants: [
    {
      pool,
      poolEpoch: 4,
      tenant: "acme" as TenantId,
      heldBlocks: 700,
      sequences: 5,
      guaranteedBlocks: 500,
      burstBlocks: 9000,
      onLoanBlocks: 200,
    },
  ],
  workers: [
    {
      pool,
      poolEpoch: 4,
      worker: "h100-a1" as WorkerId,
      incarnation: 12,
      totalBlocks: 27_000,
      bookedBlocks: 700,
      freeBlocks: 26_300,
      overcommittedBlocks: 0,
      sequences: 5,
      drifts: 1,
    },
  ],
};

const gpus: GpuBooks = {
  workers: [
    {
      worker: "h100-a1" as WorkerId,
      pool,
      incarnation: 12,
      readings: [
        {
          gpu: 0,
          name: "NVIDIA H100 80GB HBM3",
          source: "nvidia-smi",
          busyRatio: 0.97,
          memoryUsedBytes: 72e9,
          memoryBytes: 85.5e9,
          powerWatts: 612,
          powerLimitWatts: 700,
          eccUncorrected: 2,
        },
      ],
      mfuRatio: 0.213,
      peak: { flopsPerS: 989.4e12, bytesPerS: 3.35e12 },
      requestsGpuSeconds: 60,
      overheadGpuSeconds: 15,
      idleGpuSeconds: 25,
      flops: 12.5e15,
    },
  ],
  tenants: [
    {
      worker: "h100-a1" as WorkerId,
      pool,
      incarnation: 12,
      tenant: "acme" as TenantId,
      gpuSeconds: 60,
      flops: 12.5e15,
    },
  ],
};

const standing: Standing = {
  fleetVersion: 7,
  pendingUsageRecords: 0,
  tenants: [tenant],
  pools: [poolStatus],
  kv,
  gpuWorkers: gpus.workers,
  workers: [
    worker,
    { ...worker, worker: "h100-a2" as WorkerId, state: "cordoned" },
    { ...worker, worker: "h100-b1" as WorkerId, zone: "eu-b", host: "host-b" },
  ],
};

const processStatus: ProcessStatus = {
  process: "edge-1",
  role: "edge",
  zone: "a",
  isReady: false,
  missing: ["no lease"],
  owned: 0,
  fleetVersion: 7,
  eventLoopLagMs: 1.25,
  startedAtEpochMs: 1_700_000_000_000,
};

export function scriptedPlatform(): ScriptedPlatform {
  const commands: string[] = [];
  const told = <Answer>(answer: Answer): Told<Answer> => ({ ...platform.gaps, told: answer });
  const view: PlatformView = {
    readiness: async () => ({ isReady: platform.missing.length === 0, missing: platform.missing }),
    tenants: async () => told(standing.tenants),
    workers: async () => told(platform.workers),
    pools: async () => told(platform.pools),
    shares: async () => told([share]),
    kvTenants: async () => told(kv.tenants),
    kvWorkers: async () => told(booksOf(platform)),
    gpuWorkers: async () => told(gpus.workers),
    gpuTenants: async () => told(gpus.tenants),
    processes: async () => told(platform.processes),
    pendingUsageRecords: async () => told(0),
    notStarted: async ({ workers }) =>
      workers.map(({ id }) => id).filter((id) => id.startsWith("new-")),
    startsNewWorkers: "when the platform is next restarted",
  };
  const telemetry = createTelemetry({
    nowMs: () => 1000,
    epochMs: () => 1_700_000_000_000,
    gauges: () => platformGauges(standing),
  });
  const ledger = scriptedLedger(() => platform.usage);
  const deadLetters = new FileDeadLetters({});
  const store = memoryCoordination();
  const platform: ScriptedPlatform = {
    telemetry,
    commands,
    audit: [],
    deadLetters,
    store,
    pools: [poolStatus],
    workers: standing.workers,
    processes: [processStatus],
    isStuck: false,
    isDeaf: false,
    isUnaudited: false,
    missing: [],
    gaps: { silent: [], omitted: 0 },
    usage: [],
    outcome: { kind: "applied", version: 8, isChanged: true, diff: { sections: [], omitted: 0 } },
    fleet: undefined,
    aliases: [],
    reconciliation: scriptedReconciliation,
    ports: {
      view,
      telemetry: ownTelemetry(telemetry),
      ledger,
      gpu: scriptedGpu(),
      margin: scriptedMargin(),
      sums: { series: async () => [], faults: async () => [], rebuild: async () => 0 },
      deadLetters: deadLetterDesk(deadLetters, store),
      rollouts: scriptedRollouts(commands),
      reconciling: scriptedReconciling(commands, () => platform.reconciliation),
      quotaAlerts: scriptedAlerts,
      control: scriptedDrains(() => platform),
      tenantControl: scriptedTenants(() => platform),
      audit: scriptedAudit(() => platform),
      fleet: scriptedFleet(() => platform),
      keys: scriptedKeys(commands),
      billing: noBilling,
    },
  };
  return platform;
}

/** Its own tests have one over a database. */
const noBilling = {} as BillingDesk;

const scriptedAudit = (platformOf: () => ScriptedPlatform): AuditLog => ({
  write: async (entry) => {
    if (platformOf().isUnaudited) throw new Error("no database");
    platformOf().audit.push(entry);
  },
  rows: async () => [],
  verify: async () => ({ rowsChecked: 0, hasMore: false }),
});

/** What is drained has nothing booked. */
const booksOf = ({ workers }: ScriptedPlatform): KvBooks["workers"] =>
  kv.workers.map((book) =>
    workers.some((one) => one.worker === book.worker && one.state === "drained")
      ? { ...book, bookedBlocks: 0 }
      : book,
  );

/** Its workers do what is wished at once. */
function scriptedDrains(platformOf: () => ScriptedPlatform): DrainControl {
  return {
    wish: async ({ kind, id }, flag) => {
      const platform = platformOf();
      if (platform.isDeaf) return "unknown";
      const patience = flag?.kind === "drain" ? ` ${flag.patienceMs}` : "";
      platform.commands.push(`${flag?.kind ?? "uncordon"} ${kind} ${id}${patience}`);
      const isMeant = (one: WorkerStatus): boolean =>
        (kind === "zone" ? one.zone : one.worker) === id;
      const wished =
        flag === undefined
          ? ({ state: "serving" } as const)
          : flag.kind === "cordon"
            ? ({ state: "cordoned" } as const)
            : platform.isStuck
              ? ({ state: "draining" } as const)
              : ({ state: "drained", running: 0, heldBlocks: 0 } as const);
      platform.workers = platform.workers.map((one) =>
        isMeant(one) ? { ...one, ...wished } : one,
      );
      return "kept";
    },
  };
}

/** Its routers narrow whom they are told to, a moment later. */
function scriptedTenants(platformOf: () => ScriptedPlatform): TenantControl {
  const tell = (
    text: string,
    { id, where }: { readonly id: TenantId; readonly where: PoolId },
    narrowed: PoolStatus["narrowed"],
  ): TenantCommandOutcome => {
    const platform = platformOf();
    const isTold = (one: PoolStatus): boolean => where === anyPool || one.pool === where;
    if (id !== tenant.tenant) return "unknown-tenant";
    if (!platform.pools.some(isTold)) return "unknown-pool";
    platform.commands.push(text);
    if (platform.isDeaf) return "taken";
    setTimeout(() => {
      platform.pools = platform.pools.map((one) =>
        isTold(one) && one.workers > 1 ? { ...one, narrowed } : one,
      );
    }, 1);
    return "taken";
  };
  return {
    narrow: (id, { pool: where = anyPool, workers = 0 }) =>
      tell(`narrow ${id} ${where} ${workers}`, { id, where }, [
        { tenant: id, workers: workers === 0 ? 1 : workers, by: "operator" },
      ]),
    widen: (id, where = anyPool) => tell(`widen ${id} ${where}`, { id, where }, []),
  };
}
