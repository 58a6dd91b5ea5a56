// What the whole platform costs: tokens a second of streamed completions in OpenAI's dialect, asked of the llama-server itself
// and of the platform before it, by the same client, in turns in the same run.

import { Agent } from "node:http";
import { streamCompletion } from "#loadtest/load/stream-client.ts";
import { cpuSeconds } from "#loadtest/bench/overhead/child-process.ts";
import type { BenchPlatform } from "./bench-platform.ts";
import { keyOf, platformModel } from "./bench-platform.ts";
import { tenants } from "./engine-house.ts";
import type { EngineHouse } from "./engine-house.ts";
import { inTurns } from "./in-turns.ts";
import type { TurnsWish, Way } from "./in-turns.ts";

export interface PlatformRow {
  readonly streams: number;
  readonly direct_tokens_per_s: number;
  readonly platform_tokens_per_s: number;
  readonly ratio: number;
  readonly ratio_range: readonly [number, number];
  readonly prompt_tokens: number;
  readonly output_tokens: number;
  /** Of the platform's process, all its threads, over all turns. */
  readonly platform_cpu_us_per_token: number;
}

const outputTokensMax = 100;
/** Words of the tiny vocabulary, after a number that no other prompt begins with: nobody finds anything cached. */
const words = " zon gos mod".repeat(18);
const patienceMs = 120_000;

export async function measurePlatform(
  { server }: EngineHouse,
  platform: BenchPlatform,
  wish: TurnsWish,
): Promise<PlatformRow> {
  const plain = { max_tokens: outputTokensMax, temperature: 0, ignore_eos: true, stream: true };
  const terms = { ...plain, stream_options: { include_usage: true } };
  const directly = new CompletionWay(server.url, (number) => ({
    key: "",
    body: {
      ...terms,
      prompt: promptOf(number),
      cache_prompt: false,
      lora: [0, 1, 2].map((id) => ({ id, scale: 0 })),
    },
  }));
  const through = new CompletionWay(platform.url, (number) => ({
    key: keyOf(tenants[number % tenants.length] ?? ""),
    body: { ...terms, prompt: promptOf(number), model: platformModel },
  }));
  const cpuBefore = cpuSeconds(platform.pid);
  const turns = await inTurns(directly, through, wish);
  const cpuUs = (cpuSeconds(platform.pid) - cpuBefore) * 1e6;
  return {
    streams: wish.streams,
    direct_tokens_per_s: turns.direct,
    platform_tokens_per_s: turns.through,
    ratio: turns.ratio,
    ratio_range: turns.ratio_range,
    prompt_tokens: through.promptTokens,
    output_tokens: outputTokensMax,
    platform_cpu_us_per_token: Math.round(cpuUs / through.finishedTokens),
  };
}

const promptOf = (number: number): string => `${number.toString().padStart(8, "0")}${words}`;

interface Asked {
  readonly key: string;
  readonly body: object;
}

/** Text is counted as it comes, and made tokens by what finished answers say of themselves: a chunk may hold several. */
class CompletionWay implements Way {
  readonly #url: URL;
  readonly #asked: (number: number) => Asked;
  /** One call a connection: a llama-server resets the next one on it. The same for both. */
  readonly #agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
  #letters = 0;
  #finishedLetters = 0;
  finishedTokens = 0;
  promptTokens = 0;

  constructor(url: string, asked: (number: number) => Asked) {
    this.#url = new URL(`${url}/v1/completions`);
    this.#asked = asked;
  }

  readonly units = (): number => this.#letters;
  readonly tokensPerUnit = (): number => this.finishedTokens / this.#finishedLetters;

  readonly ask = async (number: number): Promise<void> => {
    const { key, body } = this.#asked(number);
    let letters = 0;
    const outcome = await streamCompletion({
      url: this.#url,
      agent: this.#agent,
      key,
      body: JSON.stringify(body),
      timeoutMs: patienceMs,
      onText: (text) => {
        letters += text.length;
        this.#letters += text.length;
      },
    });
    if (outcome.kind !== "completed" || outcome.outputTokens !== outputTokensMax) {
      throw new Error(`${this.#url.origin}: ${JSON.stringify(outcome)}`);
    }
    this.promptTokens = outcome.promptTokens;
    this.#finishedLetters += letters;
    this.finishedTokens += outcome.outputTokens;
  };
}
