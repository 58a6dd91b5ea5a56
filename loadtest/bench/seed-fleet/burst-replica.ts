// What a burst engine holds.

import type { Address } from "#shared/actor/actor.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { AdapterSlots } from "#services/worker/engine/adapter-slots.ts";
import type { GpuTime } from "#services/worker/engine/gpu-time.ts";
import type { StepProfile } from "#services/worker/engine/profiles/step-profile.ts";
import type { BurstSequence } from "./burst-sequence.ts";

export interface BurstReplica {
  readonly worker: Address;
  readonly spec: SimulatedEngineSpec;
  readonly profile: StepProfile;
  /** Steps of a burst at most. */
  readonly stepsMax: number;
  adapters: AdapterSlots;
  gpuTime: GpuTime;
  readonly sequences: Map<string, BurstSequence>;
  /** In order of arrival. */
  waiting: BurstSequence[];
  running: BurstSequence[];
  /** Told to stop, and not yet gone. */
  stopping: number;
  /** What those that run may come to hold, and what they hold. */
  promisedBlocks: number;
  heldBlocks: number;
  burst: Burst | undefined;
}

export interface Burst {
  readonly endUs: number;
  readonly durationUs: number;
  /** Without the host's share. */
  readonly kernelUs: number;
  readonly members: readonly BurstSequence[];
}
