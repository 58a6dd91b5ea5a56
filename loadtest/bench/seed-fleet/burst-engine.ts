// A replica that decides its batch once for many steps, and tells its tokens then: what vLLM calls multi-step
// scheduling. Every step of a burst takes what the profile says for the batch as it then is; what comes meanwhile waits
// for the next burst. It keeps no prefix cache and preempts nobody: a sequence begins when its whole output fits.

import type { Actor, Effect } from "#shared/actor/actor.ts";
import { arm, disarm } from "#shared/actor/actor.ts";
import { workerAddress } from "#shared/messages/addresses.ts";
import type { EngineLoadAdapter, Run, ToEngine } from "#shared/messages/to-engine.ts";
import type { StepOutput } from "#shared/messages/from-engine.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import {
  beginLoad,
  createAdapterSlots,
  finishLoads,
  nextLoadUs,
} from "#services/worker/engine/adapter-slots.ts";
import { chargeIdle, startGpuTime, tellGpuTime } from "#services/worker/engine/gpu-time.ts";
import { profileNamed } from "#services/worker/engine/profiles.ts";
import type { BurstReplica } from "./burst-replica.ts";
import type { BurstSequence } from "./burst-sequence.ts";
import { heldBlocks, startSequence, takeTokens, totalsOf } from "./burst-sequence.ts";
import { planBurst } from "./plan-burst.ts";

export function createBurstEngine(
  spec: SimulatedEngineSpec,
  stepsMax: number,
): Actor<BurstReplica, ToEngine> {
  return {
    name: "engine",
    init: (self) => ({
      worker: workerAddress(self.slice(self.indexOf("/") + 1) as WorkerId),
      spec,
      profile: profileNamed(spec.profile),
      stepsMax,
      adapters: createAdapterSlots(spec.adapterSlots),
      gpuTime: startGpuTime(spec.gpus, 0),
      sequences: new Map(),
      waiting: [],
      running: [],
      stopping: 0,
      promisedBlocks: 0,
      heldBlocks: 0,
      burst: undefined,
    }),
    receive(replica, { message, nowMs }) {
      const effects: Effect[] = [];
      handle(replica, message, { nowUs: Math.round(nowMs * 1000), effects });
      return effects;
    },
  };
}

interface Turn {
  readonly nowUs: number;
  readonly effects: Effect[];
}

function handle(replica: BurstReplica, message: ToEngine, turn: Turn): void {
  switch (message.kind) {
    case "boot":
    case "reset":
      return comeUp(replica, turn);
    case "run":
      return run(replica, message, turn);
    case "stop":
      return stop(replica, message.sequence, turn);
    case "pause":
      return setPaused(replica, message.sequence, true);
    case "resume":
      setPaused(replica, message.sequence, false);
      return beginBurst(replica, turn);
    case "load-adapter":
      return loadAdapter(replica, message, turn);
    case "tell-gpu-time":
      if (replica.burst === undefined) chargeIdle(replica.gpuTime, turn.nowUs);
      return tell(replica, tellGpuTime(replica.gpuTime), turn);
    case "timer-fired":
      return message.name === "step" ? burstOver(replica, turn) : loadOver(replica, turn);
    default:
      return message satisfies never;
  }
}

const tell = ({ worker }: BurstReplica, message: ToWorker, { effects }: Turn): void => {
  effects.push(toWorker(worker, message));
};

function comeUp(replica: BurstReplica, turn: Turn): void {
  const { spec, profile } = replica;
  replica.adapters = createAdapterSlots(spec.adapterSlots);
  replica.gpuTime = startGpuTime(spec.gpus, turn.nowUs);
  replica.sequences.clear();
  Object.assign(replica, { waiting: [], running: [], burst: undefined });
  Object.assign(replica, { stopping: 0, promisedBlocks: 0, heldBlocks: 0 });
  turn.effects.push(disarm("step"), disarm("load"));
  tell(
    replica,
    {
      kind: "engine-up",
      workerType: `burst-${profile.gpu}/${spec.profile}`,
      gpus: spec.gpus,
      sequencesMax: spec.sequencesMax,
      totalBlocks: spec.kvBlocks,
      blockTokens: spec.kvBlockTokens,
      adapterSlots: spec.adapterSlots,
      stepTokensMax: spec.stepTokensMax,
    },
    turn,
  );
}

function run(replica: BurstReplica, message: Run, turn: Turn): void {
  const { sequences, adapters, spec, waiting } = replica;
  const { sequence: key, adapterDigest } = message;
  if (sequences.has(key)) return;
  const sequence = startSequence(message, spec.kvBlockTokens);
  const reason =
    sequence.blocksMax > spec.kvBlocks
      ? "too-long"
      : adapterDigest !== "" && !adapters.residents.has(adapterDigest)
        ? "adapter-missing"
        : undefined;
  if (reason !== undefined) {
    return tell(replica, { kind: "engine-refused", sequence: key, reason }, turn);
  }
  sequences.set(key, sequence);
  waiting.push(sequence);
  beginBurst(replica, turn);
}

