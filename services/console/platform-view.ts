// What an operator may see of the living system, and do to it. Whoever composes the platform implements these: in one
// process from the actors' states, in the fleet from what its processes answer. Answers are snapshots, made when asked.

import type { DrainFlag } from "#shared/coordination/drain-flags.ts";
import type { AliasDesk } from "#shared/model/alias-desk.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { FleetDiff } from "#shared/model/fleet-diff.ts";
import type { PoolId, TenantId, WorkerId } from "#shared/model/ids.ts";
import type { ServiceShare } from "#shared/model/service-share.ts";
import type { Quota } from "#shared/model/quota.ts";
import type { QuotaStanding } from "#shared/model/quota-standing.ts";
import type { TenantLimits } from "#shared/model/tenant-policy.ts";
import type { GpuTenantStatus, GpuWorkerStatus } from "./machines/gpu-status.ts";
import type { KvTenantStatus, KvWorkerStatus } from "./machines/kv-status.ts";
import type { RequestStory, StorySummary } from "#shared/telemetry/story.ts";
import type { RecentQuery } from "#shared/telemetry/telemetry.ts";

/** An answer, and what is missing from it. */
export interface Told<Answer> {
  readonly told: Answer;
  /** Processes that did not answer in time: what only they know is missing. */
  readonly silent: readonly string[];
  /** Rows that did not fit. */
  readonly omitted: number;
}

/** `not-placed`: nobody here owns it now. `collecting`: taken over, not deciding yet. */
export type OwnerState = "serving" | "collecting" | "not-placed";

export interface TenantStatus {
  readonly tenant: TenantId;
  readonly tier: string;
  readonly weight: number;
  readonly band: number;
  readonly state: OwnerState;
  readonly shard: number;
  readonly shardEpoch: number;
  /** Admitted, without a place. */
  readonly waiting: number;
  /** Granted or running. */
  readonly running: number;
  /** As they stand, a throttle included; so does `weight`. */
  readonly limits: TenantLimits;
  /** An operator's throttle, 1 to 99. */
  readonly throttlePercent?: number;
  readonly quotas?: readonly Quota[];
  /** Where each quota stands. Absent: its queue has not asked the store since it was placed. */
  readonly quotaWindows?: readonly QuotaStanding[];
  readonly requestsRemaining: number;
  readonly tokensRemaining: number;
}

export interface WorkerStatus {
  readonly worker: WorkerId;
  readonly pool: PoolId;
  readonly zone: string;
  readonly host: string;
  /** What computes there; empty until the engine is up. */
  readonly workerType: string;
  /** `down`: not registered, or its engine is not up. `drained`: draining, and nothing runs any more. */
  readonly state: "serving" | "cordoned" | "draining" | "drained" | "down";
  readonly incarnation: number;
  readonly running: number;
  readonly sequencesMax: number;
  /** Free or evictable. */
  readonly freeBlocks: number;
  readonly blocks: number;
  /** Held by running sequences. */
  readonly heldBlocks: number;
  /** Ends that the tenant's queue or the router has not noted yet. */
  readonly unsettledEnds: number;
  /** Digests of the adapters in GPU slots. */
  readonly residents: readonly string[];
}

export interface PoolStatus {
  readonly pool: PoolId;
  readonly model: string;
  readonly region: string;
  readonly class: string;
  readonly state: OwnerState;
  readonly poolEpoch: number;
  /** Offers at the router. */
  readonly waiting: number;
  /** Places given out. */
  readonly running: number;
  /** µcost per weight. */
  readonly virtualTime: number;
  /** Of `workers`, those that take grants, be they full at the moment. */
  readonly servingWorkers: number;
  /** All that the router knows. */
  readonly workers: number;
  /** Of its backlogged tenants; absent while there are not two of them. */
  readonly fairness?: PoolFairness;
  /** Tenants kept to some of the workers. At most four. */
  readonly narrowed: readonly NarrowedTenant[];
  /** Workers that its router keeps out of the way. Absent: none. */
  readonly apart?: readonly WorkerApart[];
}

/** `open`: no grants, after engine crashes. `half-open`: one canary. `isolating`: held for one suspect alone. */
export interface WorkerApart {
  readonly worker: WorkerId;
  readonly why: "open" | "half-open" | "isolating";
}

export interface NarrowedTenant {
  readonly tenant: TenantId;
  readonly workers: number;
  readonly by: "detection" | "operator";
}

/** As its router's live audit last saw it; of the band that is nearest to its bound. */
export interface PoolFairness {
  readonly band: number;
  /** Tenants compared. */
  readonly tenants: number;
  /** Largest difference in executed service between two of them, µcost per weight. */
  readonly gap: number;
  /** What the gap stays within; absent where the pool's policy promises none. */
  readonly bound?: number;
  /** Of service per weight in the last ten seconds, 0 to 1; absent until they were backlogged for so long. */
  readonly jainIndex?: number;
}

