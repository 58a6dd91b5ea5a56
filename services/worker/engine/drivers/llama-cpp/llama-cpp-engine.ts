// The device at `engine/<worker>` of a worker that computes a GGUF itself: the engine port over llama.cpp, in a process of its
// own. Every iteration is formed here, so nothing waits inside: a stop, a pause, a new prompt count from the next step.

import type { AdapterFailed, EngineRefused } from "#shared/messages/from-engine.ts";
import type { EngineLoadAdapter, Run, ToEngine } from "#shared/messages/to-engine.ts";
import type { EmbeddedEngineSpec } from "#shared/model/fleet.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import { DriverVoice } from "#services/worker/engine/drivers/driver-voice.ts";
import type { DriverPorts, EngineDevice } from "#services/worker/engine/drivers/engine-device.ts";
import { isSane, promptIds } from "#services/worker/engine/drivers/prompt-ids.ts";
import { StepGatherer } from "#services/worker/engine/drivers/step-gatherer.ts";
import { EngineLife } from "./engine-life.ts";
import { ModelProcess } from "./model-process.ts";
import type { OpenProcess } from "./model-process.ts";
import { SteppingSequence } from "./stepping-sequence.ts";

export interface LlamaCppPorts extends DriverPorts<EmbeddedEngineSpec> {
  readonly threads: number;
  /** LoRA sets that may be resident, each in a context of its own. Absent: all that the entry names. */
  readonly adapterSlots?: number;
  /** The file of weights that the entry does not name; undefined: there is none. Absent: only what the entry names. */
  readonly fetch?: (digest: AdapterDigest) => Promise<string | undefined>;
}

export interface EmbeddedEngine extends EngineDevice {
  /** Resolves when the model is open; rejects with why it cannot be, though that is tried again. */
  readonly opened: Promise<void>;
  /** Of the process that holds the model; 0: there is none. */
  readonly pid: () => number;
}

/** Of a model whose file is in the page cache. */
const restartGuessMs = 2_000;

export function llamaCppEngine(ports: LlamaCppPorts): EmbeddedEngine {
  const engine = new LlamaCppEngine(ports);
  return {
    device: (_self, _from, message) => engine.hear(message as ToEngine),
    missing: () => engine.missing,
    close: () => engine.close(),
    opened: engine.opened,
    pid: () => engine.pid,
  };
}

class LlamaCppEngine {
  readonly #ports: LlamaCppPorts;
  readonly #voice: DriverVoice;
  readonly #process: ModelProcess;
  readonly #gatherer: StepGatherer<SteppingSequence>;
  #life: EngineLife | undefined;
  /** Its worker is placed. */
  #isWanted = false;

