// An embedded engine from `engine-up` to the next: its sequences, its slots, and the loop that steps them. Law: one step at
// a time; what was stopped leaves between two.

import type { StepOutput } from "#shared/messages/from-engine.ts";
import type { EmbeddedEngineSpec } from "#shared/model/fleet.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import { AdapterResidents } from "#services/worker/engine/drivers/adapter-residents.ts";
import { EngineTime } from "#services/worker/engine/drivers/engine-time.ts";
import { Slots } from "#services/worker/engine/drivers/slots.ts";
import type { OpenProcess } from "./model-process.ts";
import { stepTokensMax } from "./model-process.ts";
import { planParts, PromptShares } from "./plan-parts.ts";
import { PromptBudget } from "./prompt-budget.ts";
import type { SteppingSequence } from "./stepping-sequence.ts";
import type { ModelOpened } from "./stepper-words.ts";
import { endToken } from "./stepper-words.ts";

export interface LifePorts {
  readonly adapterSlots: number;
  readonly nowMs: () => number;
  readonly onTokens: (
    sequence: SteppingSequence,
    tokens: readonly Token[],
    end?: StepOutput["end"],
  ) => void;
  /** All tokens of a step have been told. */
  readonly onStepped: () => void;
  /** It was stopped in a step that is over. */
  readonly onFreed: (sequence: SteppingSequence) => void;
  /** A step failed: what the slots hold is not known any more. */
  readonly onBroken: (why: string) => void;
}

interface PlannedPart {
  readonly sequence: SteppingSequence;
  readonly tokens: number;
}

export class EngineLife {
  readonly spec: EmbeddedEngineSpec;
  readonly model: ModelOpened;
  readonly time: EngineTime;
  readonly adapters: AdapterResidents;
  readonly sequences: Map<string, SteppingSequence> = new Map();
  readonly #process: OpenProcess;
  readonly #ports: LifePorts;
  readonly #slots = new Map<AdapterDigest, Slots>();
  readonly #shares = new PromptShares();
  readonly #budget = new PromptBudget(stepTokensMax);
  #isStepping = false;
  #isOver = false;

  constructor(process: OpenProcess, ports: LifePorts) {
    this.#process = process;
    this.#ports = ports;
    this.spec = process.spec;
    this.model = process.model;
    this.time = new EngineTime(this.spec.gpus, ports.nowMs());
    this.adapters = new AdapterResidents(this.spec.adapters, ports.adapterSlots, {
      add: process.addContext,
      drop: process.dropContext,
      isInUse: (adapter) =>
        [...this.sequences.values()].some(({ run }) => run.adapterDigest === adapter),
    });
    this.openSlots("" as AdapterDigest);
  }

  /** Its context is new and holds nothing. */
  openSlots(adapter: AdapterDigest): void {
    if (this.#slots.has(adapter) && this.#isInUse(adapter)) return;
    const ids = Array.from({ length: this.spec.sequencesMax }, (_, id) => id);
    this.#slots.set(adapter, new Slots(ids));
  }

  #isInUse(adapter: AdapterDigest): boolean {
    return [...this.sequences.values()].some(({ run }) => run.adapterDigest === adapter);
  }

  begin(sequence: SteppingSequence): void {
    this.sequences.set(sequence.key, sequence);
    // Nothing is left to compute of an output that was delivered whole.
    if (sequence.outputIndex >= sequence.run.outputTokensMax) {
      return this.#ports.onTokens(sequence, [], "length");
    }
    this.step();
  }

  leave(sequence: SteppingSequence): void {
    sequence.leaveSlot();
    this.sequences.delete(sequence.key);
  }

  liveSequences(): number {
    let live = 0;
    for (const { isStopping } of this.sequences.values()) live += isStopping ? 0 : 1;
    return live;
  }

  usedBlocks(): number {
    let used = 0;
    for (const { blocks } of this.sequences.values()) used += blocks;
    return used;
  }

  end(): void {
    this.#isOver = true;
    this.adapters.dropAll();
  }

  /** Steps on until there is nothing to step. */
  step(): void {
    if (this.#isStepping || this.#isOver) return;
    const parts = this.#plan();
    if (parts.length === 0) return;
    this.#isStepping = true;
    for (const { sequence } of parts) sequence.isInStep = true;
    const ordered = parts.map(({ sequence, tokens }) => sequence.part(tokens));
    this.#process.computeStep(ordered).then(
      ({ tokens, tookMs }) => this.#stepped(parts, tokens, tookMs),
      (error: unknown) => {
        if (!this.#isOver) this.#ports.onBroken(String(error));
      },
    );
  }

  #plan(): readonly PlannedPart[] {
    const stepping = [...this.sequences.values()].filter((sequence) => this.#maySteps(sequence));
    const views = stepping.map(({ run, leftTokens }) => ({
      tenant: run.tenant,
      weight: run.weight ?? 1,
      band: run.band ?? 0,
      leftTokens,
    }));
    const room = { promptTokens: this.#budget.tokens, stepTokensMax };
    const tokens = planParts(views, room, this.#shares);
    return stepping
      .map((sequence, index) => ({ sequence, tokens: tokens[index] ?? 0 }))
      .filter((part) => part.tokens > 0);
  }

  #maySteps(sequence: SteppingSequence): boolean {
    const { isPaused, isStopping, run } = sequence;
    // Its last tokens may have been told in this turn, and its end not yet.
    if (isPaused || isStopping || sequence.outputIndex >= run.outputTokensMax) return false;
    if (sequence.hasSlot) return true;
    const slots = this.#slots.get(run.adapterDigest);
    return slots !== undefined && sequence.takeSlot(slots, this.model.canReuse);
  }

  #stepped(parts: readonly PlannedPart[], tokens: readonly Token[], tookMs: number): void {
    this.#isStepping = false;
    if (this.#isOver) return;
    const nowMs = this.#ports.nowMs();
    let promptTokens = 0;
    for (const [index, part] of parts.entries()) {
      if (part.tokens > 1) promptTokens += part.tokens;
      this.#advance(part, tokens[index] ?? endToken, nowMs);
    }
    this.#budget.learn(promptTokens, tookMs);
    this.#ports.onStepped();
    for (const { sequence } of parts) if (sequence.isStopping) this.#ports.onFreed(sequence);
    this.step();
  }

  #advance({ sequence, tokens }: PlannedPart, token: Token, nowMs: number): void {
    sequence.isInStep = false;
    sequence.held(tokens, nowMs);
    if (sequence.isStopping) return;
    if (sequence.leftTokens > 0) return this.#ports.onTokens(sequence, []);
    if (token === endToken) return this.#ports.onTokens(sequence, [], "stop");
    sequence.produced([token], nowMs);
    const isWhole = sequence.outputIndex >= sequence.run.outputTokensMax;
    if (isWhole) this.#ports.onTokens(sequence, [token], "length");
    else this.#ports.onTokens(sequence, [token]);
  }
}
