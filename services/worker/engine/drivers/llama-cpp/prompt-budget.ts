// How many prompt tokens a step may compute, learnt from what steps took: a processor does ten a second of a large model
// and thousands of a small one, and a step is what a cancel waits for and what stands between two tokens of the others.

/** What the prompts of a step may take. */
const targetMs = 200;
const tokensMin = 16;
const tokensFirst = 32;

export class PromptBudget {
  readonly #tokensMax: number;
  #tokens = tokensFirst;

  constructor(tokensMax: number) {
    this.#tokensMax = tokensMax;
  }

  get tokens(): number {
    return this.#tokens;
  }

  /** A step with so many prompt tokens took so long. */
  learn(promptTokens: number, tookMs: number): void {
    // A few tokens say more about the decodes beside them.
    if (promptTokens < tokensMin) return;
    const fitting = (promptTokens * targetMs) / Math.max(tookMs, 0.1);
    const next = Math.min(fitting, this.#tokens * 2, this.#tokensMax);
    this.#tokens = Math.max(tokensMin, Math.floor(next));
  }
}
