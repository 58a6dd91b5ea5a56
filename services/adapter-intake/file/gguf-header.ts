// The header of a GGUF file (versions 2 and 3, little-endian): what it says of itself, and where its tensors lie. Strict and
// bounded; how long it is, is known only when it has been read, so a reading may ask for more bytes.

import { isUtf8 } from "node:buffer";
import type { Dtype, FilePlan, FileTensor } from "./file-plan.ts";
import { aligned, inOrder, sizeOf, tensorsMax } from "./file-plan.ts";
import { Flaw } from "./flaw.ts";

const entriesMax = 1_024;
const keyBytesMax = 256;
const textBytesMax = 65_536;
const elementsMax = 65_536;
const nameBytesMax = 128;
const alignmentDefault = 32;
/** Adapters carry no vocabulary. */
export const ggufHeaderBytesMax: number = 4 * 1024 ** 2;

/** Nobody's fault yet: the bytes end before the header does. */
class MoreBytes extends Error {}

/** Undefined: more bytes are needed. Throws `Flaw`. */
export function readGgufHeader(start: Buffer): FilePlan | undefined {
  try {
    return readHeader(new Cursor(start));
  } catch (error) {
    if (error instanceof MoreBytes) return undefined;
    throw error;
  }
}

function readHeader(cursor: Cursor): FilePlan {
  cursor.bytes(4);
  const version = cursor.uint32();
  if (version !== 2 && version !== 3) {
    throw new Flaw("bad_header", `It is GGUF version ${version}; 2 and 3 are read, little-endian.`);
  }
  const tensorCount = cursor.count("tensors", tensorsMax);
  const entries = cursor.count("metadata entries", entriesMax);
  const said = new Map<string, string | number>();
  for (let entry = 0; entry < entries; entry++) readEntry(cursor, said);
  const alignment = alignmentOf(said);
  const names = new Set<string>();
  const tensors = Array.from({ length: tensorCount }, () => readTensor(cursor, names, alignment));
  return {
    format: "gguf",
    headerBytes: aligned(cursor.at, alignment),
    tensors: inOrder(tensors, alignment),
    said,
    alignment,
  };
}

function readEntry(cursor: Cursor, said: Map<string, string | number>): void {
  const key = cursor.text("key", keyBytesMax);
  if (said.has(key)) throw new Flaw("duplicate_name", "The metadata has the same key twice.", key);
  const type = cursor.uint32();
  const value = type === arrayType ? skipArray(cursor, key) : scalar(cursor, type, key);
  said.set(key, value);
}

const arrayType = 9;

type ReadScalar = (cursor: Cursor) => string | number;

const scalars: ReadonlyMap<number, ReadScalar> = new Map<number, ReadScalar>([
  [0, (cursor) => cursor.bytes(1).readUInt8()],
  [1, (cursor) => cursor.bytes(1).readInt8()],
  [2, (cursor) => cursor.bytes(2).readUInt16LE()],
  [3, (cursor) => cursor.bytes(2).readInt16LE()],
  [4, (cursor) => cursor.uint32()],
  [5, (cursor) => cursor.bytes(4).readInt32LE()],
  [6, (cursor) => cursor.bytes(4).readFloatLE()],
  [7, (cursor) => cursor.flag()],
  [8, (cursor) => cursor.text("text", textBytesMax)],
  [10, (cursor) => Number(cursor.bytes(8).readBigUInt64LE())],
  [11, (cursor) => Number(cursor.bytes(8).readBigInt64LE())],
  [12, (cursor) => cursor.bytes(8).readDoubleLE()],
]);

function scalar(cursor: Cursor, type: number, key: string): string | number {
  const read = scalars.get(type);
  if (read === undefined) throw new Flaw("bad_header", `There is no type ${type}.`, key);
  return read(cursor);
}

/** Read over: nothing of an adapter is in a list. Lists of lists are in none. */
function skipArray(cursor: Cursor, key: string): string {
  const type = cursor.uint32();
  const length = cursor.count("elements in a list", elementsMax);
  for (let index = 0; index < length; index++) scalar(cursor, type, key);
  return "a list";
}

function alignmentOf(said: ReadonlyMap<string, string | number>): number {
  const alignment = said.get("general.alignment") ?? alignmentDefault;
  const isPowerOfTwo = typeof alignment === "number" && Number.isInteger(Math.log2(alignment));
  if (isPowerOfTwo && alignment >= 8 && alignment <= 4_096) return alignment;
  throw new Flaw("bad_header", "The alignment must be a power of two.", "general.alignment");
}

const dtypes: ReadonlyMap<number, Dtype> = new Map([
  [0, "F32"],
  [1, "F16"],
  [30, "BF16"],
]);

function readTensor(cursor: Cursor, names: Set<string>, alignment: number): FileTensor {
  const name = cursor.text("name", nameBytesMax);
  if (names.has(name)) throw new Flaw("duplicate_name", "Two tensors have the same name.", name);
  names.add(name);
  const dimensions = cursor.uint32();
  if (dimensions !== 2) {
    throw new Flaw("bad_shape", "The tensors of a LoRA adapter have two dimensions.", name);
  }
  // The fastest comes first.
  const columns = cursor.uint64();
  const rows = cursor.uint64();
  const dtype = dtypes.get(cursor.uint32());
  if (dtype === undefined) {
    throw new Flaw("unsupported_dtype", "The values of a tensor must be F32, F16 or BF16.", name);
  }
  const begin = cursor.uint64();
  if (!Number.isSafeInteger(begin) || begin % alignment !== 0) {
    throw new Flaw("bad_offsets", `A tensor must begin at a multiple of ${alignment}.`, name);
  }
  const end = begin + sizeOf(name, dtype, { rows, columns });
  return { name, dtype, rows, columns, begin, end };
}

class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > ggufHeaderBytesMax) {
      throw new Flaw("header_too_large", `The header has more than ${ggufHeaderBytesMax} bytes.`);
    }
    if (end > this.#bytes.length) throw new MoreBytes();
    const found = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return found;
  }

  uint32(): number {
    return this.bytes(4).readUInt32LE();
  }

  /** Beyond 2^53 it is nonsense, and every bound refuses it. */
  uint64(): number {
    return Number(this.bytes(8).readBigUInt64LE());
  }

  flag(): number {
    const value = this.bytes(1).readUInt8();
    if (value > 1) throw new Flaw("bad_header", `A flag is ${value}.`);
    return value;
  }

  count(what: string, max: number): number {
    const count = this.uint64();
    if (count <= max) return count;
    throw new Flaw("header_too_large", `The header claims ${count} ${what}; ${max} can be.`);
  }

  text(what: string, max: number): string {
    const length = this.uint64();
    if (length > max) {
      throw new Flaw("header_too_large", `A ${what} claims ${length} bytes; ${max} can be.`);
    }
    const bytes = this.bytes(length);
    if (!isUtf8(bytes)) throw new Flaw("bad_header", `A ${what} is not valid UTF-8.`);
    return bytes.toString("utf8");
  }
}
