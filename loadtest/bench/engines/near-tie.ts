// Where two greedy outputs part, and whether the model itself is undecided there. A sum of floats depends on the company in its
// batch, by a few units in the last place: that can turn a tie, and nothing else.

import { callEngine } from "#services/worker/engine/drivers/engine-call.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import { adapterNumber } from "./engine-house.ts";
import type { Ask, EngineHouse } from "./engine-house.ts";

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

/** A place where they part. */
export interface Difference {
  readonly adapter: number | undefined;
  readonly at: number;
  readonly expected: Token | undefined;
  readonly found: Token | undefined;
  /** The best choices of the server that is alone, there. */
  readonly choices: readonly Choice[];
  readonly isTie: boolean;
}

/** Asks the server that is alone for its two best choices at the first token that differs. */
export async function differenceOf(
  house: Pick<EngineHouse, "alone" | "weights">,
  { ask, expected, tokens }: Parting,
): Promise<Difference> {
  const most = Math.max(expected.length, tokens.length);
  const places = Array.from({ length: most }, (_, index) => index);
  const at = places.find((index) => expected[index] !== tokens[index]) ?? most;
  const adapter = adapterNumber(house, ask.adapterDigest);
  const body = JSON.stringify({
    prompt: [...ask.ids, ...expected.slice(0, at)],
    n_predict: 1,
    temperature: 0,
    n_probs: 2,
    cache_prompt: false,
    lora: house.weights.slice(1).map((_, id) => ({ id, scale: id === adapter ? 1 : 0 })),
  });
  const said = (await callEngine({
    url: `${house.alone.url}/completion`,
    method: "POST",
    body,
  })) as {
    /** Absent where the token is a part of a character: no choice is told there. */
    readonly completion_probabilities?: readonly { readonly top_logprobs: readonly Choice[] }[];
  };
  const choices = said.completion_probabilities?.[0]?.top_logprobs ?? [];
  const [first, second] = choices;
  const isThese = [expected[at], tokens[at]].every((token) =>
    choices.some(({ id }) => id === token),
  );
  const isClose =
    first !== undefined && second !== undefined && Math.abs(first.logprob - second.logprob) < tie;
  return {
    adapter,
    at,
    expected: expected[at],
    found: tokens[at],
    choices: choices.map(({ id, logprob }) => ({ id, logprob })),
    isTie: isThese && isClose,
  };
}
