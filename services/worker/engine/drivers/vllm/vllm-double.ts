// A protocol double of vLLM's HTTP server, for tests: no model, the oracle's words. What it answers, vLLM's documentation or
// source says, named beside each (docs/… and vllm/… are paths of github.com/vllm-project/vllm, #N its issues and pull
// requests); what vLLM is known to do wrong has a switch. Nothing here was copied from it.

import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { DoubledEngine } from "#services/worker/engine/drivers/doubles/doubled-engine.ts";
import type { DoubledOutput } from "#services/worker/engine/drivers/doubles/doubled-engine.ts";
import {
  beginEvents,
  closeServer,
  doneEvent,
  listen,
  readJson,
  replyJson,
  replyText,
} from "#services/worker/engine/drivers/doubles/double-http.ts";
import type { JsonObject } from "#services/worker/engine/drivers/doubles/double-http.ts";
import { VllmDoubleAdapters } from "./vllm-double-adapters.ts";
import type { DoubledAdapterReply } from "./vllm-double-adapters.ts";
import { doubledMetrics } from "./vllm-double-metrics.ts";
import { readDoubledCall } from "./vllm-double-call.ts";
import type { DoubledVllmCall } from "./vllm-double-call.ts";
import { chunkOf, failureEvent, usageEvent } from "./vllm-double-chunks.ts";

export interface VllmDoubleOptions {
  readonly tenant: string;
  readonly version?: string;
  readonly model?: string;
  /** `--max-num-seqs`. */
  readonly sequencesMax: number;
  /** That sequences can use: one more is taken by the null block. */
  readonly kvBlocks: number;
  /** `--max-loras`; 0: without `--enable-lora`. */
  readonly lorasMax: number;
  /** Weights by path, as they lie on its disk; `malformed` does not load. */
  readonly adapterFiles: ReadonlyMap<string, string>;
  /** `--scheduling-policy priority`; fcfs as documented (an error); fcfs as it is (#22997, #23043: no effect). */
  readonly policy?: "priority" | "fcfs-refuses" | "fcfs-ignores";
  /** Has `/inference/v1/generate`, as recent versions have. */
  readonly hasTokensApi?: boolean;
  readonly timeScale?: number;
  readonly defects?: VllmDefects;
}

/** Known to happen in some version. All off by default. */
export interface VllmDefects {
  /** #47724: a load that evicts a slot lets whoever decodes from it go on with the new weights. */
  readonly wrongAdapterAfterEviction?: boolean;
  /** #30931, #42125: blocks are found by the adapter's name, whatever its weights. */
  readonly prefixCacheByName?: boolean;
  /** dynamo#11163: loading says success, and the adapter stays unroutable. */
  readonly loadsUnroutable?: boolean;
  /** An engine that takes this long to notice a closed connection (about 1 s in xorbitsai/inference#5549). */
  readonly abortDelayMs?: number;
  /** vllm#5708: more than one token in a chunk. */
  readonly chunkTokens?: number;
}

interface Stream {
  readonly call: DoubledVllmCall;
  readonly response: ServerResponse;
  tokens: number[];
  isFirst: boolean;
}

export class VllmDouble {
  readonly #options: VllmDoubleOptions;
  readonly #model: string;
  readonly engine: DoubledEngine;
  readonly adapters: VllmDoubleAdapters;
  /** The adapter of each call in flight, by the engine's id. */
  readonly #inFlight = new Map<string, string>();
  readonly #open = new Set<ServerResponse>();
  /** Every generating body that arrived, in order. */
  readonly bodies: JsonObject[] = [];
  readonly calls: string[] = [];
  corruptedRequests = 0;
  /** A closed connection is noticed by nobody. */
  losesAborts = false;
  #server: Server | undefined;
  url = "";

