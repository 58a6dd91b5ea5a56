// Writes one GGUF v3 file: metadata, then tensors of 32-bit floats. What a real engine reads as a model or an adapter.

import { writeFileSync } from "node:fs";

const version = 3;
const alignmentBytes = 32;
const typeNumbers = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const;
const floatTensor = 0;

export type Metadata =
  | { readonly key: string; readonly type: "uint32" | "int32" | "float32"; readonly value: number }
  | { readonly key: string; readonly type: "bool"; readonly value: boolean }
  | { readonly key: string; readonly type: "string"; readonly value: string }
  | { readonly key: string; readonly type: "strings"; readonly value: readonly string[] }
  | {
      readonly key: string;
      readonly type: "int32s" | "float32s";
      readonly value: readonly number[];
    };

export interface Tensor {
  readonly name: string;
  /** The fastest first. */
  readonly sizes: readonly number[];
  readonly data: Float32Array;
}

/** Bytes in order, little-endian. */
class Bytes {
  readonly #pieces: Buffer[] = [];
  #length = 0;

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  number(type: "uint32" | "int32" | "float32", value: number): void {
    const piece = Buffer.alloc(4);
    if (type === "uint32") piece.writeUInt32LE(value);
    else if (type === "int32") piece.writeInt32LE(value);
    else piece.writeFloatLE(value);
    this.add(piece);
  }

  count(value: number): void {
    const piece = Buffer.alloc(8);
    piece.writeBigUInt64LE(BigInt(value));
    this.add(piece);
  }

  text(value: string): void {
    const piece = Buffer.from(value, "utf8");
    this.count(piece.length);
    this.add(piece);
  }

  align(): void {
    this.add(Buffer.alloc((alignmentBytes - (this.#length % alignmentBytes)) % alignmentBytes));
  }

  whole(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

export function writeGguf(
  file: string,
  metadata: readonly Metadata[],
  tensors: readonly Tensor[],
): void {
  const bytes = new Bytes();
  bytes.add(Buffer.from("GGUF"));
  bytes.number("uint32", version);
  bytes.count(tensors.length);
  bytes.count(metadata.length);
  for (const entry of metadata) addMetadata(bytes, entry);
  let offset = 0;
  for (const { name, sizes, data } of tensors) {
    bytes.text(name);
    bytes.number("uint32", sizes.length);
    for (const size of sizes) bytes.count(size);
    bytes.number("uint32", floatTensor);
    bytes.count(offset);
    offset += Math.ceil(data.byteLength / alignmentBytes) * alignmentBytes;
  }
  bytes.align();
  for (const { data } of tensors) {
    bytes.add(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    bytes.align();
  }
  writeFileSync(file, bytes.whole());
}

function addMetadata(bytes: Bytes, entry: Metadata): void {
  bytes.text(entry.key);
  switch (entry.type) {
    case "uint32":
    case "int32":
    case "float32":
      bytes.number("uint32", typeNumbers[entry.type]);
      return bytes.number(entry.type, entry.value);
    case "bool":
      bytes.number("uint32", typeNumbers.bool);
      return bytes.add(Buffer.from([entry.value ? 1 : 0]));
    case "string":
      bytes.number("uint32", typeNumbers.string);
      return bytes.text(entry.value);
    case "strings":
      return addList(bytes, "string", entry.value, (text) => bytes.text(text));
    case "int32s":
      return addList(bytes, "int32", entry.value, (value) => bytes.number("int32", value));
    case "float32s":
      return addList(bytes, "float32", entry.value, (value) => bytes.number("float32", value));
    default:
      return entry satisfies never;
  }
}

function addList<Value>(
  bytes: Bytes,
  type: "string" | "int32" | "float32",
  values: readonly Value[],
  add: (value: Value) => void,
): void {
  bytes.number("uint32", typeNumbers.array);
  bytes.number("uint32", typeNumbers[type]);
  bytes.count(values.length);
  for (const value of values) add(value);
}
