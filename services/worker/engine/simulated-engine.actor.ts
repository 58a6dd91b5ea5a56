// One simulated replica: continuous batching, paged KV, adapters, preemption by recompute, in the time that the
// profile's table says. Its output is the oracle's, so nothing it computes can be mistaken for something else.

import { arm, disarm, note } from "#shared/actor/actor.ts";
import type { Actor, Address, Effect } from "#shared/actor/actor.ts";
import type { EngineLoadAdapter, EngineTimer, Run, ToEngine } from "#shared/messages/to-engine.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { EngineRefused, StepOutput } from "#shared/messages/from-engine.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";
import { oracleLength } from "#shared/model/oracle.ts";
import { tokenCount } from "#shared/model/tokenizer.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { adapterFaultOf, nanOf, refusesAlways } from "./adapter-fault.ts";
import { beginLoad, finishLoads, lastLoadUs, nextLoadUs } from "./adapter-slots.ts";
import { availableBlocks, usedBlocks } from "./block-pool.ts";
import type { EngineSequence } from "./engine-sequence.ts";
import { die, hang, killHung, sayLast } from "./engine-down.ts";
import type { Death } from "./engine-down.ts";
import { createSequence, subjectOf, totalsOf } from "./engine-sequence.ts";
import { finishStep } from "./finish-step.ts";
import { chargeIdle, tellGpuWork } from "./gpu-time.ts";
import { modelledReadings } from "./modelled-gpu.ts";
import { planStep } from "./plan-step.ts";
import { brings, faultOf } from "./planned-fault.ts";
import { preemptionPrice } from "./preemption-price.ts";
import type { Replica } from "./replica.ts";
import { createReplica, emptyReplica, removeSequence } from "./replica.ts";

/** One spec for every replica of the host, or a spec per worker. */
export function createSimulatedEngine(
  spec: SimulatedEngineSpec | ((worker: WorkerId) => SimulatedEngineSpec),
): Actor<Replica, ToEngine> {
  return {
    name: "engine",
    init(self: Address): Replica {
      const worker = self.slice(self.indexOf("/") + 1) as WorkerId;
      return createReplica(self, typeof spec === "function" ? spec(worker) : spec);
    },
    receive(replica, { message, nowMs }) {
      const nowUs = Math.round(nowMs * 1000);
      const effects: Effect[] = [];
      if ((replica.isDown && !isRestart(message)) || (replica.isHung && message.kind !== "reset")) {
        return effects;
      }
      if (!replica.isUp && message.kind !== "boot" && message.kind !== "reset") {
        comeUp(replica, nowUs, effects);
      }
      handle(replica, { message, nowUs, effects });
      return effects;
    },
  };
}

interface Turn<Message> {
  readonly message: Message;
  readonly nowUs: number;
  readonly effects: Effect[];
}

function handle(replica: Replica, { message, nowUs, effects }: Turn<ToEngine>): void {
  switch (message.kind) {
    case "reset":
      if (replica.isHung) return killHung(replica, { nowUs, effects });
      return comeUp(replica, nowUs, effects);
    case "boot":
      return comeUp(replica, nowUs, effects);
    case "run":
      return run(replica, { message, nowUs, effects });
    case "stop":
      return stop(replica, { message: message.sequence, nowUs, effects });
    case "pause":
      return setPaused(replica, message.sequence, true);
    case "resume":
      setPaused(replica, message.sequence, false);
      return beginIfIdle(replica, nowUs, effects);
    case "load-adapter":
      return loadAdapter(replica, { message, nowUs, effects });
    case "tell-gpu-time":
      return tellTime(replica, nowUs, effects);
    case "timer-fired":
      return wake(replica, { message: message.name, nowUs, effects });
    default:
      return message satisfies never;
  }
}

function wake(
  replica: Replica,
  { message: name, nowUs, effects }: Turn<EngineTimer["name"]>,
): void {
  switch (name) {
    case "step":
      return stepOver(replica, nowUs, effects);
    case "load":
      return loadOver(replica, nowUs, effects);
    case "restart":
      return replica.isDown ? comeUp(replica, nowUs, effects) : undefined;
    default:
      return name satisfies never;
  }
}

const isRestart = (message: ToEngine): boolean =>
  message.kind === "timer-fired" && message.name === "restart";

function tellTime(replica: Replica, nowUs: number, effects: Effect[]): void {
  const { gpuTime } = replica;
  if (replica.step === undefined) chargeIdle(gpuTime, Math.max(nowUs, replica.lastEndUs));
  const readings = modelledReadings(replica, replica.toldTime);
  replica.toldTime = { accountedUs: gpuTime.accountedUs, sequencesUs: gpuTime.sequencesUs };
  tell(replica, effects, { ...tellGpuWork(gpuTime, replica.work.peak), readings });
}

function tell(replica: Replica, effects: Effect[], message: ToWorker): void {
  effects.push(toWorker(replica.worker, message));
}

