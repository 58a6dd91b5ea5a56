// vLLM, as it is asked: token ids in, token ids out, over its tokens API where it has one and over completions elsewhere.
// What a version is known to do wrong is worked round here or in the driver: README.md.

import type { EngineServerSpec } from "#shared/model/fleet.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { callEngine, readPage } from "#services/worker/engine/drivers/engine-call.ts";
import { faultOf } from "#services/worker/engine/drivers/engine-fault.ts";
import type {
  Dialect,
  Gauges,
  ReadEvent,
  ServerProfile,
  Wish,
} from "#services/worker/engine/drivers/batch-server/dialect.ts";
import { GaugePage } from "#services/worker/engine/drivers/batch-server/gauge-page.ts";
import { completionBody, tokensBody } from "./vllm-body.ts";
import { vllmReader } from "./vllm-event.ts";
import { probeVllm } from "./vllm-probe.ts";

const answerMs = 3_000;
/** From a disk it may take long. */
const loadMs = 60_000;

export class VllmDialect implements Dialect {
  readonly #url: string;
  readonly #spec: EngineServerSpec;
  /** Known after the probe. */
  #hasTokensApi = false;
  #baseModel = "";

  constructor(spec: EngineServerSpec) {
    this.#spec = spec;
    this.#url = spec.url.replace(/\/$/, "");
  }

  async probe(): Promise<ServerProfile> {
    const found = await probeVllm(this.#url, this.#spec);
    this.#hasTokensApi = found.hasTokensApi;
    this.#baseModel = found.baseModel;
    return found;
  }

  async gauges(): Promise<Gauges> {
    const page = new GaugePage(await readPage(`${this.#url}/metrics`, answerMs));
    return {
      running: page.required("vllm:num_requests_running"),
      waiting: page.required("vllm:num_requests_waiting"),
      corrupted: page.sum("vllm:corrupted_requests_total") ?? 0,
    };
  }

  generate(wish: Wish): { readonly url: string; readonly body: string } {
    const model = wish.adapter === "" ? this.#baseModel : wish.adapter;
    return this.#hasTokensApi
      ? { url: `${this.#url}/inference/v1/generate`, body: tokensBody(wish, model) }
      : { url: `${this.#url}/v1/completions`, body: completionBody(wish, model) };
  }

  reader(wish: Wish): ReadEvent {
    return vllmReader(wish);
  }

  /** Its name is its digest, so that a name never has other weights; and never in place, for blocks of old ones are found by it (#42125). */
  load(digest: AdapterDigest, path: string): Promise<void> {
    const body = { lora_name: digest, lora_path: path };
    return this.#post("v1/load_lora_adapter", body, loadMs);
  }

  unload(name: string): Promise<void> {
    return this.#post("v1/unload_lora_adapter", { lora_name: name }, loadMs);
  }

  /** Its answers here are sentences, not JSON. */
  async #post(path: string, body: object, patienceMs: number): Promise<void> {
    const url = `${this.#url}/${path}`;
    try {
      await callEngine({ url, method: "POST", body: JSON.stringify(body), patienceMs });
    } catch (error) {
      const fault = faultOf(error);
      if (fault.kind !== "malformed") throw fault;
    }
  }
}
