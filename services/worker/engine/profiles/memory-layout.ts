// What a model's weights and KV take on each GPU of a replica, from its shape: arithmetic, and no table.

export type WeightType = "bfloat16" | "float16" | "fp8" | "int4";

export interface MemoryLayout {
  readonly shape: ModelShape;
  readonly weights: WeightType;
  /** Of one GPU, as its driver reports it. */
  readonly hbmBytes: number;
  readonly weightBytesPerGpu: number;
  /** Keys and values of a token in 16 bits, on each GPU of the replica. */
  readonly kvBytesPerTokenPerGpu: number;
  /** Of one sequence, by the model: a replica without room for that is none. */
  readonly contextTokens: number;
}

export interface ModelShape {
  readonly parameters: number;
  /** Of those, embedding and output head: kept in 16 bits whatever the rest is in. */
  readonly wideParameters: number;
  readonly layers: number;
  /** Of queries. */
  readonly heads: number;
  /** Of keys and values: fewer than query heads where these share them. */
  readonly kvHeads: number;
  readonly headDim: number;
  readonly contextTokens: number;
}

/** H100 SXM as its driver reports it. */
export const h100Bytes = 85.5e9;

const wideBytes = 2;
/** Of a weight that is not wide. INT4 with a 16-bit scale and a zero point for each 128. */
const weightBytes: Readonly<Record<WeightType, number>> = {
  bfloat16: 2,
  float16: 2,
  fp8: 1,
  int4: 0.52,
};

export function layoutOf(
  shape: ModelShape,
  { gpus, weights, hbmBytes }: { gpus: number; weights: WeightType; hbmBytes: number },
): MemoryLayout {
  const { parameters, wideParameters, layers, kvHeads, headDim, contextTokens } = shape;
  const narrowBytes = (parameters - wideParameters) * weightBytes[weights];
  return {
    shape,
    weights,
    hbmBytes,
    weightBytesPerGpu: (narrowBytes + wideParameters * wideBytes) / gpus,
    kvBytesPerTokenPerGpu: (2 * layers * kvHeads * headDim * wideBytes) / gpus,
    contextTokens,
  };
}

// Parameters as the model cards say; the wide ones are vocabulary × width, twice where the head is not the embedding.
export const llama3Of8B: ModelShape = {
  parameters: 8.03e9,
  wideParameters: 2 * 128_256 * 4096,
  layers: 32,
  heads: 32,
  kvHeads: 8,
  headDim: 128,
  contextTokens: 131_072,
};
export const llama3Of70B: ModelShape = {
  parameters: 70.55e9,
  wideParameters: 2 * 128_256 * 8192,
  layers: 80,
  heads: 64,
  kvHeads: 8,
  headDim: 128,
  contextTokens: 131_072,
};
export const qwen25Of72B: ModelShape = {
  parameters: 72.7e9,
  wideParameters: 2 * 152_064 * 8192,
  layers: 80,
  heads: 64,
  kvHeads: 8,
  headDim: 128,
  contextTokens: 32_768,
};
export const qwen3Of32B: ModelShape = {
  parameters: 32.76e9,
  wideParameters: 2 * 151_936 * 5120,
  layers: 64,
  heads: 64,
  kvHeads: 8,
  headDim: 128,
  contextTokens: 32_768,
};
export const llama2Of7B: ModelShape = {
  parameters: 6.74e9,
  wideParameters: 2 * 32_000 * 4096,
  layers: 32,
  heads: 32,
  kvHeads: 32,
  headDim: 128,
  contextTokens: 4096,
};
