// Models of random weights and LoRA adapters for them, small enough to be written in a moment and run on any
// processor: a real engine can be driven by tests without a download. What they say is meaningless, mostly printable
// syllables; an invalid byte now and then shows how a stream splits characters.

import { basename } from "node:path";
import type { Metadata, Tensor } from "./gguf-file.ts";
import { writeGguf } from "./gguf-file.ts";
import { normalNumbers } from "./seeded-numbers.ts";
import { specialIds, tinyVocabulary, tokenTypes } from "./tiny-vocabulary.ts";

export interface ModelShape {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly feedForward: number;
}

export const tinyShape: ModelShape = {
  width: 64,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  feedForward: 128,
};
/** 5.25 million parameters: slower steps. */
export const smallShape: ModelShape = {
  width: 256,
  layers: 6,
  heads: 8,
  kvHeads: 4,
  feedForward: 768,
};

/** 25 million parameters: a token takes long enough for what stands before the engine to count as little as it does before a real model. */
export const mediumShape: ModelShape = {
  width: 512,
  layers: 8,
  heads: 8,
  kvHeads: 4,
  feedForward: 1536,
};

export const trainedContextTokens = 4096;
/** Logits of the end tokens: it stops by itself after tens to hundreds of tokens, or practically never. */
export const stopsByItself = -1;
export const neverStops = -8;
/** Logits of single bytes: one that is no text now and then, or practically none. */
export const brokenCharacters = -8;
export const wholeCharacters = -40;
/** Hidden channel 0 has this value in every layer, so that column 0 of the output matrix is a bias per token. */
const constantChannel = 2;

const chatTemplate =
  "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}" +
  "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

export interface ModelWish {
  readonly shape: ModelShape;
  readonly endBias: number;
  readonly byteBias?: number;
  readonly seed?: number;
}

export function writeModel(
  file: string,
  { shape, endBias, byteBias = brokenCharacters, seed = 1 }: ModelWish,
): void {
  const draw = normalNumbers(seed);
  const { width, layers, heads, kvHeads, feedForward } = shape;
  const kvWidth = (kvHeads * width) / heads;
  const scale = 1 / Math.sqrt(width);
  const tensors: Tensor[] = [];
  // All tensors draw from one stream of numbers, so their order matters.
  const random = (
    name: string,
    sizes: readonly [number, number],
    deviation: number,
  ): Float32Array => {
    const data = Float32Array.from({ length: sizes[0] * sizes[1] }, () => draw() * deviation);
    tensors.push({ name, sizes, data });
    return data;
  };
  const ones = (name: string): void => {
    tensors.push({ name, sizes: [width], data: new Float32Array(width).fill(1) });
  };
  const vocabulary = tinyVocabulary();
  const tokens = vocabulary.tokens.length;
  const embedding = random("token_embd.weight", [width, tokens], 1);
  for (let id = 0; id < tokens; id++) embedding[id * width] = constantChannel;
  for (let layer = 0; layer < layers; layer++) {
    const at = `blk.${layer}.`;
    ones(`${at}attn_norm.weight`);
    random(`${at}attn_q.weight`, [width, width], scale * 1.5);
    random(`${at}attn_k.weight`, [width, kvWidth], scale * 1.5);
    random(`${at}attn_v.weight`, [width, kvWidth], scale * 2);
    random(`${at}attn_output.weight`, [width, width], scale * 2).fill(0, 0, width);
    ones(`${at}ffn_norm.weight`);
    random(`${at}ffn_gate.weight`, [width, feedForward], scale * 2);
    random(`${at}ffn_up.weight`, [width, feedForward], scale * 2);
    random(`${at}ffn_down.weight`, [feedForward, width], 2 / Math.sqrt(feedForward)).fill(
      0,
      0,
      feedForward,
    );
  }
  ones("output_norm.weight");
  const output = random("output.weight", [width, tokens], 2.2 / Math.sqrt(width));
  vocabulary.types.forEach((type, id) => {
    const isEnd = id === specialIds.end || id === specialIds.endOfTurn;
    output[id * width] = isEnd ? endBias : type === tokenTypes.normal ? 0 : byteBias;
  });
  writeGguf(file, modelMetadata(basename(file, ".gguf"), shape), tensors);
}

