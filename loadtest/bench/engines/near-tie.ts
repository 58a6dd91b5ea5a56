// Whether two greedy outputs part where the model itself is undecided. A sum of floats depends on the company in its
// batch, by a few units in the last place: that can turn a tie, and nothing else.

import { callEngine } from "#services/worker/engine/drivers/engine-call.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import { adapterNumber, weights } from "./engine-house.ts";
import type { Ask } from "./engine-house.ts";

/** Log-probabilities as close as this are equal to a batch of another size. */
const tie = 1e-3;

interface Parting {
  readonly ask: Ask;
  readonly expected: readonly Token[];
  readonly tokens: readonly Token[];
}

interface Choice {
  readonly id: number;
  readonly logprob: number;
}

/** Asks the server that is alone for its two best choices at the first token that differs. */
export async function nearTie(url: string, { ask, expected, tokens }: Parting): Promise<boolean> {
  const at = expected.findIndex((token, index) => token !== tokens[index]);
  if (at < 0 || tokens.length !== expected.length) return false;
  const adapter = adapterNumber(ask.adapterDigest);
  const body = JSON.stringify({
    prompt: [...ask.ids, ...expected.slice(0, at)],
    n_predict: 1,
    temperature: 0,
    n_probs: 2,
    cache_prompt: false,
    lora: weights.slice(1).map((_, id) => ({ id, scale: id === adapter ? 1 : 0 })),
  });
  const said = (await callEngine({ url: `${url}/completion`, method: "POST", body })) as {
    readonly completion_probabilities: readonly { readonly top_logprobs: readonly Choice[] }[];
  };
  const [first, second] = said.completion_probabilities[0]?.top_logprobs ?? [];
  if (first === undefined || second === undefined) return false;
  const isThese =
    [first.id, second.id].includes(expected[at] ?? -1) &&
    [first.id, second.id].includes(tokens[at] ?? -1);
  return isThese && Math.abs(first.logprob - second.logprob) < tie;
}