/** One tenant in one pool. */
export interface ShareStatus extends ServiceShare {
  readonly pool: PoolId;
  readonly poolEpoch: number;
}

export interface Readiness {
  readonly isReady: boolean;
  /** What is still missing, in words. Empty when ready. */
  readonly missing: readonly string[];
}

/** One process of the platform. */
export interface ProcessStatus {
  readonly process: string;
  readonly role: string;
  readonly zone: string;
  readonly isReady: boolean;
  /** What it lacks, in words. */
  readonly missing: readonly string[];
  /** Tenants' queues and routers that live there. */
  readonly owned: number;
  /** Of the desired state that it follows. */
  readonly fleetVersion: number;
  /** How late its event loop was at worst, but for one turn in a hundred, in the last ten seconds or so. */
  readonly eventLoopLagMs: number;
  readonly startedAtEpochMs: number;
}

export interface PlatformView {
  readiness(): Promise<Readiness>;
  tenants(): Promise<Told<readonly TenantStatus[]>>;
  workers(): Promise<Told<readonly WorkerStatus[]>>;
  pools(): Promise<Told<readonly PoolStatus[]>>;
  /** Tenants that wait, run or were served in the last ten seconds, pool by pool. */
  shares(): Promise<Told<readonly ShareStatus[]>>;
  /** Pool by pool: those that hold KV blocks there or have a budget for them. */
  kvTenants(): Promise<Told<readonly KvTenantStatus[]>>;
  /** Pool by pool: the accountant's books of its workers. */
  kvWorkers(): Promise<Told<readonly KvWorkerStatus[]>>;
  /** Workers whose engine has told of its GPUs. */
  gpuWorkers(): Promise<Told<readonly GpuWorkerStatus[]>>;
  /** Worker by worker, who had its GPU time. */
  gpuTenants(): Promise<Told<readonly GpuTenantStatus[]>>;
  processes(): Promise<Told<readonly ProcessStatus[]>>;
  /** Usage that the ledger does not have yet. */
  pendingUsageRecords(): Promise<Told<number>>;
  /** Workers of a fleet that nothing has started. */
  notStarted(fleet: Fleet): Promise<readonly WorkerId[]>;
  /** When those will start, in words. */
  readonly startsNewWorkers: string;
}

/** What was counted and what happened to requests. */
export interface TelemetryView {
  readonly metricsContentType: string;
  metricsText(): Promise<string>;
  story(requestId: string): Promise<Told<RequestStory | undefined>>;
  /** Newest first. */
  recent(query: RecentQuery): Promise<Told<readonly StorySummary[]>>;
}

/** Workers by their id, or all of a zone. */
export interface DrainTarget {
  readonly kind: "worker" | "zone";
  readonly id: string;
}

/** What an operator wishes of workers; the effect is seen in `workers()`. Nothing takes a wish back. Idempotent. */
export interface DrainControl {
  /** `unknown`: the store did not say in time whether it keeps it. */
  wish(target: DrainTarget, flag: DrainFlag | undefined): Promise<"kept" | "unknown">;
}

/** Commands to pools' routers. They are sent, or name nothing; their effect is seen in `pools()`. Idempotent. */
export interface TenantControl {
  narrow(tenant: TenantId, narrowing: AskedNarrowing): TenantCommandOutcome;
  widen(tenant: TenantId, pool: PoolId | undefined): TenantCommandOutcome;
}

export interface AskedNarrowing {
  /** Undefined: every pool. */
  readonly pool: PoolId | undefined;
  /** Undefined: a quarter of the pool's. */
  readonly workers: number | undefined;
}

export type TenantCommandOutcome = "taken" | "unknown-tenant" | "unknown-pool";

/** The registry, as the console uses it. */
export interface FleetControl extends AliasDesk {
  /** Undefined: nothing has been applied yet. */
  current(): Promise<Fleet | undefined>;
  /** `text` is a fleet file in YAML (or JSON); `actor` is who asked, for the audit. It must leave the pools that are in use. */
  apply(text: string, actor: string, inUse?: readonly PoolInUse[]): Promise<FleetOutcome>;
  /** What applying that file would change; changes nothing. */
  preview(text: string, inUse?: readonly PoolInUse[]): Promise<FleetOutcome>;
  /** `percent` from 1; 100 takes a throttle back. Undefined: there is no such tenant. */
  throttle(
    tenant: string,
    percent: number,
    actor: string,
  ): Promise<{ readonly version: number; readonly isChanged: boolean } | undefined>;
}

/** What waits or runs in a pool would wait in vain once it is out of the fleet. */
export interface PoolInUse {
  readonly pool: PoolId;
  readonly requests: number;
}

export type FleetOutcome =
  | {
      readonly kind: "applied";
      readonly version: number;
      readonly isChanged: boolean;
      readonly diff: FleetDiff;
    }
  | {
      readonly kind: "refused";
      readonly problems: readonly {
        readonly line: number;
        readonly path: string;
        readonly problem: string;
      }[];
    };
