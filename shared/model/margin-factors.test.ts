import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { MarginFactor, ShapeFigures } from "./margin-factors.ts";
import { addFigures, decompose, lossOf, marginFactors, noFigures } from "./margin-factors.ts";

const amount = fc.bigInt({ min: 0n, max: 10n ** 18n });
const tokens = fc.bigInt({ min: 0n, max: 2n ** 53n });

const anyFigures = fc
  .record({
    requests: tokens,
    promptTokens: tokens,
    cachedPerMille: fc.bigInt({ min: 0n, max: 1000n }),
    outputTokens: tokens,
    prefill: amount,
    decode: amount,
    adapter: amount,
    recompute: amount,
    allocated: amount,
    load: amount,
    inputRevenue: amount,
    outputRevenue: amount,
    adapterRevenue: amount,
    otherRevenue: amount,
  })
  .map(({ cachedPerMille, ...figures }): ShapeFigures => ({
    ...figures,
    cachedTokens: (figures.promptTokens * cachedPerMille) / 1000n,
  }));

test("the factors of any shape among any others add up to its loss, and are the same each time", () => {
  fc.assert(
    fc.property(fc.array(anyFigures, { minLength: 1, maxLength: 5 }), (all) => {
      const peers = all.reduce(addFigures, noFigures);
      for (const own of all) {
        const amounts = decompose(own, peers);
        const sum = marginFactors.reduce((whole, factor) => whole + amounts[factor], 0n);
        assert.equal(sum, lossOf(own));
        assert.deepEqual(decompose(own, peers), amounts);
      }
    }),
  );
});

/** A shape that just pays for itself, in a pool of many like it. */
const fair = fc
  .record({
    requests: fc.bigInt({ min: 10n, max: 10_000n }),
    prompt: fc.bigInt({ min: 100n, max: 2000n }),
    output: fc.bigInt({ min: 100n, max: 1000n }),
    perPrompt: fc.bigInt({ min: 1000n, max: 100_000n }),
    perOutput: fc.bigInt({ min: 10_000n, max: 1_000_000n }),
  })
  .map(({ requests, prompt, output, perPrompt, perOutput }): ShapeFigures => {
    const promptTokens = requests * prompt;
    const cachedTokens = promptTokens / 2n;
    const prefill = (promptTokens - cachedTokens) * perPrompt;
    const decode = requests * output * perOutput;
    return {
      ...noFigures,
      requests,
      promptTokens,
      cachedTokens,
      outputTokens: requests * output,
      prefill,
      decode,
      allocated: (prefill + decode) / 4n,
      inputRevenue: (prefill * 5n) / 4n,
      outputRevenue: (decode * 5n) / 4n,
    };
  });

const grow = fc.bigInt({ min: 3n, max: 20n });

/** One thing is worse, and what follows from it; all else is as it was. */
const worsened: Readonly<Record<MarginFactor, (own: ShapeFigures, by: bigint) => ShapeFigures>> = {
  // A prompt's attention grows with its square, its price with its length.
  "long-prefill": (own, by) => ({
    ...own,
    promptTokens: own.promptTokens * by,
    cachedTokens: own.cachedTokens * by,
    prefill: own.prefill * by * by,
    inputRevenue: own.inputRevenue * by,
  }),
  "low-cache-use": (own) => ({ ...own, cachedTokens: 0n, prefill: own.prefill * 2n }),
  "low-batchability": (own, by) => ({ ...own, decode: own.decode * by }),
  recompute: (own, by) => ({ ...own, recompute: (own.prefill + own.decode) * by }),
  "adapter-thrash": (own, by) => ({ ...own, load: (own.prefill + own.decode) * by }),
  "idle-allocation": (own, by) => ({ ...own, allocated: (own.prefill + own.decode) * by }),
  "price-too-low": (own, by) => ({
    ...own,
    inputRevenue: own.inputRevenue / (by * 2n),
    outputRevenue: own.outputRevenue / (by * 2n),
  }),
};

for (const factor of marginFactors) {
  test(`a shape that is worse in one thing is told that one first: ${factor}`, () => {
    fc.assert(
      fc.property(fair, grow, (own, by) => {
        const worse = worsened[factor](own, by);
        const others = Array.from({ length: 9 }, () => own).reduce(addFigures, noFigures);
        const amounts = decompose(worse, addFigures(others, worse));
        const top = marginFactors.toSorted((a, b) => (amounts[a] > amounts[b] ? -1 : 1))[0];
        assert.equal(
          top,
          factor,
          JSON.stringify(amounts, (_, one) => String(one)),
        );
        assert.ok(amounts[factor] > 0n);
      }),
    );
  });
}

test("a shape alone among its peers is only as bad as its price, its idle time and what nobody is billed for", () => {
  const own: ShapeFigures = {
    ...noFigures,
    requests: 10n,
    promptTokens: 10_000n,
    outputTokens: 100n,
    prefill: 1000n,
    decode: 500n,
    recompute: 300n,
    allocated: 1800n,
    inputRevenue: 400n,
    outputRevenue: 500n,
  };
  assert.deepEqual(decompose(own, own), {
    "long-prefill": 0n,
    "low-cache-use": 0n,
    "low-batchability": 0n,
    recompute: 600n,
    "adapter-thrash": 0n,
    "idle-allocation": 1500n,
    "price-too-low": 600n,
  });
});