function comeUp(replica: Replica, nowUs: number, effects: Effect[]): void {
  sayLast(replica, nowUs, effects);
  emptyReplica(replica, nowUs);
  const { spec } = replica;
  effects.push(disarm("step"), disarm("load"));
  tell(replica, effects, {
    kind: "engine-up",
    workerType: `simulated-${replica.profile.gpu}/${spec.profile}`,
    gpus: spec.gpus,
    sequencesMax: spec.sequencesMax,
    totalBlocks: spec.kvBlocks,
    blockTokens: spec.kvBlockTokens,
    adapterSlots: spec.adapterSlots,
    stepTokensMax: spec.stepTokensMax,
    replaysExactly: true,
    ...preemptionPrice(replica.profile, spec),
  });
}

function run(replica: Replica, { message, nowUs, effects }: Turn<Run>): void {
  const { sequence: key } = message;
  if (replica.sequences.has(key)) return;
  const reason = reasonToRefuse(replica, message);
  if (reason !== undefined) {
    effects.push(note("engine.refused", { ...subjectOf(key), reason }));
    return tell(replica, effects, { kind: "engine-refused", sequence: key, reason });
  }
  const { outputTokens, finishReason } = oracleLength(message.promptDigest, message);
  if (message.forcedPrefix.length >= outputTokens) {
    // The last attempt had said everything but that it was the end.
    const nothing = { sequence: key, tokens: [], blocks: 0, totals: nothingExecuted };
    return tellStep(replica, effects, [{ ...nothing, end: finishReason }]);
  }
  const ofAdapter = adapterFaultOf(message, replica.spec.adapterFaults);
  const sequence = createSequence(message, {
    order: replica.arrivals++,
    blockTokens: replica.spec.kvBlockTokens,
    fault: faultOf(message, replica.spec) ?? nanOf(message, ofAdapter),
    prefillFactor: ofAdapter?.prefillFactor ?? 1,
    share: replica.shares.of(message.tenant, {
      weight: Math.max(1, message.weight ?? 1),
      band: message.band ?? 0,
    }),
  });
  replica.sequences.set(key, sequence);
  replica.waiting.push(sequence);
  beginIfIdle(replica, nowUs, effects);
}

function reasonToRefuse(replica: Replica, message: Run): EngineRefused["reason"] | undefined {
  const { spec, sequences, adapters } = replica;
  const { promptTokens, outputTokensMax, adapterDigest } = message;
  if (!isSane(message) || refusesAlways(message, spec.adapterFaults)) return "malformed";
  if (blocksFor(promptTokens + outputTokensMax, spec.kvBlockTokens) > spec.kvBlocks) {
    return "too-long";
  }
  if (adapterDigest !== "" && !adapters.residents.has(adapterDigest)) return "adapter-missing";
  let live = 0;
  for (const { isStopping } of sequences.values()) live += isStopping ? 0 : 1;
  return live >= spec.sequencesMax ? "no-slot" : undefined;
}

const isSane = ({ promptTokens, promptBytes, outputTokensMax, forcedPrefix }: Run): boolean =>
  promptTokens >= 1 &&
  promptTokens === tokenCount(promptBytes) &&
  Number.isSafeInteger(outputTokensMax) &&
  outputTokensMax >= 1 &&
  forcedPrefix.length <= outputTokensMax;

function stop(replica: Replica, { message: key, nowUs, effects }: Turn<string>): void {
  const sequence = replica.sequences.get(key);
  if (sequence === undefined) {
    return tell(replica, effects, {
      kind: "sequence-stopped",
      sequence: key,
      totals: nothingExecuted,
    });
  }
  if (sequence.isStopping) return;
  effects.push(note("engine.stop-received", subjectOf(key)));
  sequence.isStopping = true;
  // In the running step it is being computed: its blocks are free when that ends.
  if (sequence.stepTokens > 0) return;
  const freed: Effect[] = [];
  freeStopped(replica, sequence, { nowUs, effects: freed });
  // What is free now is told before the end is, so that the worker's next word about its room is right.
  if (replica.step === undefined) tellStep(replica, effects, []);
  effects.push(...freed);
  beginIfIdle(replica, nowUs, effects);
}

function freeStopped(
  replica: Replica,
  sequence: EngineSequence,
  { nowUs, effects }: { readonly nowUs: number; readonly effects: Effect[] },
): void {
  const blocks = removeSequence(replica, sequence, nowUs);
  effects.push(note("engine.freed", { ...subjectOf(sequence.key), blocks }));
  tell(replica, effects, {
    kind: "sequence-stopped",
    sequence: sequence.key,
    totals: totalsOf(sequence),
  });
}

function setPaused(replica: Replica, key: string, isPaused: boolean): void {
  const sequence = replica.sequences.get(key);
  if (sequence !== undefined) sequence.isPaused = isPaused;
}

function beginIfIdle(replica: Replica, nowUs: number, effects: Effect[]): void {
  if (replica.step === undefined) beginStep(replica, Math.max(nowUs, replica.lastEndUs), effects);
}

