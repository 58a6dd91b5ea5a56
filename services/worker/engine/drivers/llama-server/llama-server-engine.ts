// The device at `engine/<worker>` of a worker whose engine is a llama-server: the engine port over HTTP. It computes
// nothing and decides little: who runs was decided, and here nothing waits but for a slot that is being freed.

import type { EngineRefused } from "#shared/messages/from-engine.ts";
import type { EngineLoadAdapter, Run, ToEngine } from "#shared/messages/to-engine.ts";
import type { EngineServerSpec } from "#shared/model/fleet.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";
import type { Token, Vocabulary } from "#shared/model/tokenizer.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { AdapterResidents } from "#services/worker/engine/drivers/adapter-residents.ts";
import { DriverSequence } from "#services/worker/engine/drivers/driver-sequence.ts";
import { DriverVoice } from "#services/worker/engine/drivers/driver-voice.ts";
import type { DriverPorts, EngineDevice } from "#services/worker/engine/drivers/engine-device.ts";
import { faultOf } from "#services/worker/engine/drivers/engine-fault.ts";
import type { EngineFault } from "#services/worker/engine/drivers/engine-fault.ts";
import { EngineTime } from "#services/worker/engine/drivers/engine-time.ts";
import { isSane, promptIds } from "#services/worker/engine/drivers/prompt-ids.ts";
import { StepGatherer } from "#services/worker/engine/drivers/step-gatherer.ts";
import type { FindLost } from "./lost-tokens.ts";
import { lostTokensOf } from "./lost-tokens.ts";
import type { LlamaServer } from "./probe.ts";
import { refusalOf } from "./refusal-of.ts";
import { runSequence } from "./run-sequence.ts";
import { ServerSearch } from "./server-search.ts";
import { patienceDefault, ServerWatch } from "./server-watch.ts";
import type { WatchPatience } from "./server-watch.ts";
import { SlotWatch } from "./slot-watch.ts";
import { StartedWith } from "./started-with.ts";
import type { Slot } from "#services/worker/engine/drivers/slots.ts";
import { Slots } from "#services/worker/engine/drivers/slots.ts";

export interface LlamaServerPorts extends DriverPorts<EngineServerSpec> {
  /** LoRA sets that may be in use. Absent: all that the entry names. */
  readonly adapterSlots?: number;
  readonly patience?: WatchPatience;
  /** Of its model. Undefined: not known here. */
  readonly vocabulary?: () => Vocabulary | undefined;
}

/** Everything that ends with the server's life, or with what is known of it. */
interface Life {
  server: LlamaServer;
  readonly spec: EngineServerSpec;
  readonly slots: Slots;
  readonly slotWatch: SlotWatch;
  readonly time: EngineTime;
  readonly adapters: AdapterResidents;
  readonly findLost: FindLost;
  readonly sequences: Map<string, DriverSequence>;
  isOver: boolean;
}

/** Of a server whose model is in the page cache. */
const restartGuessMs = 2_000;

/** Without its vocabulary a gap can only be repaired. */
const findLostBy = (vocabulary: Vocabulary | undefined): FindLost =>
  vocabulary === undefined ? () => undefined : lostTokensOf(vocabulary);

export function llamaServerEngine(ports: LlamaServerPorts): EngineDevice {
  const engine = new LlamaServerEngine(ports);
  return {
    device: (_self, _from, message) => engine.hear(message as ToEngine),
    missing: () => engine.missing,
    close: () => engine.close(),
  };
}

class LlamaServerEngine {
  readonly #ports: LlamaServerPorts;
  readonly #voice: DriverVoice;
  readonly #gatherer: StepGatherer<DriverSequence>;
  #life: Life | undefined;
  #watch: ServerWatch | undefined;
  readonly #search: ServerSearch;
  readonly #startedWith = new StartedWith();

