// Everything one simulated replica is at a moment: its memory, its adapters, its sequences and the step that runs.
// Law: a sequence is either waiting without blocks or running with them, never both.

import { assert } from "#shared/actor/assert.ts";
import type { Address } from "#shared/actor/actor.ts";
import { workerAddress } from "#shared/messages/addresses.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import type { AdapterSlots } from "./adapter-slots.ts";
import { createAdapterSlots } from "./adapter-slots.ts";
import type { BlockPool } from "./block-pool.ts";
import { createBlockPool } from "./block-pool.ts";
import { releaseTable } from "./block-table.ts";
import type { EngineSequence } from "./engine-sequence.ts";
import { chargeBlocks } from "./engine-sequence.ts";
import type { GpuTime } from "./gpu-time.ts";
import { startGpuTime } from "./gpu-time.ts";
import type { ToldTime } from "./modelled-gpu.ts";
import { profileOf } from "./profiles.ts";
import type { StepProfile } from "./profiles/step-profile.ts";
import { hasRoom } from "./kv-capacity.ts";
import type { SwapSpace } from "./swap-space.ts";
import { createSwapSpace, dropSwapped } from "./swap-space.ts";
import type { ReplicaWork, StepWork } from "./step-work.ts";
import { replicaWork } from "./step-work.ts";
import { TenantShares } from "./tenant-share.ts";
import type { TenantShare } from "./tenant-share.ts";

export interface RunningStep {
  readonly endUs: number;
  readonly durationUs: number;
  /** Without the host's share. */
  readonly kernelUs: number;
  readonly work: StepWork;
  readonly batch: readonly EngineSequence[];
}

export interface Replica {
  readonly worker: Address;
  readonly spec: SimulatedEngineSpec;
  readonly profile: StepProfile;
  readonly work: ReplicaWork;
  /** False until the first message: an engine that was restarted says so before all else. */
  isUp: boolean;
  /** Crashed: nothing but its restart is heard. */
  isDown: boolean;
  /** Silent for ever: nothing but a reset is heard. */
  isHung: boolean;
  pool: BlockPool;
  swap: SwapSpace;
  adapters: AdapterSlots;
  gpuTime: GpuTime;
  /** As it stood when the worker was last told. */
  toldTime: ToldTime;
  shares: TenantShares;
  /** When the last step was planned. */
  beyondShare: readonly TenantShare[];
  arrivals: number;
  readonly sequences: Map<string, EngineSequence>;
  /** Hold blocks; in order of arrival. */
  running: EngineSequence[];
  /** Hold none; preempted ones before those that never ran, each in order of arrival. */
  waiting: EngineSequence[];
  step: RunningStep | undefined;
  /** When the last step ended, as scheduled. */
  lastEndUs: number;
  lastDurationUs: number;
}

export function createReplica(self: Address, spec: SimulatedEngineSpec): Replica {
  const profile = profileOf(spec);
  assert(spec.gpus === profile.gpus, "a replica has as many GPUs as its profile");
  assert(spec.stepTokensMax >= spec.sequencesMax, "every running sequence can decode in one step");
  assert(
    (spec.chunking ?? "total") === "total" || spec.batching === "fifo",
    "another chunking than by the total is in order of arrival",
  );
  assert(hasRoom(profile, spec), "a replica holds no more than its GPUs have room for");
  assert(spec.kvBlockTokens > 0 && spec.kvBlocks > 0 && spec.timeScale > 0, "a replica has a size");
  return {
    worker: workerAddress(self.slice(self.indexOf("/") + 1) as WorkerId),
    spec,
    profile,
    work: replicaWork(profile, spec.timeScale),
    isUp: false,
    isDown: false,
    isHung: false,
    pool: createBlockPool(spec.kvBlocks, spec.prefixShare),
    swap: createSwapSpace(profile, spec),
    adapters: createAdapterSlots(spec.adapterSlots),
    gpuTime: startGpuTime(spec.gpus, 0),
    toldTime: { accountedUs: 0, sequencesUs: 0 },
    shares: startShares(spec, 0),
    beyondShare: [],
    arrivals: 0,
    sequences: new Map(),
    running: [],
    waiting: [],
    step: undefined,
    lastEndUs: 0,
    lastDurationUs: 0,
  };
}

/** What a tenant had counts for two full steps: as much as its worker lets wait in the engine. */
const startShares = ({ stepTokensMax }: SimulatedEngineSpec, nowUs: number): TenantShares =>
  new TenantShares(2 * stepTokensMax, nowUs);

/** Forget every sequence, block and adapter; GPU time counts from here. */
export function emptyReplica(replica: Replica, nowUs: number): void {
  replica.isUp = true;
  replica.isDown = false;
  replica.isHung = false;
  replica.pool = createBlockPool(replica.spec.kvBlocks, replica.spec.prefixShare);
  replica.swap = createSwapSpace(replica.profile, replica.spec);
  replica.adapters = createAdapterSlots(replica.spec.adapterSlots);
  replica.gpuTime = startGpuTime(replica.spec.gpus, nowUs);
  replica.toldTime = { accountedUs: nowUs, sequencesUs: 0 };
  replica.shares = startShares(replica.spec, nowUs);
  replica.beyondShare = [];
  replica.sequences.clear();
  replica.running = [];
  replica.waiting = [];
  replica.step = undefined;
  replica.lastEndUs = nowUs;
  replica.lastDurationUs = 0;
}

/** Take its blocks back: they are counted until now and free, or cached for its namespace. */
export function releaseSequence(replica: Replica, sequence: EngineSequence, nowUs: number): number {
  chargeBlocks(sequence, nowUs);
  return releaseTable(replica.pool, sequence.table);
}

/** It ended or was stopped: the engine knows it no longer. */
export function removeSequence(replica: Replica, sequence: EngineSequence, nowUs: number): number {
  const blocks = releaseSequence(replica, sequence, nowUs);
  dropSwapped(replica.swap, sequence, replica.spec.kvBlockTokens);
  replica.sequences.delete(sequence.key);
  const from = sequence.hasRun && replica.running.includes(sequence) ? "running" : "waiting";
  replica[from] = replica[from].filter((other) => other !== sequence);
  return blocks;
}

/** Preempted sequences resume before new ones start, the earliest arrival first. */
export function insertPreempted(replica: Replica, sequence: EngineSequence): void {
  const index = replica.waiting.findIndex((other) => !other.hasRun || other.order > sequence.order);
  replica.waiting.splice(index < 0 ? replica.waiting.length : index, 0, sequence);
}
