// What a double of a real engine computes with: the simulated engine, filled in order of arrival or by priority as real
// ones are, with calls waiting inside it when it is full. Its words are the oracle's for the weights that it was asked for,
// or for others where a defect is switched on. It knows one tenant only: whose oracle speaks.

import type { Address } from "#shared/actor/actor.ts";
import type { Host } from "#shared/actor/host.ts";
import { createLocalHost } from "#shared/actor/local-host.ts";
import { engineAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { StepOutput } from "#shared/messages/from-engine.ts";
import type { ToEngine } from "#shared/messages/to-engine.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { AdapterDigest, TenantId, WorkerId } from "#shared/model/ids.ts";
import { oracleFor, oracleToken } from "#shared/model/oracle.ts";
import type { Oracle } from "#shared/model/oracle.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import { createSimulatedEngine } from "#services/worker/engine/simulated-engine.actor.ts";
import { splitPrompt } from "./split-prompt.ts";
import type { PromptParts } from "./split-prompt.ts";

export interface DoubledSize {
  readonly sequencesMax: number;
  readonly kvBlocks: number;
  /** Whose oracle speaks. */
  readonly tenant: string;
  readonly order: "arrival" | "lowest-first" | "highest-first";
  /** Step times are multiplied by this. */
  readonly timeScale: number;
}

export interface DoubledCall {
  readonly ids: readonly Token[];
  readonly outputTokensMax: number;
  readonly outputTokensMin: number;
  readonly ignoreEos: boolean;
  /** What its prefix cache goes by. */
  readonly cacheKey: string;
  /** Content that speaks; empty: the base model's. */
  readonly weights: string;
  readonly priority: number;
}

export interface DoubledOutput {
  /** The end-of-text token is among them, as real engines have it. */
  readonly tokens: readonly Token[];
  readonly outputTokens: number;
  readonly cachedTokens: number;
  readonly end?: "stop" | "length" | "abort";
}

export type HearOutput = (output: DoubledOutput) => void;

export interface DoubledGauges {
  readonly running: number;
  readonly waiting: number;
  readonly usedBlocks: number;
}

interface LiveCall {
  readonly call: DoubledCall;
  readonly parts: PromptParts;
  readonly hear: HearOutput;
  oracle: Oracle;
  isPoisoned: boolean;
  outputTokens: number;
}

/** The end-of-text id of the model that the doubles serve. No word of the oracle has it. */
export const endOfText = 2;
export const doubledBlockTokens = 16;

const worker = "doubled" as WorkerId;
const self: Address = workerAddress(worker);
const engine: Address = engineAddress(worker);

export class DoubledEngine {
  readonly #size: DoubledSize;
  readonly #host: Host = createLocalHost();
  readonly #live = new Map<string, LiveCall>();
  readonly #running = new Set<string>();
  /** Which weights filled a cache key first. */
  readonly #filledBy = new Map<string, string>();
  #usedBlocks = 0;
  #arrivals = 0;
  isHung = false;

  constructor(size: DoubledSize) {
    this.#size = size;
    this.#host.register(
      createSimulatedEngine({
        kind: "simulated",
        profile: "llama3_8b/tp1/bfloat16",
        gpus: 1,
        kvBlocks: size.kvBlocks,
        kvBlockTokens: doubledBlockTokens,
        sequencesMax: size.sequencesMax,
        stepTokensMax: Math.max(2048, size.sequencesMax),
        adapterSlots: 0,
        batching: "fifo",
        timeScale: size.timeScale,
      }),
    );
    this.#host.attach("worker", (_to, _from, message) => this.#hear(message as ToWorker));
    this.#tell({ kind: "boot" });
  }

  nextId(): string {
    return `${(this.#arrivals++).toString(16).padStart(32, "0")}.1`;
  }

  /** `hear` may be called before it returns. */
  submit(id: string, call: DoubledCall, hear: HearOutput): void {
    const parts = splitPrompt(call.ids, { tenant: this.#size.tenant, weights: call.weights });
    this.#live.set(id, {
      call,
      parts,
      hear,
      oracle: parts.oracle,
      isPoisoned: false,
      outputTokens: 0,
    });
    this.#fill();
  }

  abort(id: string): void {
    const live = this.#live.get(id);
    if (live === undefined) return;
    if (this.#running.has(id)) return this.#tell({ kind: "stop", sequence: id });
    this.#live.delete(id);
    live.hear({ tokens: [], outputTokens: 0, cachedTokens: 0, end: "abort" });
  }

  gauges(): DoubledGauges {
    const running = this.#running.size;
    return { running, waiting: this.#live.size - running, usedBlocks: this.#usedBlocks };
  }

  /** From the next token on it speaks with these, as if their weights had come into its slot. */
  speakWith(id: string, weights: string): void {
    const live = this.#live.get(id);
    if (live !== undefined) live.oracle = this.#oracleOf(live, weights);
  }

  /** From the next token on its logits are not numbers. */
  poison(id: string): void {
    const live = this.#live.get(id);
    if (live !== undefined) live.isPoisoned = true;
  }

  stop(): void {
    this.#host.stop();
  }

  #tell(message: ToEngine): void {
    this.#host.send(self, engine, message);
  }

  #oracleOf({ parts: { promptDigest } }: LiveCall, weights: string): Oracle {
    const { tenant } = this.#size;
    return oracleFor({
      tenant: tenant as TenantId,
      adapterDigest: weights as AdapterDigest,
      promptDigest,
    });
  }

  /** Fill free slots from those that wait, in the engine's own order. */
  #fill(): void {
    while (this.#running.size < this.#size.sequencesMax) {
      let next: [string, LiveCall] | undefined;
      for (const entry of this.#live) {
        if (this.#running.has(entry[0])) continue;
        if (next === undefined || this.#rank(entry[1]) < this.#rank(next[1])) next = entry;
      }
      if (next === undefined) return;
      this.#run(next[0], next[1]);
    }
  }

  #rank({ call: { priority } }: LiveCall): number {
    if (this.#size.order === "arrival") return 0;
    return this.#size.order === "lowest-first" ? priority : -priority;
  }

  #run(id: string, { call, parts }: LiveCall): void {
    this.#running.add(id);
    const said = parts.said.length;
    this.#tell({
      kind: "run",
      sequence: id,
      tenant: this.#size.tenant as TenantId,
      namespace: call.cacheKey,
      adapterDigest: "" as AdapterDigest,
      promptBytes: parts.promptBytes,
      promptDigest: parts.promptDigest,
      promptTokens: parts.promptBytes.length / 4,
      forcedPrefix: parts.said,
      outputTokensMax: said + call.outputTokensMax,
      outputTokensMin: said + call.outputTokensMin,
      ignoreEos: call.ignoreEos,
      sampling: {},
    });
  }

  #hear(message: ToWorker): void {
    if (message.kind === "step") {
      this.#usedBlocks = message.usedBlocks;
      for (const output of message.outputs) this.#output(output);
    } else if (message.kind === "sequence-stopped") {
      this.#leave(message.sequence, {
        tokens: [],
        outputTokens: this.#live.get(message.sequence)?.outputTokens ?? 0,
        cachedTokens: message.totals.cachedTokens,
        end: "abort",
      });
    } else if (message.kind === "engine-refused") {
      throw new Error(`the double's front let a ${message.reason} call through`);
    }
  }

  #output({ sequence: id, tokens, totals, end }: StepOutput): void {
    const live = this.#live.get(id);
    if (live === undefined || this.isHung) return;
    const { call, parts } = live;
    this.#recallCached(live, totals.cachedTokens);
    const words = tokens.map((_, index) =>
      live.isPoisoned ? 0 : oracleToken(live.oracle, parts.said.length + live.outputTokens + index),
    );
    const isWhole = live.outputTokens + words.length >= call.outputTokensMax;
    const reason = end === "stop" && isWhole ? "length" : end;
    if (reason === "stop") words.push(endOfText);
    live.outputTokens += words.length;
    const said = { tokens: words, outputTokens: live.outputTokens };
    const told = { ...said, cachedTokens: totals.cachedTokens };
    if (reason === undefined) live.hear(told);
    else this.#leave(id, { ...told, end: reason });
  }

  /** KV that other weights computed is what it goes on from: it speaks as they would. */
  #recallCached(live: LiveCall, cachedTokens: number): void {
    const { cacheKey, weights } = live.call;
    const filler = this.#filledBy.get(cacheKey);
    if (filler === undefined) this.#filledBy.set(cacheKey, weights);
    else if (cachedTokens > 0 && live.outputTokens === 0 && filler !== weights) {
      live.oracle = this.#oracleOf(live, filler);
    }
  }

  #leave(id: string, output: DoubledOutput): void {
    const live = this.#live.get(id);
    if (live === undefined) return;
    this.#live.delete(id);
    this.#running.delete(id);
    live.hear(output);
    this.#fill();
  }
}
