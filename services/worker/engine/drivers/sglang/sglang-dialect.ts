// SGLang, as it is asked: its native `/generate`, ids in and ids out. What a version is known to do wrong is worked round
// here or in the driver: README.md.

import type { EngineServerSpec } from "#shared/model/fleet.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { callEngine } from "#services/worker/engine/drivers/engine-call.ts";
import { EngineFault, faultOf } from "#services/worker/engine/drivers/engine-fault.ts";
import type {
  Dialect,
  Gauges,
  ReadEvent,
  ServerProfile,
  Wish,
} from "#services/worker/engine/drivers/batch-server/dialect.ts";
import { generateBody } from "./sglang-body.ts";
import { sglangReader } from "./sglang-event.ts";
import { probeSglang } from "./sglang-probe.ts";

const answerMs = 3_000;
const loadMs = 60_000;

interface Load {
  readonly num_reqs?: unknown;
  readonly num_waiting_reqs?: unknown;
}

export class SglangDialect implements Dialect {
  readonly #url: string;
  readonly #spec: EngineServerSpec;

  constructor(spec: EngineServerSpec) {
    this.#spec = spec;
    this.#url = spec.url.replace(/\/$/, "");
  }

  probe(): Promise<ServerProfile> {
    return probeSglang(this.#url, this.#spec);
  }

  /** Asked of the scheduler itself: its metrics are as old as its last line of log, forty steps. */
  async gauges(): Promise<Gauges> {
    const said = await callEngine({
      url: `${this.#url}/get_load`,
      method: "GET",
      patienceMs: answerMs,
    });
    const loads: readonly Load[] = Array.isArray(said) ? (said as readonly Load[]) : [];
    if (loads.length === 0) throw new EngineFault("malformed", "it tells no load");
    let running = 0;
    let waiting = 0;
    for (const load of loads) {
      const waits = countOf(load.num_waiting_reqs);
      waiting += waits;
      running += countOf(load.num_reqs) - waits;
    }
    // It has no count of logits that were not numbers; sanitising them must be off, so that it fails by itself.
    return { running, waiting, corrupted: 0 };
  }

  generate(wish: Wish): { readonly url: string; readonly body: string } {
    return { url: `${this.#url}/generate`, body: generateBody(wish) };
  }

  reader(wish: Wish): ReadEvent {
    return sglangReader(wish);
  }

  /** A disconnect is noticed late or never (#6184, #34894, #36876). */
  readonly abort = async (id: string): Promise<void> => {
    await this.#post("abort_request", { rid: id, abort_all: false }, answerMs);
  };

  async load(digest: AdapterDigest, path: string): Promise<void> {
    await this.#post("load_lora_adapter", { lora_name: digest, lora_path: path }, loadMs);
  }

  async unload(name: string): Promise<void> {
    await this.#post("unload_lora_adapter", { lora_name: name }, loadMs);
  }

  async #post(path: string, body: object, patienceMs: number): Promise<void> {
    const url = `${this.#url}/${path}`;
    try {
      await callEngine({ url, method: "POST", body: JSON.stringify(body), patienceMs });
    } catch (error) {
      const fault = faultOf(error);
      // Some answers have no body.
      if (fault.kind !== "malformed") throw fault;
    }
  }
}

function countOf(said: unknown): number {
  if (!Number.isSafeInteger(said)) throw new EngineFault("malformed", "its load is no number");
  return said as number;
}