function beginStep(replica: Replica, startUs: number, effects: Effect[]): void {
  if (replica.sequences.size === 0) return;
  const { step, preempted, resumed } = planStep(replica, startUs);
  for (const sequence of preempted) {
    const { key, swappedTokens } = sequence;
    tell(replica, effects, {
      kind: "sequence-preempted",
      sequence: key,
      totals: totalsOf(sequence),
      ...(swappedTokens > 0 ? { swappedTokens } : {}),
    });
  }
  for (const { key } of resumed)
    tell(replica, effects, { kind: "sequence-resumed", sequence: key });
  if (step === undefined) return;
  chargeIdle(replica.gpuTime, startUs);
  replica.step = step;
  const silencer = step.batch.find((sequence) => brings(sequence, ["hung"]));
  if (silencer !== undefined) return hang(replica, silencer, { nowUs: startUs, effects });
  effects.push(arm("step", step.endUs / 1000, { kind: "timer-fired", name: "step" }));
}

const deaths: readonly Death[] = ["exited", "cuda-oom", "ecc"];

function stepOver(replica: Replica, nowUs: number, effects: Effect[]): void {
  const { step } = replica;
  if (step === undefined) return;
  for (const death of deaths) {
    const culprit = step.batch.find((sequence) => brings(sequence, [death]));
    if (culprit !== undefined) return die(replica, { culprit, death }, { nowUs, effects });
  }
  const { outputs, failed } = finishStep(replica, step);
  const stopped = step.batch.filter((sequence) => sequence.isStopping);
  const freed: Effect[] = [];
  for (const sequence of stopped) {
    if (!replica.sequences.has(sequence.key)) {
      effects.push(note("engine.freed", { ...subjectOf(sequence.key), blocks: 0 }));
      continue;
    }
    freeStopped(replica, sequence, { nowUs: step.endUs, effects: freed });
  }
  for (const sequence of failed) {
    const { key } = sequence;
    const failure = { kind: "sequence-failed", sequence: key, reason: "nan" } as const;
    freed.push(toWorker(replica.worker, { ...failure, totals: totalsOf(sequence) }));
  }
  tellStep(replica, effects, outputs, step.durationUs / 1000);
  effects.push(...freed);
  // A late timer does not delay the steps after it, unless it is late by more than a step.
  beginStep(replica, Math.max(step.endUs, nowUs - step.durationUs), effects);
}

/** Without a duration no step is over: only what is free has changed. */
function tellStep(
  replica: Replica,
  effects: Effect[],
  outputs: readonly StepOutput[],
  tookMs?: number,
): void {
  tell(replica, effects, {
    kind: "step",
    outputs,
    usedBlocks: usedBlocks(replica.pool),
    freeBlocks: availableBlocks(replica.pool),
    ...(tookMs === undefined ? {} : { tookMs }),
    ...(replica.beyondShare.length === 0
      ? {}
      : { beyondShare: replica.beyondShare.map(({ tenant }) => tenant) }),
  });
}

function loadAdapter(replica: Replica, { message, nowUs, effects }: Turn<EngineLoadAdapter>): void {
  const { digest } = message;
  const { timeScale, gpusPerHost } = replica.spec;
  if (replica.step === undefined) chargeIdle(replica.gpuTime, Math.max(nowUs, replica.lastEndUs));
  const decision = beginLoad(replica.adapters, message, {
    nowUs,
    timeScale,
    gpusPerHost,
    isInUse: (adapter) => isInUse(replica, adapter),
  });
  switch (decision.kind) {
    case "resident":
      return tellLoaded(replica, digest, effects);
    case "failed":
      return tell(replica, effects, { kind: "adapter-failed", digest, reason: decision.reason });
    case "loading":
      replica.gpuTime.loadUntilUs = lastLoadUs(replica.adapters);
      replica.gpuTime.shapes.beginLoad(digest, replica.adapters.loading.get(digest)?.doneUs ?? 0);
      return armLoad(replica, effects);
    default:
      return decision satisfies never;
  }
}

function isInUse(replica: Replica, digest: string): boolean {
  for (const { adapterDigest } of replica.sequences.values()) {
    if (adapterDigest === digest) return true;
  }
  return false;
}

function loadOver(replica: Replica, nowUs: number, effects: Effect[]): void {
  for (const digest of finishLoads(replica.adapters, nowUs)) tellLoaded(replica, digest, effects);
  armLoad(replica, effects);
}

function armLoad(replica: Replica, effects: Effect[]): void {
  const atUs = nextLoadUs(replica.adapters);
  if (atUs === undefined) return;
  effects.push(arm("load", atUs / 1000, { kind: "timer-fired", name: "load" }));
}

function tellLoaded(
  replica: Replica,
  digest: EngineLoadAdapter["digest"],
  effects: Effect[],
): void {
  const residents = [...replica.adapters.residents.keys()];
  tell(replica, effects, { kind: "adapter-loaded", digest, residents });
}
