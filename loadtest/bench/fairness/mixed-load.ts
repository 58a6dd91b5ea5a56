// Open-loop load of tenants that differ: chats after the Azure conversation trace, and long prompts with short answers
// as batch work. A tenant's requests depend on the seed, its number and its rate alone, so that it sends the same alone
// and beside others.

import { SeededRandom } from "#shared/sim/seeded-random.ts";
import { generateWorkload } from "#loadtest/load/generators.ts";
import { inOrder } from "./arrivals.ts";
import type { SuiteRequest } from "./suite-request.ts";

export type LoadKind = "chat" | "long-prompts";

export interface LoadPlan {
  readonly client: number;
  readonly kind: LoadKind;
  readonly requestsPerS: number;
}

/** Seeds of different tenants must not meet. */
const clientsMax = 64;
/** What a played client may ask for at most. */
const outputTokensMax = 1000;

export function mixedLoad(
  plans: readonly LoadPlan[],
  horizonS: number,
  seed: number,
): readonly SuiteRequest[] {
  return inOrder(plans.flatMap((plan) => loadOf(plan, horizonS, seed * clientsMax + plan.client)));
}

function loadOf(
  { client, kind, requestsPerS }: LoadPlan,
  horizonS: number,
  seed: number,
): readonly SuiteRequest[] {
  if (kind === "long-prompts") {
    return longPrompts(client, { requestsPerS, horizonS, random: new SeededRandom(seed, kind) });
  }
  const generation = { seed, durationMs: horizonS * 1000, requestsPerSecond: requestsPerS };
  const { requests } = generateWorkload("conversation", generation);
  return requests.map(({ atMs, promptTokens, outputTokens }) => ({
    client,
    atMs,
    promptTokens,
    outputTokens,
  }));
}

/** Poisson; prompts log-normal with median 2,000 and 99th percentile 8,000, answers geometric with mean 40. */
const prompt = { median: 2000, p99: 8000, max: 16_000 };
const z99 = 2.3263;
const meanAnswerTokens = 40;

function longPrompts(
  client: number,
  {
    requestsPerS,
    horizonS,
    random,
  }: { readonly requestsPerS: number; readonly horizonS: number; readonly random: SeededRandom },
): readonly SuiteRequest[] {
  const spread = Math.log(prompt.p99 / prompt.median) / z99;
  const requests: SuiteRequest[] = [];
  for (let atMs = 0; ;) {
    atMs += (-Math.log(1 - random.fraction()) * 1000) / requestsPerS;
    if (atMs > horizonS * 1000) return requests;
    const normal =
      Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction());
    const promptTokens = Math.round(prompt.median * Math.exp(spread * normal));
    const answer = Math.ceil(Math.log(1 - random.fraction()) / Math.log(1 - 1 / meanAnswerTokens));
    requests.push({
      client,
      atMs,
      promptTokens: Math.min(prompt.max, Math.max(1, promptTokens)),
      outputTokens: Math.min(outputTokensMax, Math.max(1, answer)),
    });
  }
}
