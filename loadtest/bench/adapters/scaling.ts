// How much throughput is lost as adapters grow in number: one replica, saturated, power law 1, ranks 8 to 128, all of them in
// the host's RAM. On the model and GPU of S-LoRA's runs (Sheng et al. 2024, table 2), and on ours.

import { runHouse } from "#loadtest/bench/fairness/house.ts";
import type { Delivery } from "#loadtest/bench/fairness/suite-request.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import { adapterRequests, adapterSet } from "./adapter-load.ts";
import { planFor } from "./measure.ts";
import type { AdapterVariant } from "./measure.ts";

export interface ScalingCase {
  readonly name: string;
  readonly engine: SimulatedEngineSpec;
  /** fp16, attention alone, as S-LoRA's are. */
  readonly bytesPerRank: number;
  /** Requests a second. */
  readonly perS: number;
  readonly seconds: number;
}

/** Room for adapters is a fifth to a third of the GPU, for so many of the mean rank: S-LoRA pages them, and so do these slots pretend. */
const engineOf = (
  profile: string,
  kvBlocks: number,
  adapterSlots: number,
): SimulatedEngineSpec => ({
  kind: "simulated",
  profile,
  gpus: 1,
  kvBlocks,
  kvBlockTokens: 16,
  sequencesMax: 256,
  stepTokensMax: 1024,
  adapterSlots,
  adapterCost: "good",
  timeScale: 1,
});

const a100 = engineOf("llama2_7b/tp1/float16/a100", 4400, 160);
const h100 = engineOf("llama3_8b/tp1/bfloat16", 17_000, 256);

/** S-LoRA's own rate, which this A100 bears; and on both more than they bear. */
export const scalingCases: readonly ScalingCase[] = [
  { name: "7B on an A100, 10/s", engine: a100, bytesPerRank: 2.1e6, perS: 10, seconds: 60 },
  { name: "7B on an A100, saturated", engine: a100, bytesPerRank: 2.1e6, perS: 20, seconds: 40 },
  { name: "8B on an H100, 20/s", engine: h100, bytesPerRank: 1.7e6, perS: 20, seconds: 30 },
  { name: "8B on an H100, saturated", engine: h100, bytesPerRank: 1.7e6, perS: 50, seconds: 24 },
];

export interface ScalingRow {
  readonly engine: string;
  readonly adapters: number;
  readonly tokens_per_s: number;
  /** To the fewest adapters on the same engine. */
  readonly relative: number;
  /** From the arrival to the last token, by output token, as S-LoRA counts it. */
  readonly ms_per_token: number;
}

const tenants = 32;
const warmUpPart = 0.25;

export function scalingRows(
  { name, engine, bytesPerRank, perS, seconds }: ScalingCase,
  counts: readonly number[],
  variant: AdapterVariant & { readonly placement: "homes" },
): readonly ScalingRow[] {
  let first = 0;
  return counts.map((adapters) => {
    const set = adapterSet({ adapters, tenants, bytesPerRank });
    const requests = adapterRequests({
      set,
      alpha: 1,
      perS,
      requests: Math.round(perS * seconds),
      seed: 1,
      promptTokens: [8, 512],
      outputTokens: [8, 512],
      driftPart: 1,
    });
    const fleet = { replicas: 1, tenants, engine, set, hostBytesMax: 1e13, areInHostMemory: true };
    const untilMs = seconds * 1000;
    const { deliveries } = runHouse(requests, planFor(variant, fleet));
    const perSecond = tokensBetween(deliveries, untilMs * warmUpPart, untilMs);
    if (first === 0) first = perSecond;
    return {
      engine: name,
      adapters,
      tokens_per_s: Math.round(perSecond),
      relative: Math.round((perSecond / first) * 1000) / 1000,
      ms_per_token: Math.round(msPerToken(deliveries) * 10) / 10,
    };
  });
}

function msPerToken(deliveries: readonly Delivery[]): number {
  let sum = 0;
  for (const { request, tokensAtMs } of deliveries) {
    sum += ((tokensAtMs.at(-1) ?? request.atMs) - request.atMs) / Math.max(1, tokensAtMs.length);
  }
  return sum / deliveries.length;
}

/** Prompts count when their first token comes. */
export function tokensBetween(
  deliveries: readonly Delivery[],
  fromMs: number,
  untilMs: number,
): number {
  const isWithin = (atMs: number): boolean => atMs >= fromMs && atMs < untilMs;
  let tokens = 0;
  for (const { request, tokensAtMs } of deliveries) {
    const [firstMs] = tokensAtMs;
    if (firstMs !== undefined && isWithin(firstMs)) tokens += request.promptTokens;
    for (const atMs of tokensAtMs) if (isWithin(atMs)) tokens += 1;
  }
  return (tokens * 1000) / (untilMs - fromMs);
}
