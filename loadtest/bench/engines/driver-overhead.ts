// What the driver costs: tokens a second at the worker's port, and of a client that talks to the same server itself, in
// turns in the same run.

import { setTimeout as sleep } from "node:timers/promises";
import { EventReader } from "#services/worker/engine/drivers/event-stream.ts";
import { streamEngine } from "#services/worker/engine/drivers/engine-call.ts";
import { baseModel } from "#shared/model/ids.ts";
import { promptOf, runFor, tenants } from "./engine-house.ts";
import type { Ask, EngineHouse } from "./engine-house.ts";
import type { EnginePort } from "./engine-port.ts";

export interface OverheadRow {
  readonly streams: number;
  readonly direct_tokens_per_s: number;
  readonly driver_tokens_per_s: number;
  /** Median of the turns' own ratios: what else the machine does changes from turn to turn. */
  readonly ratio: number;
  readonly ratio_range: readonly [number, number];
}

const promptTokens = 64;
const outputTokensMax = 100;
/** The first half second of each turn is not counted: connections, and code that is not compiled yet. */
const warmMs = 500;

export interface OverheadWish {
  readonly streams: number;
  readonly turnMs: number;
  readonly turns: number;
}

export async function measureOverhead(
  { server }: EngineHouse,
  port: EnginePort,
  { streams, turnMs, turns }: OverheadWish,
): Promise<OverheadRow> {
  const direct: number[] = [];
  const driven: number[] = [];
  let directTokens = 0;
  const askDirectly = (number: number): Promise<void> => {
    const reader = new EventReader((data) => {
      // As little as a client can do: it must at least read what came.
      const { tokens, stop } = JSON.parse(data) as { tokens: readonly number[]; stop: boolean };
      if (!stop) directTokens += tokens.length;
    });
    const body = JSON.stringify({
      prompt: promptOf(number, promptTokens),
      stream: true,
      return_tokens: true,
      n_predict: outputTokensMax,
      temperature: 0,
      ignore_eos: true,
      cache_prompt: false,
      lora: [0, 1, 2].map((id) => ({ id, scale: 0 })),
    });
    const ears = { onOpen: () => undefined, onText: (text: string) => reader.read(text) };
    return streamEngine({ url: `${server.url}/completion`, method: "POST", body }, ears);
  };
  for (let turn = 0; turn < turns; turn++) {
    const rate = { streams, turnMs };
    const measures = [
      async () => direct.push(await rateOf(rate, () => directTokens, askDirectly)),
      async () =>
        driven.push(await rateOf(rate, port.tokens, (number) => port.run(runFor(askOf(number))))),
    ];
    // Each of them first in every other turn.
    for (const measure of turn % 2 === 0 ? measures : measures.toReversed()) await measure();
  }
  const ratios = driven.map((rate, turn) => rate / (direct[turn] ?? rate));
  return {
    streams,
    direct_tokens_per_s: Math.round(median(direct)),
    driver_tokens_per_s: Math.round(median(driven)),
    ratio: rounded(median(ratios)),
    ratio_range: [rounded(Math.min(...ratios)), rounded(Math.max(...ratios))],
  };
}

const rounded = (value: number): number => Number(value.toFixed(3));

let asked = 0;

async function rateOf(
  { streams, turnMs }: { readonly streams: number; readonly turnMs: number },
  tokens: () => number,
  ask: (number: number) => Promise<unknown>,
): Promise<number> {
  const over = new AbortController();
  const client = async (): Promise<void> => {
    while (!over.signal.aborted) await ask(asked++);
  };
  const clients = Promise.all(Array.from({ length: streams }, client));
  await sleep(warmMs);
  const [fromMs, from] = [performance.now(), tokens()];
  await sleep(turnMs);
  const rate = ((tokens() - from) * 1000) / (performance.now() - fromMs);
  over.abort();
  await clients;
  return rate;
}

const askOf = (number: number): Ask => ({
  tenant: tenants[number % tenants.length] ?? ("" as Ask["tenant"]),
  adapterDigest: baseModel,
  ids: promptOf(number, promptTokens),
  outputTokensMax,
});

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
