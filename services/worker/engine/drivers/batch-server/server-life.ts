// One life of a server, from the moment it was found fit to its death or its worker's reset: which sequences it runs, and
// what is told of them.

import type { EngineRefused } from "#shared/messages/from-engine.ts";
import type { EngineLoadAdapter, Run } from "#shared/messages/to-engine.ts";
import type { EngineServerSpec } from "#shared/model/fleet.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { EngineFault } from "#services/worker/engine/drivers/engine-fault.ts";
import { EngineTime } from "#services/worker/engine/drivers/engine-time.ts";
import { promptIds } from "#services/worker/engine/drivers/prompt-ids.ts";
import { StepGatherer } from "#services/worker/engine/drivers/step-gatherer.ts";
import { AdapterDesk } from "./adapter-desk.ts";
import type { BatchServerPorts } from "./batch-server-driver.ts";
import { canaryWish, sayOneToken } from "./canary.ts";
import type { Dialect, Said } from "./dialect.ts";
import { FreedWatch } from "./freed-watch.ts";
import { HealthWatch } from "./health-watch.ts";
import type { OpenedServer } from "./open-server.ts";
import { PrefixMemory } from "./prefix-memory.ts";
import { saltOf } from "./prefix-salt.ts";
import { reasonToRefuse, refusalBy } from "./run-refusal.ts";
import { SequenceLine } from "./sequence-line.ts";
import { ServedSequence } from "./served-sequence.ts";
import { ServedStream } from "./served-stream.ts";
import { wishOf } from "./wish-of.ts";

export interface ServerLifePorts extends Omit<BatchServerPorts, "spec" | "dialect">, OpenedServer {
  readonly spec: EngineServerSpec;
  readonly dialect: Dialect;
  /** Once: this life is over, and everything in it. */
  readonly onDead: (fault: EngineFault) => void;
}

/** Streams may break under a sequence so often before its worker has to find it another place. */
const breaksMax = 1;
/** Of an engine that has something to do: longer than the longest prompt takes. */
const silentMs = 10_000;

export class ServerLife {
  readonly #ports: ServerLifePorts;
  readonly #line: SequenceLine;
  readonly #time: EngineTime;
  readonly #memory: PrefixMemory;
  readonly #gatherer: StepGatherer<ServedSequence>;
  readonly #streams = new Map<ServedSequence, ServedStream>();
  readonly #watch: FreedWatch;
  readonly #health: HealthWatch;
  readonly #adapters: AdapterDesk;
  readonly #canaries: (() => void)[] = [];
  #runningCanaries = 0;
  #arrivals = 0;
  /** It holds what was taken back: nothing new begins here until it has let go. */
  #isCordoned = false;
  #isOver = false;
  #willMakeRoom = false;

