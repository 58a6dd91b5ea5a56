// For tests: adapter files made to measure, right ones and wrong ones.

import type { ModelShape } from "#shared/model/model-shape.ts";

export const tinyShape: ModelShape = {
  architecture: "llama",
  layers: 2,
  width: 8,
  heads: 2,
  kvHeads: 1,
  headWidth: 4,
  feedForward: 16,
};

export interface MadeTensor {
  readonly name: string;
  readonly dtype: "F32" | "F16" | "BF16";
  readonly rows: number;
  readonly columns: number;
  readonly bytes: Buffer;
}

export function floats(count: number, valueOf: (index: number) => number): Buffer {
  const bytes = Buffer.alloc(4 * count);
  for (let index = 0; index < count; index++) bytes.writeFloatLE(valueOf(index), 4 * index);
  return bytes;
}

const small = (index: number): number => Math.sin(index) / 8;

const tensor = (name: string, rows: number, columns: number): MadeTensor => ({
  name,
  dtype: "F32",
  rows,
  columns,
  bytes: floats(rows * columns, small),
});

/** On the queries and the downward half of both layers. */
export const peftTensors = (rank: number = 2): readonly MadeTensor[] =>
  [0, 1].flatMap((layer) => {
    const at = `base_model.model.model.layers.${layer}`;
    return [
      tensor(`${at}.self_attn.q_proj.lora_A.weight`, rank, 8),
      tensor(`${at}.self_attn.q_proj.lora_B.weight`, 8, rank),
      tensor(`${at}.mlp.down_proj.lora_A.weight`, rank, 16),
      tensor(`${at}.mlp.down_proj.lora_B.weight`, 8, rank),
    ];
  });

export const ggufTensors = (rank: number = 2): readonly MadeTensor[] =>
  [0, 1].flatMap((layer) => [
    tensor(`blk.${layer}.attn_v.weight.lora_a`, rank, 8),
    tensor(`blk.${layer}.attn_v.weight.lora_b`, 4, rank),
  ]);

export type HeaderEntries = Record<string, unknown>;

export function headerOf(tensors: readonly MadeTensor[]): HeaderEntries {
  let at = 0;
  return Object.fromEntries(
    tensors.map(({ name, dtype, rows, columns, bytes }) => {
      const begin = at;
      at += bytes.length;
      return [name, { dtype, shape: [rows, columns], data_offsets: [begin, at] }];
    }),
  );
}

/** `json`: instead of what the tensors say. */
export function safetensors(
  tensors: readonly MadeTensor[] = peftTensors(),
  json: string = JSON.stringify(headerOf(tensors)),
): Buffer {
  const header = Buffer.from(json);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...tensors.map(({ bytes }) => bytes)]);
}

/** Text, or 32-bit float. */
export type Said = Readonly<Record<string, string | number>>;

export const ggufSaid: Said = {
  "general.architecture": "llama",
  "general.type": "adapter",
  "adapter.type": "lora",
  "adapter.lora.alpha": 16,
};

export interface GgufWish {
  readonly tensors?: readonly MadeTensor[];
  readonly said?: Said;
  /** Repeats the first entry. */
  readonly repeats?: boolean;
  readonly offset?: (offset: number, index: number) => number;
}

const whole = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const text = (value: string): Buffer =>
  Buffer.concat([whole(Buffer.byteLength(value)), Buffer.from(value)]);
const padded = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((32 - (bytes.length % 32)) % 32)]);
const ggufTypes = { F32: 0, F16: 1, BF16: 30 } as const;

export function gguf({
  tensors = ggufTensors(),
  said = ggufSaid,
  repeats = false,
  offset = (given) => given,
}: GgufWish = {}): Buffer {
  const entries = Object.entries(said);
  const all = repeats ? [...entries, ...entries.slice(0, 1)] : entries;
  const pieces = [Buffer.from("GGUF"), word(3), whole(tensors.length), whole(all.length)];
  for (const [key, value] of all) {
    pieces.push(text(key));
    if (typeof value === "string") pieces.push(word(8), text(value));
    else
      pieces.push(
        word(6),
        floats(1, () => value),
      );
  }
  let at = 0;
  for (const [index, made] of tensors.entries()) {
    pieces.push(text(made.name), word(2), whole(made.columns), whole(made.rows));
    pieces.push(word(ggufTypes[made.dtype]), whole(offset(at, index)));
    at += padded(made.bytes).length;
  }
  return Buffer.concat([
    padded(Buffer.concat(pieces)),
    ...tensors.map(({ bytes }) => padded(bytes)),
  ]);
}
