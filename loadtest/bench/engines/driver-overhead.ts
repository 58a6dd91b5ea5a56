// What the driver costs: tokens a second at the worker's port, and of a client that talks to the same server itself, in
// turns in the same run.

import { EventReader } from "#services/worker/engine/drivers/event-stream.ts";
import { streamEngine } from "#services/worker/engine/drivers/engine-call.ts";
import { baseModel } from "#shared/model/ids.ts";
import { promptOf, runFor, tenants } from "./engine-house.ts";
import type { Ask, EngineHouse } from "./engine-house.ts";
import type { EnginePort } from "./engine-port.ts";
import { inTurns } from "./in-turns.ts";
import type { TurnsWish, Way } from "./in-turns.ts";

export interface OverheadRow {
  readonly streams: number;
  readonly direct_tokens_per_s: number;
  readonly driver_tokens_per_s: number;
  readonly ratio: number;
  readonly ratio_range: readonly [number, number];
}

const promptTokens = 64;
const outputTokensMax = 100;
export async function measureOverhead(
  house: EngineHouse,
  port: EnginePort,
  wish: TurnsWish,
): Promise<OverheadRow> {
  const driven: Way = {
    units: port.tokens,
    tokensPerUnit: () => 1,
    ask: (number) => port.run(runFor(askOf(number))),
  };
  const { direct, through, ...ratios } = await inTurns(directly(house), driven, wish);
  const rates = { direct_tokens_per_s: direct, driver_tokens_per_s: through };
  return { streams: wish.streams, ...rates, ...ratios };
}

function directly({ server }: EngineHouse): Way {
  let tokens = 0;
  const ask = (number: number): Promise<void> => {
    const reader = new EventReader((data) => {
      // As little as a client can do: it must at least read what came.
      const said = JSON.parse(data) as { tokens: readonly number[]; stop: boolean };
      if (!said.stop) tokens += said.tokens.length;
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
  return { units: () => tokens, tokensPerUnit: () => 1, ask };
}

const askOf = (number: number): Ask => ({
  tenant: tenants[number % tenants.length] ?? ("" as Ask["tenant"]),
  adapterDigest: baseModel,
  ids: promptOf(number, promptTokens),
  outputTokensMax,
});