  constructor(options: VllmDoubleOptions) {
    this.#options = options;
    this.#model = options.model ?? "base";
    this.engine = new DoubledEngine({
      sequencesMax: options.sequencesMax,
      kvBlocks: options.kvBlocks,
      tenant: options.tenant,
      // docs/… `priority`: "lower means earlier handling".
      order: (options.policy ?? "priority") === "priority" ? "lowest-first" : "arrival",
      timeScale: options.timeScale ?? 0.05,
    });
    this.adapters = new VllmDoubleAdapters({
      slots: options.lorasMax,
      files: options.adapterFiles,
      isUnroutable: options.defects?.loadsUnroutable ?? false,
      onEvicted: (evicted, weights) => this.#evicted(evicted, weights),
    });
  }

  async start(): Promise<void> {
    this.#server = createServer((request, response) => this.#route(request, response));
    this.url = await listen(this.#server);
  }

  async close(): Promise<void> {
    this.engine.stop();
    if (this.#server !== undefined) await closeServer(this.#server);
  }

  /** As SIGKILL: every connection breaks, nobody listens. */
  kill(): Promise<void> {
    return this.close();
  }

  /** From the next token on, every call in flight is NaN. The run goes on; docs/usage/metrics.md counts it if told to. */
  poisonAll(): void {
    for (const id of this.#inFlight.keys()) {
      this.engine.poison(id);
      this.corruptedRequests++;
    }
  }

  /** Connections break, the server lives. */
  cutStreams(): void {
    for (const response of this.#open) response.destroy();
  }

  #evicted(name: string, weights: string): void {
    if (this.#options.defects?.wrongAdapterAfterEviction !== true) return;
    for (const [id, adapter] of this.#inFlight) {
      if (adapter === name) this.engine.speakWith(id, weights);
    }
  }

  #route(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = "" } = request;
    this.calls.push(`${method} ${url}`);
    if (method === "GET") this.#get(url, response);
    else readJson(request, (body) => this.#post(url, body, response));
  }

  #get(url: string, response: ServerResponse): void {
    switch (url) {
      // docs/usage/security.md names these; `/health` answers 200 without a body while the engine's process lives, hung or not.
      case "/health":
        return void response.end();
      case "/version":
        return replyJson(response, 200, { version: this.#options.version ?? "0.32.0" });
      case "/v1/models":
        return replyJson(response, 200, this.#models());
      case "/metrics":
        return replyText(response, this.#metrics());
      default:
        return replyJson(response, 404, { detail: "Not Found" });
    }
  }

  /** docs/features/lora.md, "LoRA model lineage in model card". */
  #models(): unknown {
    const card = { object: "model", created: 0, owned_by: "vllm" };
    const base = { ...card, id: this.#model, root: this.#model, parent: null };
    const loras = this.adapters
      .names()
      .map((name) => ({ ...card, id: name, root: name, parent: this.#model }));
    return { object: "list", data: [{ ...base, max_model_len: this.#tokensMax() }, ...loras] };
  }

  /** At start vLLM refuses a `--max-model-len` that its KV memory cannot hold (vllm/v1/core/kv_cache_utils.py). */
  #tokensMax(): number {
    return this.#options.kvBlocks * 16;
  }

  #metrics(): string {
    return doubledMetrics({
      model: this.#model,
      gauges: this.engine.gauges(),
      kvBlocks: this.#options.kvBlocks,
      lorasMax: this.#options.lorasMax,
      corruptedRequests: this.corruptedRequests,
    });
  }

  #post(url: string, body: JsonObject | undefined, response: ServerResponse): void {
    if (body === undefined) return refuse(response, 400, "The body is not a JSON object.");
    const hasTokensApi = this.#options.hasTokensApi ?? true;
    if (url === "/v1/completions") this.#generate("completions", body, response);
    else if (url === "/inference/v1/generate" && hasTokensApi) {
      this.#generate("tokens", body, response);
    } else if (url === "/v1/load_lora_adapter" && this.#options.lorasMax > 0) {
      answer(response, this.adapters.load(body));
    } else if (url === "/v1/unload_lora_adapter" && this.#options.lorasMax > 0) {
      answer(response, this.adapters.unload(body));
    } else replyJson(response, 404, { detail: "Not Found" });
  }

  #generate(api: "completions" | "tokens", body: JsonObject, response: ServerResponse): void {
    const call = readDoubledCall(api, body, { tokensMax: this.#tokensMax() });
    if (typeof call === "string") return refuse(response, 400, call);
    this.bodies.push(body);
    const { policy = "priority" } = this.#options;
    if (policy === "fcfs-refuses" && call.priority !== 0) {
      return refuse(response, 400, `Got priority ${call.priority} but priority scheduling is off.`);
    }
    const adapter = call.model === "" || call.model === this.#model ? "" : call.model;
    const weights = adapter === "" ? "" : this.adapters.weightsOf(adapter);
    if (weights === undefined) {
      // vllm/entrypoints/openai/models/serving.py: check_model.
      const message = `The model \`${call.model}\` does not exist.`;
      return refuse(response, 404, message, "NotFoundError");
    }
    if (adapter !== "") this.adapters.activate(adapter);
    this.#begin(call, { adapter, weights }, response);
  }

  #begin(
    call: DoubledVllmCall,
    { adapter, weights }: { readonly adapter: string; readonly weights: string },
    response: ServerResponse,
  ): void {
    beginEvents(response);
    const stream: Stream = { call, response, tokens: [], isFirst: true };
    const byName = this.#options.defects?.prefixCacheByName ?? false;
    // `cache_salt`: the prefix cache is salted with it; without one everybody shares.
    const cacheKey = JSON.stringify([call.cacheSalt, byName ? adapter : weights]);
    const { outputTokensMax, outputTokensMin, ignoreEos, ids, priority } = call;
    const asked = { ids, outputTokensMax, outputTokensMin, ignoreEos, priority };
    const id = this.engine.nextId();
    this.#inFlight.set(id, adapter);
    this.engine.submit(id, { ...asked, cacheKey, weights }, (output) =>
      this.#said(id, stream, output),
    );
    // Abort by disconnect: #32442 checks it end to end.
    this.#open.add(response);
    response.on("close", () => {
      this.#open.delete(response);
      if (this.losesAborts) return;
      const delayMs = this.#options.defects?.abortDelayMs ?? 0;
      if (delayMs === 0) this.engine.abort(id);
      else setTimeout(() => this.engine.abort(id), delayMs).unref();
    });
  }

  #said(id: string, stream: Stream, output: DoubledOutput): void {
    const { response, call } = stream;
    if (output.end !== undefined) this.#inFlight.delete(id);
    if (response.destroyed) return;
    stream.tokens.push(...output.tokens);
    if (output.end === "abort") {
      response.end(failureEvent("The request was aborted.") + doneEvent);
    } else if (output.end !== undefined) {
      this.#write(stream, output);
      response.end(usageEvent(call, this.#nameOf(call), output) + doneEvent);
    } else if (stream.isFirst || stream.tokens.length >= this.#chunkTokens()) {
      // vllm/entrypoints/serve/disagg/serving.py, completion/serving.py: no chunk while a prompt is computed in parts.
      if (stream.tokens.length > 0) this.#write(stream, output);
    }
  }

  #write(stream: Stream, output: DoubledOutput): void {
    const { call, response, tokens, isFirst } = stream;
    response.write(chunkOf(call, { model: this.#nameOf(call), tokens, output, isFirst }));
    stream.tokens = [];
    stream.isFirst = false;
  }

  #nameOf({ model }: DoubledVllmCall): string {
    return model === "" ? this.#model : model;
  }

  #chunkTokens(): number {
    return this.#options.defects?.chunkTokens ?? 1;
  }
}

function answer(response: ServerResponse, reply: DoubledAdapterReply): void {
  if (reply.status === 200) replyText(response, reply.message);
  else refuse(response, reply.status, reply.message, reply.type);
}

/** vllm/entrypoints/serve/utils/error_response.py: the one shape of an error. */
function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  type = "BadRequestError",
): void {
  replyJson(response, status, { error: { message, type, param: null, code: status } });
}

export async function startVllmDouble(options: VllmDoubleOptions): Promise<VllmDouble> {
  const double = new VllmDouble(options);
  await double.start();
  return double;
}