  constructor(ports: ServerLifePorts) {
    const { spec, dialect, profile, nowMs, tell } = ports;
    this.#ports = ports;
    this.#line = new SequenceLine(spec);
    this.#time = new EngineTime(spec.gpus, nowMs());
    this.#memory = new PrefixMemory(spec.kvBlocks, spec.kvBlockTokens);
    this.#gatherer = new StepGatherer({
      nowMs,
      blocks: () => ({ used: this.#line.usedBlocks, total: spec.kvBlocks }),
      onEnded: (sequence) => this.#line.remove(sequence),
      tell,
    });
    this.#watch = new FreedWatch({
      gauges: () => dialect.gauges(),
      openCount: () => this.#openCount(),
      onLate: () => this.#late(),
    });
    this.#health = new HealthWatch({
      gauges: () => dialect.gauges(),
      nowMs,
      corruptedBefore: ports.corruptedBefore,
      isBusy: () => this.#openCount() > this.#runningCanaries,
      silentMs: ports.silentMs ?? silentMs,
      sayOneToken: () => this.#canary("" as AdapterDigest),
      onDead: (fault) => this.#die(fault),
    });
    this.#adapters = new AdapterDesk({
      dialect,
      tell,
      slots: profile.adapterSlots,
      paths: new Map(spec.adapters.map(({ digest, path }) => [digest, path])),
      isInUse: (digest) => this.#isInUse(digest),
      sayOneToken: (digest) => this.#canary(digest),
    });
  }

  begin(): void {
    const { spec, profile, tell } = this.#ports;
    tell({
      kind: "engine-up",
      workerType: profile.workerType,
      gpus: spec.gpus,
      sequencesMax: spec.sequencesMax,
      totalBlocks: spec.kvBlocks,
      blockTokens: spec.kvBlockTokens,
      adapterSlots: profile.adapterSlots,
    });
    this.#health.begin();
  }

  end(): void {
    this.#isOver = true;
    this.#health.end();
    this.#watch.close();
    this.#adapters.close();
    this.#gatherer.forget();
    for (const stream of this.#streams.values()) stream.drop();
    this.#streams.clear();
  }

  run(run: Run): void {
    if (this.#line.get(run.sequence) !== undefined) return;
    const ids = promptIds(run);
    if (ids === undefined) return this.#refuse(run.sequence, "malformed");
    const { spec, profile } = this.#ports;
    const reason = reasonToRefuse(run, {
      spec,
      contextTokens: profile.contextTokens,
      isResident: (digest) => this.#adapters.has(digest),
      isFull: this.#line.isFull || this.#isCordoned,
    });
    if (reason !== undefined) return this.#refuse(run.sequence, reason);
    const { kvBlockTokens: blockTokens } = spec;
    const sequence = new ServedSequence({
      run,
      ids: [...ids, ...run.forcedPrefix],
      order: this.#arrivals++,
      blockTokens,
      mayBeCached: this.#memory.recall(run),
      time: this.#time,
    });
    this.#line.add(sequence);
    if (sequence.outputIndex < run.outputTokensMax) this.#startNext();
    else this.#gatherer.add(sequence, [], "length");
  }

  stop(key: string): void {
    const sequence = this.#line.get(key);
    if (sequence === undefined) {
      return this.#ports.tell({
        kind: "sequence-stopped",
        sequence: key,
        totals: nothingExecuted,
      });
    }
    if (sequence.isStopping) return;
    this.#gatherer.flush();
    // What was gathered was its end.
    if (sequence.phase === "over") return this.stop(key);
    sequence.isStopping = true;
    if (sequence.phase === "running") void this.#takeBack(sequence, () => this.#stopped(sequence));
    else if (sequence.phase !== "freeing") this.#stopped(sequence);
  }

  pause(key: string): void {
    const sequence = this.#line.get(key);
    if (sequence !== undefined && !sequence.isStopping) sequence.isPaused = true;
  }

  resume(key: string): void {
    const sequence = this.#line.get(key);
    if (sequence === undefined || !sequence.isPaused) return;
    sequence.isPaused = false;
    if (sequence.phase === "running" || sequence.phase === "said") this.#gather(sequence);
  }

  loadAdapter(message: EngineLoadAdapter): void {
    this.#adapters.load(message);
  }

  tellGpuTime(): void {
    this.#ports.tell(this.#time.told(this.#ports.nowMs()));
  }

  #refuse(sequence: string, reason: EngineRefused["reason"]): void {
    this.#ports.note("engine.refused", { sequence, reason });
    this.#ports.tell({ kind: "engine-refused", sequence, reason });
  }

  /** All that may begin now does. Nothing new while something is taken back: the gauges must be comparable. */
  #startNext(): void {
    if (this.#isOver || this.#line.isFreeing) return;
    while (this.#canaries.length > 0 && this.#takenSlots() < this.#ports.spec.sequencesMax) {
      this.#canaries.shift()?.();
    }
    if (this.#canaries.length > 0) return;
    for (;;) {
      const sequence = this.#line.next(this.#runningCanaries);
      if (sequence === undefined) return;
      this.#start(sequence);
    }
  }

  #takenSlots(): number {
    return this.#streams.size + this.#runningCanaries;
  }

  #openCount(): number {
    let open = this.#runningCanaries;
    for (const stream of this.#streams.values()) open += stream.isOpen ? 1 : 0;
    return open;
  }

  #start(sequence: ServedSequence): void {
    const { dialect, priorities, secret, nowMs, tell } = this.#ports;
    if (this.#streams.size === 0) this.#health.sawToken();
    sequence.begin(nowMs());
    if (sequence.preemptions + sequence.breaks > 0) {
      tell({ kind: "sequence-resumed", sequence: sequence.key });
    }
    const stream = new ServedStream(wishOf(sequence, { priorities, secret }), {
      dialect,
      watch: this.#watch,
      onSaid: (said) => this.#said(sequence, said),
      onOver: (fault) => this.#streamOver(sequence, fault),
    });
    this.#streams.set(sequence, stream);
    stream.start();
  }

  #said(sequence: ServedSequence, { tokens, cachedTokens, end }: Said): void {
    if (this.#isOver) return;
    sequence.said(tokens, this.#ports.nowMs());
    if (cachedTokens !== undefined) sequence.cached(cachedTokens);
    if (end === "stop" || end === "length") sequence.saidEnd = end;
    if (tokens.length === 0) return;
    this.#health.sawToken();
    this.#gather(sequence);
    // After the step that is being gathered.
    if (this.#willMakeRoom) return;
    this.#willMakeRoom = true;
    setImmediate(() => this.#makeRoom());
  }

  /** Told unless its reader is full; and its end, when the stream is over. */
  #gather(sequence: ServedSequence): void {
    if (sequence.isPaused || sequence.isStopping) return;
    const end = sequence.phase === "said" ? sequence.saidEnd : undefined;
    this.#gatherer.add(sequence, sequence.takeUntold(), end);
  }

  #streamOver(sequence: ServedSequence, fault: EngineFault | undefined): void {
    if (this.#isOver) return;
    this.#streams.delete(sequence);
    sequence.leave(this.#ports.nowMs());
    if (sequence.saidEnd === undefined) return this.#broke(sequence, fault);
    sequence.phase = "said";
    this.#gather(sequence);
    this.#startNext();
  }

  /** Its stream ended before its time. A server that is alive is asked once more, from where it stopped. */
  #broke(sequence: ServedSequence, fault: EngineFault | undefined): void {
    const { tell, nowMs, note } = this.#ports;
    const { key, run } = sequence;
    note("engine.call-failed", { sequence: key, why: fault?.message ?? "it was aborted" });
    // Whatever else it says is not to be believed either.
    if (fault?.kind === "malformed") return this.#die(fault);
    const hasBegun = sequence.outputIndex > run.forcedPrefix.length;
    const refusal = hasBegun ? undefined : refusalBy(fault, run);
    if (refusal !== undefined) return this.#refuseLate(sequence, refusal);
    this.#gatherer.flush();
    sequence.breaks++;
    // Not resumed within a second, its worker takes it elsewhere.
    const isAsked = sequence.breaks <= breaksMax && sequence.canBeRebuilt;
    sequence.phase = isAsked ? "waiting" : "said";
    tell({ kind: "sequence-preempted", sequence: key, totals: sequence.totals(nowMs()) });
    void this.#lookAndGoOn();
  }

  async #lookAndGoOn(): Promise<void> {
    await this.#health.look();
    this.#startNext();
  }

  #refuseLate(sequence: ServedSequence, reason: EngineRefused["reason"]): void {
    if (reason === "adapter-missing") this.#adapters.lost(sequence.run.adapterDigest);
    this.#line.remove(sequence);
    sequence.end(this.#ports.nowMs());
    this.#refuse(sequence.key, reason);
    this.#startNext();
  }

  /** Blocks that the running ones need and nobody has are taken from somebody, who goes on later. */
  #makeRoom(): void {
    this.#willMakeRoom = false;
    if (this.#isOver) return;
    const victims = this.#line.victims();
    if (victims.length === 0) return;
    this.#gatherer.flush();
    for (const victim of victims) {
      if (victim.phase !== "running") continue;
      victim.preemptions++;
      void this.#takeBack(victim, () => {
        if (victim.isStopping) return this.#stopped(victim);
        victim.phase = "waiting";
        this.#startNext();
      });
      const totals = victim.totals(this.#ports.nowMs());
      this.#ports.tell({ kind: "sequence-preempted", sequence: victim.key, totals });
    }
  }

  async #takeBack(sequence: ServedSequence, onFreed: () => void): Promise<void> {
    sequence.phase = "freeing";
    await this.#streams.get(sequence)?.takeBack();
    if (this.#isOver) return;
    this.#isCordoned = false;
    this.#streams.delete(sequence);
    sequence.leave(this.#ports.nowMs());
    onFreed();
  }

  #stopped(sequence: ServedSequence): void {
    const { tell, nowMs } = this.#ports;
    this.#line.remove(sequence);
    const totals = sequence.end(nowMs());
    // What is free now is told before the end is.
    this.#gatherer.say();
    tell({ kind: "sequence-stopped", sequence: sequence.key, totals });
    this.#startNext();
  }

  #isInUse(digest: AdapterDigest): boolean {
    for (const { run } of this.#line.all()) if (run.adapterDigest === digest) return true;
    return false;
  }

  /** In a slot of its own, like any other. */
  #canary(digest: AdapterDigest): Promise<void> {
    const { dialect, secret } = this.#ports;
    const salt = saltOf(secret, { namespace: "canary", adapterDigest: digest });
    return new Promise((resolve, reject) => {
      this.#canaries.push(() => {
        this.#runningCanaries++;
        sayOneToken(dialect, canaryWish(salt, { adapter: digest }))
          .then(resolve, reject)
          .finally(() => {
            this.#runningCanaries--;
            this.#startNext();
          });
      });
      this.#startNext();
    });
  }

  /**
   * It computes for nobody. Nothing new is begun on it, and when all others are through it is given up: it comes up again
   * when it is empty, by itself or because an operator has started it anew.
   */
  #late(): void {
    const why = "it holds what was taken back";
    if (!this.#isCordoned) this.#ports.note("engine.cordoned", { why });
    this.#isCordoned = true;
    if (this.#openCount() === 0) this.#die(new EngineFault("silent", why));
  }

  #die(fault: EngineFault): void {
    if (!this.#isOver) this.#ports.onDead(fault);
  }
}
