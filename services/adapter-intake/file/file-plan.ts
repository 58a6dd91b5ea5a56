// What a file's header promises of the rest of it: which tensors, where, and nothing between them. Law: every byte behind
// the header belongs to exactly one tensor, or is padding that the format demands.

import { Flaw } from "./flaw.ts";

export type Dtype = "F32" | "F16" | "BF16";

export const dtypeBytes: Readonly<Record<Dtype, number>> = { F32: 4, F16: 2, BF16: 2 };

export interface FileTensor {
  readonly name: string;
  readonly dtype: Dtype;
  /** Rows, columns: the last is contiguous, whatever the format's own order. */
  readonly rows: number;
  readonly columns: number;
  /** From the first byte behind the header. */
  readonly begin: number;
  readonly end: number;
}

export interface FilePlan {
  readonly format: "safetensors" | "gguf";
  readonly headerBytes: number;
  /** In the order of their bytes. */
  readonly tensors: readonly FileTensor[];
  /** What a GGUF says of itself. */
  readonly said: ReadonlyMap<string, string | number>;
  /** Bytes are padded to multiples of this. */
  readonly alignment: number;
}

/** Larger than any matrix that is served. */
const sideMax = 2 ** 24;

export function sizeOf(
  name: string,
  dtype: Dtype,
  { rows, columns }: Pick<FileTensor, "rows" | "columns">,
): number {
  for (const side of [rows, columns]) {
    if (!(side >= 1 && side <= sideMax)) {
      throw new Flaw("bad_shape", `A side of a tensor is ${side}; 1 to ${sideMax} can be.`, name);
    }
  }
  return rows * columns * dtypeBytes[dtype];
}

export const aligned = (at: number, alignment: number): number =>
  Math.ceil(at / alignment) * alignment;

/** In order, one behind the other, but for the padding. */
export function inOrder(tensors: readonly FileTensor[], alignment: number): readonly FileTensor[] {
  const ordered = tensors.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of ordered) {
    const expected = aligned(at, alignment);
    if (begin < at) {
      throw new Flaw("bad_offsets", "The bytes of two tensors overlap.", name);
    }
    if (begin !== expected) {
      throw new Flaw("bad_offsets", `Bytes ${expected} to ${begin} belong to no tensor.`, name);
    }
    at = end;
  }
  return ordered;
}

export const payloadBytes = ({ tensors }: FilePlan): number => tensors.at(-1)?.end ?? 0;

export const tensorsMax = 4_096;
