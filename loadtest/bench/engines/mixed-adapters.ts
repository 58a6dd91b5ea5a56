// Many streams of several tenants, with adapters and without, at once on one engine: each greedy text is compared with
// what the same build says alone. One that is wholly or partly another's would be contamination.

import type { Token } from "#shared/model/tokenizer.ts";
import { differenceOf } from "./near-tie.ts";
import type { Difference } from "./near-tie.ts";
import { promptOf, runFor, tenants } from "./engine-house.ts";
import type { Ask, EngineHouse } from "./engine-house.ts";
import type { EnginePort } from "./engine-port.ts";

export interface MixedFigures {
  readonly engine: string;
  readonly requests: number;
  readonly streams: number;
  readonly texts: number;
  readonly equal: number;
  /** Differs from its solo run where the model's first two choices are as good as equal: rounding in another batch. */
  readonly near_ties: number;
  readonly contaminated: number;
  /** Where they part, the first ten. */
  readonly differences: readonly Difference[];
  readonly cached_tokens: number;
  readonly tokens_per_s: number;
}

const prompts = 16;
const promptTokens = 64;
const outputTokensMax = 48;
const differencesMax = 10;

/** What is asked, and what says the same alone. */
export interface MixedEngine {
  readonly engine: string;
  readonly port: EnginePort;
  readonly solo: (ask: Ask) => Promise<readonly Token[]>;
}

export async function measureMixed(
  house: EngineHouse,
  { engine, port, solo }: MixedEngine,
  { requests, streams }: { readonly requests: number; readonly streams: number },
): Promise<MixedFigures> {
  const { weights } = house;
  const asks = Array.from({ length: prompts * weights.length }, (_, number) =>
    askOf(weights, number),
  );
  const legal: (readonly Token[])[] = [];
  for (const ask of asks) legal.push(await solo(ask));
  const differences: Difference[] = [];
  let [next, equal, nearTies, contaminated, cached] = [0, 0, 0, 0, 0];
  const startedAtMs = performance.now();
  const client = async (): Promise<void> => {
    while (next < requests) {
      const number = next++;
      const which = (number * 7) % asks.length;
      const ask = asks[which];
      const expected = legal[which] ?? [];
      if (ask === undefined) continue;
      const tenant = tenants[number % tenants.length] ?? ask.tenant;
      const { tokens, totals } = await port.run(runFor({ ...ask, tenant }));
      cached += totals.cachedTokens;
      if (String(tokens) === String(expected)) equal++;
      else {
        const difference = await differenceOf(house, { ask, expected, tokens });
        if (differences.length < differencesMax) differences.push(difference);
        if (difference.isTie) nearTies++;
        else contaminated++;
      }
    }
  };
  await Promise.all(Array.from({ length: streams }, client));
  const seconds = (performance.now() - startedAtMs) / 1000;
  return {
    engine,
    requests,
    streams,
    texts: asks.length,
    equal,
    near_ties: nearTies,
    contaminated,
    differences,
    cached_tokens: cached,
    tokens_per_s: Math.round((requests * outputTokensMax) / seconds),
  };
}

const askOf = (weights: EngineHouse["weights"], number: number): Ask => ({
  tenant: tenants[0] ?? ("" as Ask["tenant"]),
  adapterDigest: weights[number % weights.length] ?? ("" as Ask["adapterDigest"]),
  ids: promptOf(Math.floor(number / weights.length), promptTokens),
  outputTokensMax,
});
