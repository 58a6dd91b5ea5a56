// One engine under requests that come when they come: what waits for a place waits before it, in order of arrival, and
// every gap between two tokens of a request is counted.

import { percentile } from "#loadtest/load/percentile.ts";
import type { PlannedRequest } from "#loadtest/load/workload.ts";
import { startVirtualEngine } from "#services/worker/engine/virtual-engine.ts";
import type { Run } from "#shared/messages/to-engine.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";

export interface LoopFigures {
  /** Between the warm-up's end and the last arrival. */
  readonly itlP99Ms: number;
  readonly ttftP90Ms: number;
  readonly outputTokensPerS: number;
  /** It was given up: too many were waiting. */
  readonly isOverrun: boolean;
}

/** Of the time until the last arrival: the batch is not full before. */
const warmUpPart = 0.15;
/** So many waiting are a queue that grows. */
const waitingMost = 250;

interface InFlight {
  readonly arrivedMs: number;
  lastTokenMs: number | undefined;
}

export class OpenLoop {
  readonly #engine: ReturnType<typeof startVirtualEngine>;
  readonly #spec: SimulatedEngineSpec;
  readonly #requests: readonly PlannedRequest[];
  readonly #inFlight = new Map<string, InFlight>();
  readonly #waiting: Run[] = [];
  readonly #gapsMs: number[] = [];
  readonly #ttftsMs: number[] = [];
  readonly #fromMs: number;
  readonly #untilMs: number;
  #outputTokens = 0;
  #live = 0;

  constructor(spec: SimulatedEngineSpec, requests: readonly PlannedRequest[]) {
    this.#engine = startVirtualEngine(spec);
    this.#spec = spec;
    this.#requests = requests;
    this.#untilMs = requests.at(-1)?.atMs ?? 0;
    this.#fromMs = this.#untilMs * warmUpPart;
  }

  run(): LoopFigures {
    this.#engine.tell({ kind: "boot" });
    let isOverrun = false;
    for (const [number, request] of this.#requests.entries()) {
      this.#advanceTo(request.atMs);
      const run = runOf(number, request);
      this.#inFlight.set(run.sequence, { arrivedMs: request.atMs, lastTokenMs: undefined });
      this.#waiting.push(run);
      this.#startWaiting();
      isOverrun = this.#waiting.length > waitingMost;
      if (isOverrun) break;
    }
    const seconds = (this.#engine.nowMs() - this.#fromMs) / 1000;
    const sorted = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();
    return {
      itlP99Ms: percentile(sorted(this.#gapsMs), 0.99),
      ttftP90Ms: percentile(sorted(this.#ttftsMs), 0.9),
      outputTokensPerS: this.#outputTokens / seconds,
      isOverrun,
    };
  }

  /** Step by step, so that a place that is free is filled at once. */
  #advanceTo(atMs: number): void {
    const { replica } = this.#engine;
    while (replica.step !== undefined && replica.step.endUs <= atMs * 1000) {
      this.#engine.fireNext();
      this.#hear();
    }
    this.#engine.advance(Math.max(0, atMs - this.#engine.nowMs()));
    this.#hear();
  }

  #startWaiting(): void {
    while (this.#live < this.#spec.sequencesMax) {
      const run = this.#waiting.shift();
      if (run === undefined) return;
      this.#live++;
      this.#engine.tell(run);
    }
  }

  #hear(): void {
    const nowMs = this.#engine.nowMs();
    for (const message of this.#engine.heard.splice(0)) {
      if (message.kind === "engine-refused") throw new Error(`refused: ${message.reason}`);
      if (message.kind !== "step") continue;
      for (const { sequence, tokens, end } of message.outputs) {
        if (tokens.length > 0) this.#count(sequence, nowMs);
        if (end === undefined) continue;
        this.#inFlight.delete(sequence);
        this.#live--;
      }
    }
    this.#startWaiting();
  }

  #count(sequence: string, nowMs: number): void {
    const request = this.#inFlight.get(sequence);
    if (request === undefined) return;
    const { arrivedMs, lastTokenMs } = request;
    request.lastTokenMs = nowMs;
    if (nowMs < this.#fromMs || nowMs > this.#untilMs) return;
    this.#outputTokens++;
    if (lastTokenMs === undefined) this.#ttftsMs.push(nowMs - arrivedMs);
    else this.#gapsMs.push(nowMs - lastTokenMs);
  }
}

/** A prompt that shares no block with another. */
function runOf(number: number, { promptTokens, outputTokens }: PlannedRequest): Run {
  const words = new Uint32Array(promptTokens).fill(number + 1);
  return {
    kind: "run",
    sequence: `${number}.1`,
    tenant: "trace" as TenantId,
    namespace: "trace",
    adapterDigest: "" as AdapterDigest,
    promptBytes: new Uint8Array(words.buffer),
    promptDigest: String(number),
    promptTokens,
    forcedPrefix: [],
    outputTokensMax: outputTokens,
    outputTokensMin: outputTokens,
    ignoreEos: true,
    sampling: {},
  };
}
