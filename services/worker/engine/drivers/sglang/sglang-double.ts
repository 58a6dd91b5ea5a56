// A protocol double of SGLang's HTTP server, for tests: no model, the oracle's words. What it answers, SGLang's documentation
// or source says, named beside each (docs/… and python/… are paths of github.com/sgl-project/sglang, #N its issues and pull
// requests); what SGLang is known to do wrong has a switch. Nothing here was copied from it.

import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { DoubledEngine } from "#services/worker/engine/drivers/doubles/doubled-engine.ts";
import type { DoubledOutput } from "#services/worker/engine/drivers/doubles/doubled-engine.ts";
import {
  beginEvents,
  closeServer,
  doneEvent,
  event,
  listen,
  readJson,
  replyJson,
  textOr,
} from "#services/worker/engine/drivers/doubles/double-http.ts";
import type { JsonObject } from "#services/worker/engine/drivers/doubles/double-http.ts";
import { readSglangCall } from "./sglang-double-call.ts";
import type { DoubledSglangCall } from "./sglang-double-call.ts";

export interface SglangDoubleOptions {
  readonly tenant: string;
  /** `--max-running-requests`. */
  readonly sequencesMax: number;
  readonly kvBlocks: number;
  /** `--max-loras-per-batch`; 0: without `--enable-lora`. */
  readonly lorasMax: number;
  readonly adapterFiles: ReadonlyMap<string, string>;
  /** `--enable-priority-scheduling`, with `--schedule-low-priority-values-first` or without; `off`: neither. */
  readonly priorities?: "highest-first" | "lowest-first" | "off";
  /** `--abort-on-priority-when-disabled`: else a priority is ignored without a word. */
  readonly refusesPriority?: boolean;
  /** `--page-size`. */
  readonly pageTokens?: number;
  readonly timeScale?: number;
  /** Further fields of what it tells of itself. */
  readonly told?: JsonObject;
  readonly defects?: SglangDefects;
}

/** Known to happen in some version. All off by default. */
export interface SglangDefects {
  /** #7594: each event has all ids so far, as it is without `--incremental-streaming-output`. */
  readonly streamsCumulatively?: boolean;
  /** It streams cumulatively and tells that it does not. */
  readonly hidesIt?: boolean;
  /** #30912, #32237: an abort takes every request whose id begins with its rid. */
  readonly abortsByPrefix?: boolean;
  /** #36876: an abort is answered and nothing happens; #34894: nor after a disconnect. */
  readonly losesAborts?: boolean;
  /** #24638: the salt and the adapter's name were simply put together. */
  readonly concatenatesKeys?: boolean;
}

interface Live {
  readonly id: string;
  readonly call: DoubledSglangCall;
  readonly response: ServerResponse;
  readonly ids: number[];
}

/** #6184: what it waits after a disconnect before it aborts. */
const disconnectMs = 2_000;

export class SglangDouble {
  readonly #options: SglangDoubleOptions;
  readonly engine: DoubledEngine;
  /** Weights by name. */
  readonly adapters: Map<string, string> = new Map();
  readonly #live = new Map<string, Live>();
  readonly bodies: JsonObject[] = [];
  readonly aborts: string[] = [];
  /** smg-project/smg#2426: what a late or repeated abort can corrupt. */
  lateAborts = 0;
  losesAborts: boolean;
  #server: Server | undefined;
  url = "";