  constructor(ports: LlamaServerPorts) {
    this.#ports = ports;
    this.#voice = new DriverVoice(ports);
    this.#search = new ServerSearch({
      spec: ports.spec,
      onFound: (server, spec) => this.#up(server, spec),
      onWhy: (why) => this.#voice.note("engine.not-up", { why }),
    });
    this.#gatherer = new StepGatherer({
      nowMs: () => this.#voice.nowMs(),
      blocks: () => this.#blocks(),
      onEnded: (sequence) => this.#life?.sequences.delete(sequence.key),
      tell: (step) => this.#voice.tell(step),
    });
  }

  hear(message: ToEngine): void {
    if (this.#voice.isClosed) return;
    switch (message.kind) {
      case "boot":
        return this.#boot();
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

  get missing(): string | undefined {
    return this.#life === undefined ? this.#search.why : undefined;
  }

  close(): void {
    this.#voice.close();
    this.#search.stop();
    this.#endLife();
  }

  /** Asked again while it is being looked for. */
  #boot(): void {
    if (!this.#search.isSearching) this.#begin();
  }

  #begin(): void {
    this.#endLife();
    this.#search.begin();
  }

  #endLife(): void {
    this.#watch?.stop();
    this.#watch = undefined;
    this.#gatherer.forget();
    const life = this.#life;
    this.#life = undefined;
    if (life === undefined) return;
    life.isOver = true;
    for (const sequence of life.sequences.values()) sequence.closing.abort();
  }

  #up(server: LlamaServer, spec: EngineServerSpec): void {
    const { adapterSlots = spec.adapters.length, patience = patienceDefault } = this.#ports;
    const nowMs = this.#voice.nowMs();
    const sequences: Life["sequences"] = new Map();
    this.#startedWith.look(server.life, spec.adapters);
    const life: Life = {
      server,
      spec,
      slots: new Slots(server.slotIds),
      slotWatch: new SlotWatch(server.url, patience.answerMs, () => life.isOver),
      time: new EngineTime(spec.gpus, nowMs),
      adapters: new AdapterResidents(spec.adapters, adapterSlots, {
        add: (digest) => this.#startedWith.check(digest),
        drop: () => Promise.resolve(),
        isInUse: (digest) =>
          [...sequences.values()].some(({ run }) => run.adapterDigest === digest),
      }),
      findLost: findLostBy(this.#ports.vocabulary?.()),
      sequences,
      isOver: false,
    };
    this.#life = life;
    this.#watch = new ServerWatch({
      url: server.url,
      life: server.life,
      patience,
      nowMs: () => this.#voice.nowMs(),
      isBusy: () => [...life.sequences.values()].some(({ isPaused }) => !isPaused),
      onDead: (fault) => this.#crashed(life, fault),
    });
    if (!server.keepsSlotsApart)
      this.#voice.note("engine.no-reuse", { why: "start it with --cache-ram 0" });
    this.#voice.tell({
      kind: "engine-up",
      workerType: server.workerType,
      gpus: spec.gpus,
      sequencesMax: spec.sequencesMax,
      totalBlocks: spec.kvBlocks,
      blockTokens: spec.kvBlockTokens,
      adapterSlots,
    });
  }

  /** Everything in flight is gone, and nobody can tell from outside whose doing it was. */
  #crashed(life: Life, { message }: EngineFault): void {
    if (life.isOver) return;
    this.#gatherer.flush();
    this.#voice.note("engine.crashed", { why: message, sequences: life.sequences.size });
    this.#begin();
    this.#voice.tell({
      kind: "engine-crashed",
      reason: message.slice(0, 200),
      restartMs: restartGuessMs,
    });
  }

  #run(run: Run): void {
    const life = this.#life;
    if (life?.sequences.has(run.sequence) === true) return;
    const ids = promptIds(run);
    const reason = this.#reasonToRefuse(life, run, ids);
    if (reason !== undefined || life === undefined || ids === undefined) {
      return this.#refuse(run.sequence, reason ?? "no-slot");
    }
    const { time, spec } = life;
    const blockTokens = spec.kvBlockTokens;
    const nowMs = this.#voice.nowMs();
    const sequence = new DriverSequence({ run, promptIds: ids, blockTokens, time, nowMs });
    life.sequences.set(sequence.key, sequence);
    void this.#attend(life, sequence);
  }

  #reasonToRefuse(
    life: Life | undefined,
    run: Run,
    ids: readonly Token[] | undefined,
  ): EngineRefused["reason"] | undefined {
    if (ids === undefined || !isSane(run)) return "malformed";
    if (life === undefined) return "no-slot";
    const { spec, server, adapters, sequences } = life;
    const tokens = ids.length + run.outputTokensMax;
    const isTooLong =
      tokens > server.contextTokens || blocksFor(tokens, spec.kvBlockTokens) > spec.kvBlocks;
    if (isTooLong) return "too-long";
    if (!adapters.has(run.adapterDigest)) return "adapter-missing";
    let live = 0;
    for (const { isStopping } of sequences.values()) live += isStopping ? 0 : 1;
    return live >= spec.sequencesMax ? "no-slot" : undefined;
  }

  #refuse(sequence: string, reason: EngineRefused["reason"]): void {
    this.#voice.tell({ kind: "engine-refused", sequence, reason });
  }

  async #attend(life: Life, sequence: DriverSequence): Promise<void> {
    const slot = await this.#slotFor(life, sequence);
    if (slot === undefined) return;
    try {
      const end = await runSequence(sequence, {
        server: life.server,
        slot,
        nowMs: () => this.#voice.nowMs(),
        findLost: life.findLost,
        onTokens: (tokens) => {
          if (life.isOver || sequence.isStopping) return;
          this.#watch?.heard();
          this.#gatherer.add(sequence, tokens);
        },
      });
      if (life.isOver) return;
      life.slots.free(slot);
      // A stop that came with its last token is answered all the same.
      if (sequence.isStopping) this.#freed(life, sequence);
      else this.#gatherer.add(sequence, [], end);
    } catch (error) {
      if (!life.isOver) await this.#leave(life, { sequence, slot, fault: faultOf(error) });
    }
  }

  async #slotFor(life: Life, sequence: DriverSequence): Promise<Slot | undefined> {
    for (;;) {
      if (life.isOver) return undefined;
      if (sequence.isStopping) {
        this.#freed(life, sequence);
        return undefined;
      }
      const { ids, run } = sequence;
      const slot = life.slots.take({ ids, namespace: run.namespace });
      if (slot !== undefined) {
        sequence.begun();
        return slot;
      }
      await life.slots.whenFree(sequence.closing.signal);
    }
  }

  /** It was stopped, or its call failed: nobody hears of it before the server is rid of it. */
  async #leave(
    life: Life,
    { sequence, slot, fault }: { sequence: DriverSequence; slot: Slot; fault: EngineFault },
  ): Promise<void> {
    if (fault.kind !== "closed") {
      const { message: why } = fault;
      this.#voice.note("engine.call-failed", { sequence: sequence.key, fault: fault.kind, why });
      if (fault.kind === "leaked") life.server = { ...life.server, keepsSlotsApart: false };
      if (fault.kind !== "status" && (await this.#watch?.ask()) !== true) return;
    }
    // What it holds after this is not known.
    slot.namespace = undefined;
    slot.held = [];
    life.slotWatch.whenFree(slot.id, () => {
      if (life.isOver) return;
      life.slots.free(slot);
      const reason = sequence.isStopping ? undefined : refusalOf(fault);
      if (reason === undefined) return this.#freed(life, sequence);
      sequence.end(this.#voice.nowMs());
      life.sequences.delete(sequence.key);
      this.#refuse(sequence.key, reason);
    });
  }

  #freed(life: Life, sequence: DriverSequence): void {
    const totals = sequence.end(this.#voice.nowMs());
    life.sequences.delete(sequence.key);
    // What is free is told before the end is, so that the worker's next word about its room is right.
    this.#gatherer.say();
    this.#voice.tell({ kind: "sequence-stopped", sequence: sequence.key, totals });
  }

  #stop(key: string): void {
    // It may be over with what has come in this turn.
    this.#gatherer.flush();
    const sequence = this.#life?.sequences.get(key);
    if (sequence === undefined) {
      return this.#voice.tell({ kind: "sequence-stopped", sequence: key, totals: nothingExecuted });
    }
    if (!sequence.isStopping) sequence.stop();
  }

  #setPaused(key: string, isPaused: boolean): void {
    const sequence = this.#life?.sequences.get(key);
    if (isPaused) sequence?.pause();
    else sequence?.resume();
  }

  #tellTime(): void {
    if (this.#life !== undefined) this.#voice.tell(this.#life.time.told(this.#voice.nowMs()));
  }

  async #loadAdapter(message: EngineLoadAdapter): Promise<void> {
    const life = this.#life;
    const said = await life?.adapters.load(message);
    if (said !== undefined && life?.isOver === false) this.#voice.tell(said);
  }

  #blocks(): { readonly used: number; readonly total: number } {
    let used = 0;
    for (const { blocks } of this.#life?.sequences.values() ?? []) used += blocks;
    return { used, total: this.#life?.spec.kvBlocks ?? 0 };
  }
}
