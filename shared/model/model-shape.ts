// The sizes of a model that decide whether an adapter fits it, and nothing else of it.

export interface ModelShape {
  /** As GGUF names it: `llama`, `qwen2`, … */
  readonly architecture: string;
  readonly layers: number;
  /** Of the hidden state. */
  readonly width: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** Of one head. */
  readonly headWidth: number;
  /** Inside the feed-forward part. */
  readonly feedForward: number;
}

/** The linear parts of a layer that an adapter may change, as PEFT names them. */
export const adaptedModules = [
  "q_proj",
  "k_proj",
  "v_proj",
  "o_proj",
  "gate_proj",
  "up_proj",
  "down_proj",
] as const;

export type AdaptedModule = (typeof adaptedModules)[number];

export interface ModuleSize {
  readonly inputs: number;
  readonly outputs: number;
}

export function moduleSize(shape: ModelShape, module: AdaptedModule): ModuleSize {
  const { width, heads, kvHeads, headWidth, feedForward } = shape;
  switch (module) {
    case "q_proj":
      return { inputs: width, outputs: heads * headWidth };
    case "k_proj":
    case "v_proj":
      return { inputs: width, outputs: kvHeads * headWidth };
    case "o_proj":
      return { inputs: heads * headWidth, outputs: width };
    case "gate_proj":
    case "up_proj":
      return { inputs: width, outputs: feedForward };
    case "down_proj":
      return { inputs: feedForward, outputs: width };
    default:
      return module satisfies never;
  }
}
