// What a llama-server says when it has nothing else to do: the reference of every greedy text. One call that is no
// stream, nothing cached, in a server that nobody else uses.

import { callEngine } from "#services/worker/engine/drivers/engine-call.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import { completionBody } from "./completion-body.ts";
import { readCompletion } from "./completion-event.ts";

export interface SoloWish {
  readonly ids: readonly Token[];
  /** Index among the server's three adapters. Undefined: the base model. */
  readonly adapter: number | undefined;
  readonly outputTokensMax: number;
  readonly ignoreEos: boolean;
}

/** Without the end token. */
export async function soloRun(url: string, wish: SoloWish): Promise<readonly Token[]> {
  const body = completionBody({
    ...wish,
    slot: 0,
    adapterCount: 3,
    mayReuse: false,
    sampling: { temperature: 0 },
    outputIndex: 0,
    isStream: false,
  });
  const said = readCompletion(await callEngine({ url: `${url}/completion`, method: "POST", body }));
  if (said.kind !== "final") throw new Error("no end");
  return said.end === "eos" ? said.tokens.slice(0, -1) : said.tokens;
}
