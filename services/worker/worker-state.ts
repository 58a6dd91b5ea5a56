// Everything one worker knows, all of it of this life and rebuildable: its engine's size, its sequences, who may
// command it, and what it still has to tell.

import type { Address, Effect } from "#shared/actor/actor.ts";
import {
  adapterCacheAddress,
  engineAddress,
  kvAccountantAddress,
  routerAddress,
} from "#shared/messages/addresses.ts";
import type { EngineUp, GpuTime } from "#shared/messages/from-engine.ts";
import type { VirtualCounters } from "#shared/messages/virtual-counters.ts";
import type {
  AdapterDigest,
  EdgeId,
  PoolId,
  RequestId,
  TenantId,
  WorkerHostId,
  WorkerId,
} from "#shared/model/ids.ts";
import type { EnginePace } from "./engine-pace.ts";
import { noPace } from "./engine-pace.ts";
import type { Vocabularies } from "#shared/model/tokenizer.ts";
import type { CrashReport } from "./engine-crash.ts";
import type { EndOutbox } from "./end-outbox.ts";
import { openOutbox } from "./end-outbox.ts";
import type { GpuBooks } from "./gpu-books.ts";
import type { GpuUse } from "./gpu-use.ts";
import type { EpochFence } from "./epoch-fence.ts";
import { openFence } from "./epoch-fence.ts";
import type { PrefillRoom } from "./prefill-backlog.ts";
import type { EndedSequences } from "./ended-sequences.ts";
import { noEndedSequences } from "./ended-sequences.ts";
import type { OwedBills } from "./owed-bills.ts";
import { noOwedBills } from "./owed-bills.ts";
import type { SaidAgain } from "./said-again.ts";
import type { Sequence } from "./sequence.ts";
import type { VoidedAttempts } from "./voided-attempts.ts";
import { noVoidedAttempts } from "./voided-attempts.ts";

/** What a worker is told about itself by whoever hosts it. */
export interface WorkerPlacement {
  readonly pool: PoolId;
  readonly host: WorkerHostId;
  readonly zone: string;
  /** Since when its GPUs are its own, by its process's clock. Absent: since it was first placed. */
  readonly ownsGpusSinceMs?: number;
}

export interface WorkerState {
  readonly worker: WorkerId;
  readonly placement: WorkerPlacement;
  /** Of its process: what the output of its sequences says. */
  readonly vocabularies: Vocabularies;
  readonly engine: Address;
  readonly router: Address;
  readonly accountant: Address;
  readonly cache: Address;
  /** Absent: not registered, nothing may start. */
  incarnation: number | undefined;
  /** The highest so far: a later registration has a larger one. */
  lastIncarnation: number;
  /** Absent: the engine has not said that it is up in this life. */
  engineUp: EngineUp | undefined;
  /** As it was before it crashed, until it is up again. */
  engineDown: EngineUp | undefined;
  /** Ever, in all lives. */
  engineCrashes: number;
  readonly crashReports: Map<string, CrashReport>;
  readonly saidAgain: Map<string, SaidAgain>;
  /** The store as this process reaches it. Absent: not placed yet. */
  coordination: Address | undefined;
  readonly fence: EpochFence;
  /** Kept for the pool's next router, over this worker's lives. */
  counters: VirtualCounters | undefined;
  readonly voided: VoidedAttempts;
  readonly outbox: EndOutbox;
  readonly live: Map<string, Sequence>;
  /** The highest attempt of each request in `live`. */
  readonly liveAttempt: Map<RequestId, number>;
  readonly ended: EndedSequences;
  readonly bills: OwedBills;
  /** That are registered, by the epoch of that. Absent: not told yet, and nothing is concluded. */
  edges: ReadonlyMap<EdgeId, number> | undefined;
  /** Absent until the registry has spoken: adapters then wait, they are not forbidden. */
  rights: ReadonlyMap<AdapterDigest, ReadonlySet<TenantId>> | undefined;
  residents: Set<AdapterDigest>;
  usedBlocks: number;
  freeBlocks: number;
  isCordoned: boolean;
  isDraining: boolean;
  /** Numbers capacity and block reports, so that late ones can be told. */
  seq: number;
  /** Beats since the accountant was last told, and since what it is told has changed. */
  readonly reporting: BlockReporting;
  /** Tell the router before this arrival is over. */
  hasNewCapacity: boolean;
  /** The room for prompts that the router was last told: where there was none it hears at once that there is. */
  toldRoom: PrefillRoom | undefined;
  /** Tenants that yield in the engine, as it last said. */
  beyondShare: ReadonlySet<TenantId>;
  preemptedTimerArmed: boolean;
  /** Beats in a row at which the engine was asked something and had said nothing. */
  silentBeats: number;
  readonly pace: EnginePace;
  /** As the engine told it for the last notes, and when it was asked for these. */
  gpuTime: GpuTime | undefined;
  gpuTimeAtMs: number;
  /** The next word about it is noted. */
  isGpuNoteDue: boolean;
  /** Absent: never placed. */
  gpuBooks: GpuBooks | undefined;
  /** Between its last two words about it. */
  gpuUse: GpuUse | undefined;
}

/** When the accountant is told what it was told before. */
export interface BlockReporting {
  silentBeats: number;
  steadyBeats: number;
  told: { readonly totalBlocks: number; readonly usedBlocks: number } | undefined;
}

/** One arrival being handled: its time, and the effects it has had so far. */
export interface Turn {
  readonly nowMs: number;
  readonly effects: Effect[];
}

export function createWorkerState(
  worker: WorkerId,
  placement: WorkerPlacement,
  meter: Address,
  vocabularies: Vocabularies,
): WorkerState {
  const router = routerAddress(placement.pool);
  return {
    worker,
    placement,
    vocabularies,
    engine: engineAddress(worker),
    router,
    accountant: kvAccountantAddress(placement.pool),
    cache: adapterCacheAddress(placement.host),
    incarnation: undefined,
    lastIncarnation: 0,
    engineUp: undefined,
    engineDown: undefined,
    engineCrashes: 0,
    crashReports: new Map(),
    saidAgain: new Map(),
    coordination: undefined,
    fence: openFence(),
    counters: undefined,
    voided: noVoidedAttempts(),
    outbox: openOutbox(router),
    live: new Map(),
    liveAttempt: new Map(),
    ended: noEndedSequences(),
    bills: noOwedBills(meter),
    edges: undefined,
    rights: undefined,
    residents: new Set(),
    usedBlocks: 0,
    freeBlocks: 0,
    isCordoned: false,
    isDraining: false,
    seq: 0,
    reporting: { silentBeats: 0, steadyBeats: 0, told: undefined },
    hasNewCapacity: false,
    toldRoom: undefined,
    beyondShare: new Set(),
    preemptedTimerArmed: false,
    silentBeats: 0,
    pace: noPace(),
    gpuTime: undefined,
    gpuUse: undefined,
    isGpuNoteDue: false,
    gpuBooks: undefined,
    gpuTimeAtMs: Number.NEGATIVE_INFINITY,
  };
}

/** What every note about an attempt names. */
export function about(
  state: WorkerState,
  { requestId, attempt, tenant }: { requestId: RequestId; attempt: number; tenant?: TenantId },
): Readonly<Record<string, string | number>> {
  const { worker, placement } = state;
  return {
    requestId,
    attempt,
    worker,
    pool: placement.pool,
    ...(tenant === undefined ? {} : { tenant }),
  };
}
