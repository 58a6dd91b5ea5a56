// How many floating-point operations a model's arithmetic takes, from its shape alone: the numerator of MFU as it is usually
// defined (Chowdhery et al. 2022, PaLM, appendix B: two for each weight that a token passes, and attention beside them).
// What an engine computes more often than it must, or in padding, is not in it; nor are norms, softmax and sampling.

/** What of a model decides that. */
export interface ArithmeticShape {
  readonly parameters: number;
  /** Of those, embedding and output head, which are of one size: rows of the one are looked up, the other is passed by what is sampled. */
  readonly wideParameters: number;
  readonly layers: number;
  /** Of queries. */
  readonly heads: number;
  readonly headDim: number;
}

export interface ModelFlops {
  /** Through the layers, without attention. */
  readonly perToken: number;
  /** Through the output head: only of a token that another follows. */
  readonly perOutput: number;
  /** Attention of one token to one. */
  readonly perPair: number;
}

export const modelFlops = ({
  parameters,
  wideParameters,
  layers,
  heads,
  headDim,
}: ArithmeticShape): ModelFlops => ({
  perToken: 2 * (parameters - wideParameters),
  perOutput: wideParameters,
  // Scores, then the weighted sum: a multiplication and an addition in each.
  perPair: 4 * layers * heads * headDim,
});

/** Tokens computed, outputs sampled, and pairs of a token and one that it attends to. */
export const flopsOf = (
  { perToken, perOutput, perPair }: ModelFlops,
  { tokens, outputs, pairs }: { tokens: number; outputs: number; pairs: number },
): number => perToken * tokens + perOutput * outputs + perPair * pairs;