  constructor(ports: LlamaCppPorts) {
    this.#ports = ports;
    this.#voice = new DriverVoice(ports);
    this.#gatherer = new StepGatherer({
      nowMs: () => this.#voice.nowMs(),
      blocks: () => ({
        used: this.#life?.usedBlocks() ?? 0,
        total: this.#life?.spec.kvBlocks ?? 0,
      }),
      onEnded: (sequence) => this.#life?.leave(sequence),
      tell: (step) => this.#voice.tell(step),
    });
    this.#process = new ModelProcess({
      spec: ports.spec,
      threads: ports.threads,
      onOpen: (open) => {
        if (this.#isWanted) this.#up(open);
      },
      onDeath: (why) => this.#crashed(why),
      onWhy: (why) => this.#voice.note("engine.not-up", { why }),
    });
  }

  get opened(): Promise<void> {
    return this.#process.firstOpened;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get missing(): string | undefined {
    return this.#life === undefined ? this.#process.why : undefined;
  }

  hear(message: ToEngine): void {
    if (this.#voice.isClosed) return;
    switch (message.kind) {
      case "boot":
      case "reset":
        return this.#begin();
      case "run":
        return this.#run(message);
      case "stop":
        return this.#stop(message.sequence);
      case "pause":
      case "resume":
        return this.#setPaused(message.sequence, message.kind === "pause");
      case "load-adapter":
        return void this.#loadAdapter(message);
      case "tell-gpu-time":
        return this.#tellTime();
      case "timer-fired":
        return;
      default:
        return message satisfies never;
    }
  }

  close(): void {
    this.#voice.close();
    this.#endLife();
    this.#process.close();
  }

  #begin(): void {
    this.#isWanted = true;
    this.#endLife();
    // One that has not answered for long does not hear either.
    const open = this.#process.renewed();
    if (open !== undefined) this.#up(open);
  }

  #endLife(): void {
    this.#gatherer.forget();
    this.#life?.end();
    this.#life = undefined;
  }

  #up(open: OpenProcess): void {
    const { spec } = open;
    const { adapterSlots = spec.adapterSlots ?? spec.adapters.length } = this.#ports;
    this.#life = new EngineLife(open, {
      adapterSlots,
      nowMs: () => this.#voice.nowMs(),
      onTokens: (sequence, tokens, end) => this.#gatherer.add(sequence, tokens, end),
      onStepped: () => this.#gatherer.flush(),
      onFreed: (sequence) => this.#freed(sequence),
      onBroken: (why) => this.#process.kill(why),
    });
    this.#voice.tell({
      kind: "engine-up",
      workerType: "llama-cpp",
      gpus: spec.gpus,
      sequencesMax: spec.sequencesMax,
      totalBlocks: spec.kvBlocks,
      blockTokens: spec.kvBlockTokens,
      adapterSlots,
    });
  }

  /** Everything in flight is gone, and nobody can tell whose doing it was. */
  #crashed(why: string): void {
    if (this.#voice.isClosed || this.#life === undefined) return;
    this.#gatherer.flush();
    this.#voice.note("engine.crashed", { why, sequences: this.#life.sequences.size });
    this.#endLife();
    const reason = why.slice(0, 200);
    this.#voice.tell({ kind: "engine-crashed", reason, restartMs: restartGuessMs });
  }

  #run(run: Run): void {
    const life = this.#life;
    if (life?.sequences.has(run.sequence) === true) return;
    const ids = promptIds(run);
    const reason = reasonToRefuse(life, run, ids);
    if (reason !== undefined || life === undefined || ids === undefined) {
      const { sequence } = run;
      return this.#voice.tell({ kind: "engine-refused", sequence, reason: reason ?? "no-slot" });
    }
    const { time, spec } = life;
    const blockTokens = spec.kvBlockTokens;
    const nowMs = this.#voice.nowMs();
    life.begin(new SteppingSequence({ run, promptIds: ids, blockTokens, time, nowMs }));
  }

  #stop(key: string): void {
    const life = this.#life;
    // It may be over with what the last step brought.
    this.#gatherer.flush();
    const sequence = life?.sequences.get(key);
    if (life === undefined || sequence === undefined) {
      return this.#voice.tell({ kind: "sequence-stopped", sequence: key, totals: nothingExecuted });
    }
    sequence.stop();
    if (!sequence.isInStep) this.#freed(sequence);
  }

  #setPaused(key: string, isPaused: boolean): void {
    const sequence = this.#life?.sequences.get(key);
    if (isPaused) return sequence?.pause();
    sequence?.resume();
    this.#life?.step();
  }

  #tellTime(): void {
    if (this.#life !== undefined) this.#voice.tell(this.#life.time.told(this.#voice.nowMs()));
  }

  #freed(sequence: SteppingSequence): void {
    const totals = sequence.end(this.#voice.nowMs());
    this.#life?.leave(sequence);
    // What is free is told before the end is, so that the worker's next word about its room is right.
    this.#gatherer.say();
    this.#voice.tell({ kind: "sequence-stopped", sequence: sequence.key, totals });
    this.#life?.step();
  }

  async #loadAdapter(message: EngineLoadAdapter): Promise<void> {
    const life = this.#life;
    const said = (await this.#fetch(life, message)) ?? (await life?.adapters.load(message));
    if (said === undefined || life !== this.#life) return;
    if (said.kind === "adapter-loaded") life?.openSlots(said.digest);
    this.#voice.tell(said);
  }

  /** Told when it cannot be had; undefined: its file is where it should be, or there is none. */
  async #fetch(
    life: EngineLife | undefined,
    { digest }: EngineLoadAdapter,
  ): Promise<AdapterFailed | undefined> {
    const { fetch } = this.#ports;
    const isNamed = life?.spec.adapters.some((served) => served.digest === digest) === true;
    if (fetch === undefined || isNamed) return undefined;
    try {
      const path = await fetch(digest);
      if (path !== undefined) life?.adapters.learn(digest, path);
      return undefined;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { kind: "adapter-failed", digest, reason: `not fetched: ${why}`.slice(0, 200) };
    }
  }
}

function reasonToRefuse(
  life: EngineLife | undefined,
  run: Run,
  ids: readonly Token[] | undefined,
): EngineRefused["reason"] | undefined {
  if (ids === undefined || !isSane(run)) return "malformed";
  if (life === undefined) return "no-slot";
  const { spec, model, adapters } = life;
  // One that the model has not would end the process for all.
  const isForeign = (id: Token): boolean => id >= model.vocabularySize;
  if (ids.some(isForeign) || run.forcedPrefix.some(isForeign)) return "malformed";
  const tokens = ids.length + run.outputTokensMax;
  const isTooLong =
    tokens > model.slotTokens || blocksFor(tokens, spec.kvBlockTokens) > spec.kvBlocks;
  if (isTooLong) return "too-long";
  if (!adapters.has(run.adapterDigest)) return "adapter-missing";
  return life.liveSequences() >= spec.sequencesMax ? "no-slot" : undefined;
}
