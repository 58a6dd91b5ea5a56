// Keeps a process with the model open: starts it, and another when it dies. What is in the way is told when it changes.

import { setTimeout as sleep } from "node:timers/promises";
import type { EmbeddedEngineSpec } from "#shared/model/fleet.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { installNodeLlamaCpp } from "./install-node-llama-cpp.ts";
import { Stepper } from "./stepper.ts";
import type { ModelOpened, StepComputed, StepPart } from "./stepper-words.ts";

/** Decodes and prompt tokens of one step. */
export const stepTokensMax = 512;
/** llama.cpp makes no smaller context. */
const slotTokensMin = 256;
/** Between two tries. */
const pauseMs = 500;
/** Longer than any step of the budget's; shorter than what its worker waits before it asks for a reset. */
const hungAfterMs = 5_000;

export interface OpenProcess {
  readonly spec: EmbeddedEngineSpec;
  readonly model: ModelOpened;
  readonly computeStep: (parts: readonly StepPart[]) => Promise<StepComputed>;
  readonly addContext: (adapter: AdapterDigest, path: string) => Promise<unknown>;
  readonly dropContext: (adapter: AdapterDigest) => Promise<unknown>;
}

export interface ModelProcessPorts {
  readonly spec: () => EmbeddedEngineSpec;
  readonly threads: number;
  readonly onOpen: (open: OpenProcess) => void;
  /** It was open. */
  readonly onDeath: (why: string) => void;
  readonly onWhy: (why: string) => void;
}

export class ModelProcess {
  /** Settled by the first try, which is told to whoever waits here and, if there is a second, by that. */
  readonly firstOpened: Promise<void>;
  readonly #ports: ModelProcessPorts;
  #stepper: Stepper | undefined;
  #open: OpenProcess | undefined;
  #steppingSinceMs: number | undefined;
  #why = "its model is being opened";
  #toldWhy = "";
  #isClosed = false;

  constructor(ports: ModelProcessPorts) {
    this.#ports = ports;
    this.firstOpened = this.#start();
    this.firstOpened.catch(() => this.#startAgain());
  }

  get why(): string {
    return this.#why;
  }

  get pid(): number {
    return this.#stepper?.pid ?? 0;
  }

  /** For a life that begins: undefined while none is open; one that hangs is ended for it. */
  renewed(): OpenProcess | undefined {
    const sinceMs = this.#steppingSinceMs;
    const hangs = sinceMs !== undefined && performance.now() - sinceMs > hungAfterMs;
    if (this.#open !== undefined && hangs) this.kill("a step does not end");
    return this.#open;
  }

  /** What it has in its memory is of no use. */
  kill(why: string): void {
    this.#stepper?.end();
    this.#died(why);
  }

  close(): void {
    this.#isClosed = true;
    this.#stepper?.end();
  }

  #died(why: string): void {
    const wasOpen = this.#open !== undefined;
    this.#open = undefined;
    this.#stepper = undefined;
    this.#steppingSinceMs = undefined;
    if (!wasOpen || this.#isClosed) return;
    this.#ports.onDeath(why);
    this.#startAgain();
  }

  #startAgain(): void {
    void (async () => {
      while (!this.#isClosed) {
        await sleep(pauseMs, undefined, { ref: false });
        try {
          return await this.#start();
        } catch {
          this.#tellWhy();
        }
      }
    })();
  }

  async #start(): Promise<void> {
    try {
      const spec = this.#ports.spec();
      await installNodeLlamaCpp();
      if (this.#isClosed) return;
      const stepper = new Stepper((why) => {
        if (stepper === this.#stepper) this.#died(why);
      });
      this.#stepper = stepper;
      const model = await this.#openModel(stepper, spec);
      this.#open = this.#opened(stepper, spec, model);
      this.#why = "";
      this.#toldWhy = "";
      this.#ports.onOpen(this.#open);
    } catch (error) {
      this.#stepper?.end();
      this.#stepper = undefined;
      this.#why = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }

  #tellWhy(): void {
    if (this.#why === this.#toldWhy) return;
    this.#toldWhy = this.#why;
    this.#ports.onWhy(this.#why);
  }

  async #openModel(stepper: Stepper, spec: EmbeddedEngineSpec): Promise<ModelOpened> {
    const { modelPath, sequencesMax, kvBlocks, kvBlockTokens } = spec;
    try {
      const order = {
        kind: "open-model",
        modelPath,
        threads: this.#ports.threads,
        slots: sequencesMax,
        slotTokens: Math.max(slotTokensMin, Math.floor(kvBlocks / sequencesMax) * kvBlockTokens),
        stepTokensMax,
      } as const;
      return await stepper.order(order, "model-opened");
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${modelPath} cannot be opened: ${why}`, { cause: error });
    }
  }

  #opened(stepper: Stepper, spec: EmbeddedEngineSpec, model: ModelOpened): OpenProcess {
    return {
      spec,
      model,
      computeStep: async (parts) => {
        this.#steppingSinceMs = performance.now();
        const said = await stepper.order({ kind: "compute-step", parts }, "step-computed");
        if (stepper === this.#stepper) this.#steppingSinceMs = undefined;
        return said;
      },
      addContext: (adapter, path) =>
        stepper.order({ kind: "add-context", adapter, path }, "order-done"),
      dropContext: (adapter) => stepper.order({ kind: "drop-context", adapter }, "order-done"),
    };
  }
}
