// The shape of a model behind a real engine, as its operator gives it: no engine tells all of it, and without it nobody knows how
// much arithmetic a token is.

export interface ServedModelShape {
  /** All of them; of a mixture of experts, those that a token passes. */
  readonly parameters: number;
  /** Of those, embedding and output head together: twice vocabulary × width. */
  readonly wideParameters: number;
  readonly layers: number;
  /** Of queries. */
  readonly heads: number;
  readonly headDim: number;
  /** What its weights are multiplied in: of 4-bit weights, bfloat16. */
  readonly arithmetic: "bfloat16" | "fp8";
}