function modelMetadata(name: string, shape: ModelShape): readonly Metadata[] {
  const { width, layers, heads, kvHeads, feedForward } = shape;
  const { tokens, scores, types } = tinyVocabulary();
  const whole = (key: string, value: number): Metadata => ({ key, type: "uint32", value });
  const text = (key: string, value: string): Metadata => ({ key, type: "string", value });
  const yes = (key: string): Metadata => ({ key, type: "bool", value: true });
  return [
    text("general.architecture", "llama"),
    text("general.name", name),
    whole("general.file_type", 0),
    whole("llama.vocab_size", tokens.length),
    whole("llama.context_length", trainedContextTokens),
    whole("llama.embedding_length", width),
    whole("llama.block_count", layers),
    whole("llama.feed_forward_length", feedForward),
    whole("llama.rope.dimension_count", width / heads),
    whole("llama.attention.head_count", heads),
    whole("llama.attention.head_count_kv", kvHeads),
    { key: "llama.attention.layer_norm_rms_epsilon", type: "float32", value: 1e-5 },
    { key: "llama.rope.freq_base", type: "float32", value: 10_000 },
    text("tokenizer.ggml.model", "llama"),
    text("tokenizer.ggml.pre", "default"),
    { key: "tokenizer.ggml.tokens", type: "strings", value: tokens },
    { key: "tokenizer.ggml.scores", type: "float32s", value: scores },
    { key: "tokenizer.ggml.token_type", type: "int32s", value: types },
    whole("tokenizer.ggml.bos_token_id", specialIds.begin),
    whole("tokenizer.ggml.eos_token_id", specialIds.end),
    whole("tokenizer.ggml.eot_token_id", specialIds.endOfTurn),
    whole("tokenizer.ggml.unknown_token_id", specialIds.unknown),
    yes("tokenizer.ggml.add_bos_token"),
    yes("tokenizer.ggml.add_space_prefix"),
    text("tokenizer.chat_template", chatTemplate),
  ];
}

const loraRank = 8;
const loraAlpha = 16;
/** Strong enough to change what the model says at once. */
const loraDeviation = 0.6;

/** On the queries, the values and the upward half of each layer. */
export function writeLora(file: string, shape: ModelShape, seed: number): void {
  const { width, layers, heads, kvHeads, feedForward } = shape;
  const draw = normalNumbers(seed);
  const tensors: Tensor[] = [];
  const addPair = (name: string, outputWidth: number): void => {
    const down = Float32Array.from(
      { length: width * loraRank },
      () => (draw() * loraDeviation) / Math.sqrt(width),
    );
    const up = Float32Array.from({ length: loraRank * outputWidth }, () => draw() * loraDeviation);
    tensors.push(
      { name: `${name}.lora_a`, sizes: [width, loraRank], data: down },
      { name: `${name}.lora_b`, sizes: [loraRank, outputWidth], data: up },
    );
  };
  for (let layer = 0; layer < layers; layer++) {
    addPair(`blk.${layer}.attn_q.weight`, width);
    addPair(`blk.${layer}.attn_v.weight`, (kvHeads * width) / heads);
    addPair(`blk.${layer}.ffn_up.weight`, feedForward);
  }
  writeGguf(
    file,
    [
      { key: "general.architecture", type: "string", value: "llama" },
      { key: "general.type", type: "string", value: "adapter" },
      { key: "general.name", type: "string", value: basename(file, ".gguf") },
      { key: "adapter.type", type: "string", value: "lora" },
      { key: "adapter.lora.alpha", type: "float32", value: loraAlpha },
    ],
    tensors,
  );
}