  constructor(options: SglangDoubleOptions) {
    this.#options = options;
    this.losesAborts = options.defects?.losesAborts ?? false;
    const { priorities = "lowest-first" } = options;
    this.engine = new DoubledEngine({
      sequencesMax: options.sequencesMax,
      kvBlocks: options.kvBlocks,
      tenant: options.tenant,
      order: priorities === "off" ? "arrival" : priorities,
      timeScale: options.timeScale ?? 0.05,
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

  #route(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = "" } = request;
    if (method === "GET") this.#get(url, response);
    else readJson(request, (body) => this.#post(url, body ?? {}, response));
  }

  /** docs/basic_usage/native_api.ipynb lists these. */
  #get(url: string, response: ServerResponse): void {
    switch (url) {
      case "/health":
        return void response.end();
      case "/server_info":
      case "/get_server_info":
        return replyJson(response, 200, this.#told());
      case "/get_load": {
        // python/sglang/srt/managers/io_struct.py, GetLoadReqOutput; `num_reqs` counts those that wait, too.
        const { running, waiting, usedBlocks } = this.engine.gauges();
        const load = { num_reqs: running + waiting, num_waiting_reqs: waiting };
        return replyJson(response, 200, [{ dp_rank: 0, ...load, num_tokens: usedBlocks * 16 }]);
      }
      case "/v1/models":
        return replyJson(response, 200, this.#models());
      default:
        return replyJson(response, 404, { detail: "Not Found" });
    }
  }

  #models(): unknown {
    const loras = [...this.adapters.keys()].map((id) => ({ id, parent: "model" }));
    return { object: "list", data: [{ id: "model", parent: null }, ...loras] };
  }

  /** The server's arguments, its scheduler's sizes and its version, in one object. */
  #told(): JsonObject {
    const options = this.#options;
    const { streamsCumulatively = false, hidesIt = false } = options.defects ?? {};
    const { priorities = "lowest-first", kvBlocks, lorasMax } = options;
    const tokens = kvBlocks * 16;
    return {
      version: "0.5.16",
      model_path: "model",
      page_size: options.pageTokens ?? 16,
      max_total_num_tokens: tokens,
      // Less five, and one of its own.
      max_req_input_len: tokens - 6,
      incremental_streaming_output: !streamsCumulatively || hidesIt,
      enable_priority_scheduling: priorities !== "off",
      schedule_low_priority_values_first: priorities === "lowest-first",
      abort_on_priority_when_disabled: options.refusesPriority ?? false,
      enable_lora: lorasMax > 0,
      max_loras_per_batch: lorasMax,
      disable_radix_cache: false,
      enable_hierarchical_cache: false,
      ...options.told,
    };
  }

  #post(url: string, body: JsonObject, response: ServerResponse): void {
    if (url === "/generate") this.#generate(body, response);
    else if (url === "/abort_request") {
      // python/sglang/srt/entrypoints/http_server.py: 200 whatever came of it.
      this.#abort(textOr(body["rid"], ""));
      response.end();
    } else if (url === "/load_lora_adapter") this.#load(body, response);
    else if (url === "/unload_lora_adapter") this.#unload(body, response);
    else replyJson(response, 404, { detail: "Not Found" });
  }

  /** docs/advanced_features/lora: LoRAUpdateOutput of io_struct.py. */
  #load(body: JsonObject, response: ServerResponse): void {
    const name = textOr(body["lora_name"], "");
    const weights = this.#options.adapterFiles.get(textOr(body["lora_path"], ""));
    const fault =
      this.#options.lorasMax === 0
        ? "LoRA is not enabled."
        : this.adapters.has(name)
          ? `LoRA with name ${name} already exists.`
          : weights === undefined || weights === "malformed"
            ? "Failed to load LoRA adapter."
            : undefined;
    if (fault !== undefined || weights === undefined) {
      return replyJson(response, 400, { success: false, error_message: fault });
    }
    this.adapters.set(name, weights);
    const loaded = Object.fromEntries([...this.adapters.keys()].map((key) => [key, key]));
    replyJson(response, 200, { success: true, loaded_adapters: loaded });
  }

