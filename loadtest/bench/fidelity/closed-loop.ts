// One measured run again in virtual time: exactly so many requests in flight, each completion begins the next at once.
// The first completions, one per place, are not counted; three times as many after them are.

import { startVirtualEngine } from "#services/worker/engine/virtual-engine.ts";
import type { StepOutput } from "#shared/messages/from-engine.ts";
import type { Run } from "#shared/messages/to-engine.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";

export interface LoopLoad {
  readonly concurrency: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

export interface LoopFigures {
  /** Means over the requests that count. */
  readonly ttftMs: number;
  readonly tpotMs: number;
  readonly requests: number;
}

/** The first wave comes over this long, as from clients that start together. */
const waveMs = 4;
const countedPerPlace = 3;

interface InFlight {
  readonly beganMs: number;
  firstMs: number | undefined;
}

export function runClosedLoop(spec: SimulatedEngineSpec, load: LoopLoad): LoopFigures {
  const engine = startVirtualEngine(spec);
  const { concurrency, outputTokens } = load;
  const inFlight = new Map<string, InFlight>();
  const sum = { ttftMs: 0, tpotMs: 0, requests: 0 };
  const wanted = concurrency * countedPerPlace;
  let begun = 0;
  let completed = 0;

  function begin(): void {
    begun++;
    const run = runOf(begun, load);
    inFlight.set(run.sequence, { beganMs: engine.nowMs(), firstMs: undefined });
    engine.tell(run);
  }

  function take({ sequence, tokens, end }: StepOutput): void {
    const request = inFlight.get(sequence);
    if (request === undefined) return;
    const nowMs = engine.nowMs();
    if (tokens.length > 0) request.firstMs ??= nowMs;
    if (end === undefined) return;
    inFlight.delete(sequence);
    completed++;
    const firstMs = request.firstMs ?? nowMs;
    if (completed > concurrency && sum.requests < wanted) {
      sum.requests++;
      sum.ttftMs += firstMs - request.beganMs;
      sum.tpotMs += (nowMs - firstMs) / (outputTokens - 1);
    }
    begin();
  }

  function hear(): void {
    for (const message of engine.heard.splice(0)) {
      if (message.kind === "step") for (const output of message.outputs) take(output);
      if (message.kind === "engine-refused")
        throw new Error(`the engine refused: ${message.reason}`);
    }
  }

  engine.tell({ kind: "boot" });
  for (let place = 0; place < concurrency; place++) {
    begin();
    engine.advance(waveMs / concurrency);
    hear();
  }
  while (sum.requests < wanted && engine.fireNext()) hear();
  return {
    ttftMs: sum.ttftMs / sum.requests,
    tpotMs: sum.tpotMs / sum.requests,
    requests: sum.requests,
  };
}

/** A prompt that shares no block with another. */
function runOf(number: number, { promptTokens, outputTokens }: LoopLoad): Run {
  const words = new Uint32Array(promptTokens).fill(number);
  return {
    kind: "run",
    sequence: `${number}.1`,
    tenant: "loop" as TenantId,
    namespace: "loop",
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