function stop(replica: BurstReplica, key: string, turn: Turn): void {
  const sequence = replica.sequences.get(key);
  if (sequence === undefined) {
    const totals = nothingExecuted;
    return tell(replica, { kind: "sequence-stopped", sequence: key, totals }, turn);
  }
  replica.stopping += sequence.isStopping ? 0 : 1;
  sequence.isStopping = true;
  // At the next boundary: now, if nothing runs.
  if (replica.burst === undefined) sweepStopped(replica, turn);
}

function setPaused({ sequences }: BurstReplica, key: string, isPaused: boolean): void {
  const sequence = sequences.get(key);
  if (sequence !== undefined) sequence.isPaused = isPaused;
}

function beginBurst(replica: BurstReplica, { nowUs, effects }: Turn): void {
  if (replica.burst !== undefined || replica.sequences.size === 0) return;
  const burst = planBurst(replica, nowUs);
  if (burst === undefined) return;
  chargeIdle(replica.gpuTime, nowUs);
  replica.burst = burst;
  effects.push(arm("step", burst.endUs / 1000, { kind: "timer-fired", name: "step" }));
}

function burstOver(replica: BurstReplica, turn: Turn): void {
  const { burst, gpuTime, spec } = replica;
  if (burst === undefined) return;
  replica.burst = undefined;
  const wallUs = (burst.endUs - gpuTime.accountedUs) * spec.gpus;
  const kernelUs = Math.min(wallUs, burst.kernelUs * spec.gpus);
  gpuTime.sequencesUs += kernelUs;
  gpuTime.overheadUs += wallUs - kernelUs;
  gpuTime.accountedUs = burst.endUs;
  const outputs = burst.members.map((member) => outputOf(replica, member, burst));
  replica.running = replica.running.filter((sequence) => replica.sequences.has(sequence.key));
  const freeBlocks = spec.kvBlocks - replica.heldBlocks;
  tell(replica, { kind: "step", outputs, usedBlocks: replica.heldBlocks, freeBlocks }, turn);
  sweepStopped(replica, turn);
  beginBurst(replica, turn);
}

function outputOf(
  replica: BurstReplica,
  sequence: BurstSequence,
  burst: { readonly endUs: number; readonly durationUs: number; readonly kernelUs: number },
): StepOutput {
  const before = heldBlocks(sequence);
  const share = burst.kernelUs / Math.max(1, replica.running.length);
  const tokens = takeTokens(sequence, { durationUs: burst.durationUs, gpuUs: Math.floor(share) });
  const blocks = heldBlocks(sequence);
  replica.heldBlocks += blocks - before;
  const output = { sequence: sequence.key, tokens, blocks, totals: totalsOf(sequence) };
  if (sequence.outputIndex < sequence.outputTarget) return output;
  forget(replica, sequence);
  return { ...output, end: sequence.finishReason };
}

function forget(replica: BurstReplica, sequence: BurstSequence): void {
  replica.sequences.delete(sequence.key);
  if (!sequence.hasBegun) return;
  replica.heldBlocks -= heldBlocks(sequence);
  replica.promisedBlocks -= sequence.blocksMax;
}

function sweepStopped(replica: BurstReplica, turn: Turn): void {
  if (replica.stopping === 0) return;
  replica.stopping = 0;
  for (const sequence of replica.sequences.values()) {
    if (!sequence.isStopping) continue;
    forget(replica, sequence);
    const { key } = sequence;
    const totals = totalsOf(sequence);
    tell(replica, { kind: "sequence-stopped", sequence: key, totals }, turn);
  }
  const isKnown = ({ key }: BurstSequence): boolean => replica.sequences.has(key);
  replica.running = replica.running.filter(isKnown);
  replica.waiting = replica.waiting.filter(isKnown);
}

function loadAdapter(replica: BurstReplica, message: EngineLoadAdapter, turn: Turn): void {
  const { digest } = message;
  const decision = beginLoad(replica.adapters, message, {
    nowUs: turn.nowUs,
    timeScale: 1,
    gpusPerHost: undefined,
    isInUse: (adapter) =>
      [...replica.sequences.values()].some(({ adapterDigest }) => adapterDigest === adapter),
  });
  if (decision.kind === "loading") return armLoad(replica, turn);
  const residents = [...replica.adapters.residents.keys()];
  if (decision.kind === "resident") {
    return tell(replica, { kind: "adapter-loaded", digest, residents }, turn);
  }
  tell(replica, { kind: "adapter-failed", digest, reason: decision.reason }, turn);
}

function loadOver(replica: BurstReplica, turn: Turn): void {
  for (const digest of finishLoads(replica.adapters, turn.nowUs)) {
    const residents = [...replica.adapters.residents.keys()];
    tell(replica, { kind: "adapter-loaded", digest, residents }, turn);
  }
  armLoad(replica, turn);
}

function armLoad({ adapters }: BurstReplica, { effects }: Turn): void {
  const atUs = nextLoadUs(adapters);
  if (atUs === undefined) return;
  effects.push(arm("load", atUs / 1000, { kind: "timer-fired", name: "load" }));
}
