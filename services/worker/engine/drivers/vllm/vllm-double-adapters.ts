// The adapters of the vLLM double: a registry by name beside GPU slots that the least recently used gives up, as in
// vllm/lora/worker_manager.py and vllm/entrypoints/openai/models/serving.py.

import type { JsonObject } from "#services/worker/engine/drivers/doubles/double-http.ts";
import { textOr } from "#services/worker/engine/drivers/doubles/double-http.ts";

export interface DoubledAdapterReply {
  readonly status: number;
  readonly message: string;
  readonly type?: string;
}

interface AdapterOptions {
  readonly slots: number;
  readonly files: ReadonlyMap<string, string>;
  readonly isUnroutable: boolean;
  /** Its slot has these weights now. */
  readonly onEvicted: (name: string, weights: string) => void;
}

export class VllmDoubleAdapters {
  readonly #options: AdapterOptions;
  /** Weights by name. */
  readonly #registered = new Map<string, string>();
  /** Names in GPU slots, the least recently used first. */
  readonly #slots: string[] = [];
  evictions = 0;

  constructor(options: AdapterOptions) {
    this.#options = options;
  }

  names(): readonly string[] {
    return [...this.#registered.keys()];
  }

  weightsOf(name: string): string | undefined {
    return this.#options.isUnroutable ? undefined : this.#registered.get(name);
  }

  /** docs/features/lora.md, "Using API Endpoints": the load is also its activation, at once (#47724). */
  load(body: JsonObject): DoubledAdapterReply {
    const name = textOr(body["lora_name"], "");
    const path = textOr(body["lora_path"], "");
    if (name === "" || path === "") {
      return invalid("Both 'lora_name' and 'lora_path' must be provided.");
    }
    if (this.#registered.has(name) && body["load_inplace"] !== true) {
      return invalid(`The lora adapter '${name}' has already been loaded.`);
    }
    const weights = this.#options.files.get(path);
    if (weights === undefined) {
      const message = `Loading lora ${name} failed: No adapter found for ${path}`;
      return { status: 404, message, type: "NotFoundError" };
    }
    if (weights === "malformed") {
      const message = `Loading lora ${name} failed: its modules are not the base model's.`;
      return { status: 500, message, type: "InternalServerError" };
    }
    this.#registered.set(name, weights);
    this.activate(name);
    return { status: 200, message: `Success: LoRA adapter '${name}' added successfully.` };
  }

  unload(body: JsonObject): DoubledAdapterReply {
    const name = textOr(body["lora_name"], "");
    if (name === "") return invalid("'lora_name' needs to be provided to unload a LoRA adapter.");
    if (!this.#registered.delete(name)) {
      const message = `The lora adapter '${name}' cannot be found.`;
      return { status: 404, message, type: "NotFoundError" };
    }
    const at = this.#slots.indexOf(name);
    if (at >= 0) this.#slots.splice(at, 1);
    return { status: 200, message: `Success: LoRA adapter '${name}' removed successfully.` };
  }

  /** Into a slot, in use from now on: of full slots, the least recently used gives way, whoever decodes with it. */
  activate(name: string): void {
    const at = this.#slots.indexOf(name);
    if (at >= 0) this.#slots.splice(at, 1);
    else if (this.#slots.length >= this.#options.slots) {
      const evicted = this.#slots.shift() ?? "";
      this.evictions++;
      this.#options.onEvicted(evicted, this.#registered.get(name) ?? "");
    }
    this.#slots.push(name);
  }
}

const invalid = (message: string): DoubledAdapterReply => ({
  status: 400,
  message,
  type: "InvalidUserInput",
});
