// How many tokens a step takes, decodes and prefill chunks together. Law: a budget is whole tiles, since one token past
// a tile costs FP8 half a step more (notes on the step table in `profiles.ts`); filling up to a tile is nearly free.

/** In whole tiles; but every running sequence can decode in one step. */
export function stepBudget(
  { stepTokensMax, decodes }: { readonly stepTokensMax: number; readonly decodes: number },
  alignTokens: number,
): number {
  const whole = stepTokensMax - (stepTokensMax % alignTokens);
  return whole === 0 || decodes > whole ? stepTokensMax : whole;
}

/** Prefill tokens that are better left to the next step: those that would just begin another tile. */
export function overTile(
  { decodes, prefillTokens }: { readonly decodes: number; readonly prefillTokens: number },
  alignTokens: number,
): number {
  const over = (decodes + prefillTokens) % alignTokens;
  // At most a quarter of a tile, else the tile is worth its price, and a quarter of the chunks, so that no prompt crawls.
  return over * 4 <= Math.min(prefillTokens, alignTokens) ? over : 0;
}
