// Built-in workloads: seeded generators whose arrivals and lengths follow published traces.
//
// conversation: Azure LLM inference trace 2023, conversation (CC-BY-4.0): 19,366 requests at 5.53/s, gaps with a
//   coefficient of variation of 1.09 (drawn exponential); lengths from its quantiles.
// code: the same publication's coding trace: median prompt 1,500 and output 13 tokens (Patel et al., Splitwise, ISCA
//   2024, §III); the log-normal spread is our assumption.
// arena: the 27-client Arena sample of the VTC artefact (Apache-2.0): 2.5/s, gaps with a coefficient of variation of
//   1.10 (drawn exponential); lengths from its quantiles; requests per client as counted there.

import { SeededRandom } from "#shared/sim/seeded-random.ts";
import type { PlannedRequest, Workload } from "./workload.ts";

/** Quantiles as `[share, tokens]`: a piecewise-linear inverse of the distribution. */
type Quantiles = readonly (readonly [share: number, tokens: number])[];

const shares = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1];
const quantiles = (tokens: readonly number[]): Quantiles =>
  shares.map((share, at) => [share, tokens[at] ?? 1] as const);

interface Shape {
  readonly source: string;
  readonly requestsPerSecond: number;
  readonly promptTokens: (random: SeededRandom) => number;
  readonly outputTokens: (random: SeededRandom) => number;
  /** Requests per client, for those that tell clients apart. */
  readonly clients?: readonly number[];
}

export type GeneratorName = "conversation" | "code" | "arena";

const shapes: Readonly<Record<GeneratorName, Shape>> = {
  conversation: {
    source: "generator after the Azure 2023 conversation trace",
    requestsPerSecond: 5.53,
    promptTokens: fromQuantiles(
      quantiles([3, 29, 181, 207, 396, 1020, 1189, 2735, 4083, 4142, 14050]),
    ),
    outputTokens: fromQuantiles(quantiles([7, 16, 41, 54, 85, 129, 395, 424, 451, 601, 1000])),
  },
  code: {
    source: "generator after the medians of the Azure 2023 coding trace",
    requestsPerSecond: 2.6,
    promptTokens: logNormal(1500, 0.79, 8000),
    outputTokens: logNormal(13, 1.2, 1000),
  },
  arena: {
    source: "generator after the Arena sample of the VTC artefact",
    requestsPerSecond: 2.5,
    promptTokens: fromQuantiles(quantiles([1, 2, 2, 5, 13, 40, 161, 432, 653, 902, 1021])),
    outputTokens: fromQuantiles(quantiles([1, 3, 10, 18, 62, 211, 458, 513, 513, 785, 977])),
    clients: [
      296, 262, 199, 120, 67, 66, 56, 46, 44, 43, 40, 36, 31, 26, 25, 23, 22, 22, 19, 19, 12, 11, 7,
      3, 2, 2, 1,
    ],
  },
};

export const generatorNames: readonly GeneratorName[] = ["conversation", "code", "arena"];

export interface Generation {
  readonly seed: number;
  readonly durationMs: number;
  /** Arrivals per second; absent: the trace's own rate. */
  readonly requestsPerSecond?: number;
}

export function generateWorkload(
  name: GeneratorName,
  { seed, durationMs, requestsPerSecond }: Generation,
): Workload {
  const shape = shapes[name];
  const rate = requestsPerSecond ?? shape.requestsPerSecond;
  const random = new SeededRandom(seed, "workload");
  const requests: PlannedRequest[] = [];
  for (let atMs = 0; ;) {
    atMs += (-Math.log(1 - random.fraction()) * 1000) / rate;
    if (atMs > durationMs) break;
    const client = shape.clients === undefined ? undefined : pickClient(shape.clients, random);
    requests.push({
      atMs,
      promptTokens: shape.promptTokens(random),
      outputTokens: shape.outputTokens(random),
      ...(client === undefined ? {} : { client }),
    });
  }
  return { name, source: shape.source, requests };
}

function fromQuantiles(points: Quantiles): (random: SeededRandom) => number {
  return (random) => {
    const share = random.fraction();
    const upper = points.findIndex(([at]) => at >= share);
    const [lowShare, lowTokens] = points[Math.max(upper - 1, 0)] ?? [0, 1];
    const [highShare, highTokens] = points[upper] ?? [1, 1];
    const part = highShare === lowShare ? 0 : (share - lowShare) / (highShare - lowShare);
    return Math.max(1, Math.round(lowTokens + part * (highTokens - lowTokens)));
  };
}

/** Box–Muller; `spread` is the standard deviation of the logarithm. */
function logNormal(
  median: number,
  spread: number,
  tokensMax: number,
): (random: SeededRandom) => number {
  return (random) => {
    const normal =
      Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction());
    return Math.min(tokensMax, Math.max(1, Math.round(median * Math.exp(spread * normal))));
  };
}

function pickClient(counts: readonly number[], random: SeededRandom): number {
  let left = random.fraction() * counts.reduce((sum, count) => sum + count, 0);
  for (const [client, count] of counts.entries()) {
    left -= count;
    if (left < 0) return client;
  }
  return counts.length - 1;
}
