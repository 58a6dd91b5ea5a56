// The conversations that the locality benchmark replays: a trace whose requests name their blocks, or a seeded generator
// of the same structure. Tenants are dealt by each conversation's first distinct block, the same in every run.

import { assignTenant } from "#loadtest/load/assign-tenants.ts";
import type { SuiteRequest } from "#loadtest/bench/fairness/suite-request.ts";
import { readTrace } from "#loadtest/load/trace-file.ts";
import type { PlannedRequest, Workload } from "#loadtest/load/workload.ts";
import { SeededRandom } from "#shared/sim/seeded-random.ts";
import { blockTokens, lengthDivisor } from "./block-bytes.ts";

/** Every one names its blocks. */
export type ConversationRequest = SuiteRequest & Required<Pick<SuiteRequest, "prefixBlocks">>;

const traceBlockTokens = blockTokens * lengthDivisor;

/** What a house's clients ask for at most: a longer answer is cut. */
const outputTokensMax = 1024;

export interface Slice {
  /** Of the workload's own time. */
  readonly minutes: number;
  /** Arrivals come so many times as fast as the workload says. */
  readonly speed: number;
  readonly tenants: number;
}

/** Who sends which conversation is the same whatever the seed of the run. */
const dealtBySeed = 1;

/** `seed` moves each arrival inside its 3 s of a trace, or draws the conversations. */
export function conversationsOf(
  trace: string | undefined,
  { minutes, speed, tenants }: Slice,
  seed: number,
): readonly ConversationRequest[] {
  const workload = trace === undefined ? generate(seed, minutes * 60) : withBlocks(trace, seed);
  const dealt = Array.from({ length: tenants }, (_, client) => ({
    name: String(client),
    key: "",
    share: shareOf(client, tenants),
  }));
  return workload.requests
    .filter(({ atMs }) => atMs < minutes * 60_000)
    .map((request, number) => ({
      client: Number(assignTenant(request, number, { tenants: dealt, seed: dealtBySeed }).name),
      atMs: request.atMs / speed,
      ...shortened(request),
    }));
}

function shortened({
  promptTokens,
  outputTokens,
  prefixBlocks = [],
}: PlannedRequest): Pick<ConversationRequest, "promptTokens" | "outputTokens" | "prefixBlocks"> {
  const least = (prefixBlocks.length - 1) * blockTokens + 1;
  return {
    promptTokens: Math.max(least, Math.floor(promptTokens / lengthDivisor)),
    outputTokens: Math.min(outputTokensMax, Math.ceil(outputTokens / lengthDivisor)),
    prefixBlocks,
  };
}

/** A quarter of the tenants have four times, a quarter twice as many conversations as the others. */
export function shareOf(client: number, tenants: number): number {
  if (client * 4 < tenants) return 4;
  return client * 2 < tenants ? 2 : 1;
}

function withBlocks(path: string, seed: number): Workload {
  const workload = readTrace(path, seed);
  for (const { prefixBlocks, promptTokens } of workload.requests) {
    if (prefixBlocks?.length !== Math.ceil(promptTokens / traceBlockTokens)) {
      throw new Error(`${path}: its requests do not name each block of ${traceBlockTokens} tokens`);
    }
  }
  return workload;
}

// The trace's own figures: 2.08 new conversations a second; 69 % of them have one turn, the others 3.0 on average; first
// prompts log-normal, median 5,264 and mean 10,765 tokens; a next turn comes after 214 s on average, keeps 81 % of the
// last prompt and adds 19 % and some 1,100 tokens; one system prompt of 512 tokens begins them all.
const conversationsPerS = 2.08;
const singleTurn = 0.69;
const nextTurn = 2 / 3;
const firstMedianTokens = 5264;
const firstSpread = 1.196;
const turnGapS = 214;
const keptShare = 0.81;
const addedTokens = 1100;
const promptTokensMax = 110_000;
const outputMedianTokens = 260;
const outputSpread = 0.75;

function generate(seed: number, seconds: number): Workload {
  const random = new SeededRandom(seed, "conversations");
  const requests: PlannedRequest[] = [];
  let block = 0;
  for (let atS = exponential(random, 1 / conversationsPerS); atS < seconds;) {
    const blocks: number[] = [0];
    let tokens = clipped(logNormal(random, firstMedianTokens, firstSpread));
    let turnS = atS;
    for (let isMore = true; isMore;) {
      while (blocks.length < Math.ceil(tokens / traceBlockTokens)) blocks.push(++block);
      requests.push({
        atMs: turnS * 1000,
        promptTokens: tokens,
        outputTokens: Math.ceil(logNormal(random, outputMedianTokens, outputSpread)),
        prefixBlocks: blocks.slice(0, Math.ceil(tokens / traceBlockTokens)),
      });
      const isFirst = turnS === atS;
      isMore = isFirst ? !random.chance(singleTurn) : random.chance(nextTurn);
      turnS += exponential(random, turnGapS);
      blocks.length = Math.max(1, Math.floor((tokens * keptShare) / traceBlockTokens));
      tokens = clipped(tokens + exponential(random, addedTokens));
    }
    atS += exponential(random, 1 / conversationsPerS);
  }
  return {
    name: "conversations",
    source: "generator after the Mooncake conversation trace",
    requests: requests.toSorted((a, b) => a.atMs - b.atMs),
  };
}

const clipped = (tokens: number): number => Math.min(promptTokensMax, Math.ceil(tokens));

const exponential = (random: SeededRandom, mean: number): number =>
  -mean * Math.log(1 - random.fraction());

function logNormal(random: SeededRandom, median: number, spread: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.fraction()));
  return median * Math.exp(spread * radius * Math.cos(2 * Math.PI * random.fraction()));
}