  #unload(body: JsonObject, response: ServerResponse): void {
    const isKnown = this.adapters.delete(textOr(body["lora_name"], ""));
    replyJson(response, isKnown ? 200 : 400, { success: isKnown });
  }

  #abort(rid: string): void {
    this.aborts.push(rid);
    const { abortsByPrefix = false } = this.#options.defects ?? {};
    if (rid !== "" && !this.#live.has(rid)) this.lateAborts++;
    if (this.losesAborts) return;
    for (const [key, { id }] of this.#live) {
      const isMeant = key === rid || (abortsByPrefix && key.startsWith(rid));
      if (isMeant) this.engine.abort(id);
    }
  }

  #generate(body: JsonObject, response: ServerResponse): void {
    this.bodies.push(body);
    beginEvents(response);
    const call = readSglangCall(body, { tokensMax: this.#options.kvBlocks * 16 });
    if (typeof call === "string") return fail(response, call);
    const weights = call.lora === "" ? "" : this.adapters.get(call.lora);
    if (weights === undefined) {
      // python/sglang/srt/lora/lora_registry.py.
      return fail(response, `The following requested LoRA adapters are not loaded: ${call.lora}`);
    }
    const { priorities = "lowest-first", refusesPriority = false } = this.#options;
    if (priorities === "off" && refusesPriority && call.priority !== undefined) {
      const message = "Using priority is disabled for this server.";
      const reason = { type: "abort", message, status_code: 503 };
      response.end(event(chunkOf(call, { ids: [], reason, outputTokens: 0 })) + doneEvent);
      return;
    }
    this.#begin(call, weights, response);
  }

  #begin(call: DoubledSglangCall, weights: string, response: ServerResponse): void {
    const id = this.engine.nextId();
    const live: Live = { id, call, response, ids: [] };
    this.#live.set(call.rid, live);
    const parts = [call.extraKey, call.lora] as const;
    const { concatenatesKeys = false } = this.#options.defects ?? {};
    const cacheKey = concatenatesKeys ? parts.join("") : JSON.stringify(parts);
    const { ids, outputTokensMax, outputTokensMin, ignoreEos } = call;
    const terms = { ids, outputTokensMax, outputTokensMin, ignoreEos, cacheKey, weights };
    this.engine.submit(id, { ...terms, priority: call.priority ?? 0 }, (output) =>
      this.#said(live, output),
    );
    response.on("close", () => {
      if (this.losesAborts) return;
      setTimeout(() => this.engine.abort(id), disconnectMs).unref();
    });
  }

  #said({ call, response, ids }: Live, output: DoubledOutput): void {
    if (output.end !== undefined) this.#live.delete(call.rid);
    if (response.destroyed) return;
    ids.push(...output.tokens);
    // Nothing is sent while a prompt is computed in parts.
    if (output.tokens.length === 0 && output.end === undefined) return;
    const { streamsCumulatively = false } = this.#options.defects ?? {};
    const told = streamsCumulatively ? [...ids] : output.tokens;
    const { outputTokens, cachedTokens } = output;
    const reason = reasonOf(output);
    response.write(event(chunkOf(call, { ids: told, reason, outputTokens, cachedTokens })));
    if (output.end !== undefined) response.end(doneEvent);
  }
}

/** python/sglang/srt/managers/schedule_batch.py: FINISH_MATCHED_TOKEN, FINISH_LENGTH, FINISH_ABORT. */
function reasonOf({ end, tokens, outputTokens }: DoubledOutput): unknown {
  if (end === undefined) return null;
  if (end === "abort") return { type: "abort", message: "Abort by request" };
  return end === "stop"
    ? { type: "stop", matched: tokens.at(-1) }
    : { type: "length", length: outputTokens };
}

interface Chunk {
  readonly ids: readonly number[];
  readonly reason: unknown;
  readonly outputTokens: number;
  readonly cachedTokens?: number;
}

/** docs/basic_usage/sampling_params.md and tokenizer_manager.py: what an event of `/generate` has. */
const chunkOf = (
  { rid, ids: prompt }: DoubledSglangCall,
  { ids, reason, outputTokens, cachedTokens = 0 }: Chunk,
): unknown => ({
  text: "",
  output_ids: ids,
  meta_info: {
    id: rid,
    finish_reason: reason,
    prompt_tokens: prompt.length,
    completion_tokens: outputTokens,
    cached_tokens: cachedTokens,
  },
});

/** http_server.py: a stream has begun by the time that a call is found wrong. */
const fail = (response: ServerResponse, message: string): void => {
  response.end(event({ error: { message } }) + doneEvent);
};

export async function startSglangDouble(options: SglangDoubleOptions): Promise<SglangDouble> {
  const double = new SglangDouble(options);
  await double.start();
  return double;
}
