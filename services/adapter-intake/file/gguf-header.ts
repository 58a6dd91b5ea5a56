// The header of a GGUF file (versions 2 and 3, little-endian): what it says of itself, and where its tensors lie. Strict and
// bounded; how long it is, is known only when it has been read, so it is read as it comes, item by item.

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
const ggufHeaderBytesMax = 4 * 1024 ** 2;

/** Nobody's fault yet: the bytes end before the header does. */
class MoreBytes extends Error {}

interface GgufHeader {
  readonly plan: FilePlan;
  /** What came behind the header and its padding. */
  readonly rest: Buffer;
}

/**
 * Goes on from the last whole item, and holds no more than one that is not whole: no byte is read a second time but those of
 * one item, however the bytes are cut.
 */
export class GgufReading {
  readonly #cursor = new Cursor();
  readonly #said = new Map<string, string | number>();
  readonly #names = new Set<string>();
  readonly #tensors: FileTensor[] = [];
  #tensorCount = 0;
  /** Undefined: nothing was read yet. */
  #entriesLeft: number | undefined;
  /** Of a list of texts. */
  #textsLeft = 0;
  #alignment = 0;
  #plan: FilePlan | undefined;

  /** Undefined: more bytes are needed. Throws `Flaw`. */
  add(chunk: Buffer): GgufHeader | undefined {
    if (!this.#cursor.add(chunk)) return undefined;
    try {
      while (this.#plan === undefined) {
        this.#readItem();
        this.#cursor.keep();
      }
      return { plan: this.#plan, rest: this.#cursor.restFrom(this.#plan.headerBytes) };
    } catch (error) {
      if (!(error instanceof MoreBytes)) throw error;
      this.#cursor.goBack();
      return undefined;
    }
  }

  /** One item, and nothing of it is noted before it is whole. */
  #readItem(): void {
    if (this.#entriesLeft === undefined) this.#readCounts();
    else if (this.#textsLeft > 0) this.#skipText();
    else if (this.#entriesLeft > 0) this.#readEntry();
    else if (this.#alignment === 0) this.#alignment = alignmentOf(this.#said);
    else if (this.#tensors.length < this.#tensorCount) this.#readTensor();
    else this.#plan = this.#planned();
  }

  #readCounts(): void {
    const cursor = this.#cursor;
    cursor.bytes(4);
    const version = cursor.uint32();
    if (version !== 2 && version !== 3) {
      const message = `It is GGUF version ${version}; 2 and 3 are read, little-endian.`;
      throw new Flaw("bad_header", message);
    }
    this.#tensorCount = cursor.count("tensors", tensorsMax);
    this.#entriesLeft = cursor.count("metadata entries", entriesMax);
  }

  #skipText(): void {
    this.#cursor.text("text", textBytesMax);
    this.#textsLeft -= 1;
  }

  #readEntry(): void {
    const cursor = this.#cursor;
    const key = cursor.text("key", keyBytesMax);
    if (this.#said.has(key)) {
      throw new Flaw("duplicate_name", "The metadata has the same key twice.", key);
    }
    const type = cursor.uint32();
    if (type === listType) {
      this.#textsLeft = skipList(cursor, key);
      this.#said.set(key, "a list");
    } else this.#said.set(key, scalarOf(type, key).read(cursor));
    this.#entriesLeft = (this.#entriesLeft ?? 0) - 1;
  }

  #readTensor(): void {
    const tensor = readTensor(this.#cursor, this.#names, this.#alignment);
    this.#names.add(tensor.name);
    this.#tensors.push(tensor);
  }

  #planned(): FilePlan {
    const alignment = this.#alignment;
    return {
      format: "gguf",
      headerBytes: aligned(this.#cursor.at, alignment),
      tensors: inOrder(this.#tensors, alignment),
      said: this.#said,
      alignment,
    };
  }
}

const listType = 9;
const flagType = 7;

interface Scalar {
  /** Of each; undefined where they differ. */
  readonly bytes: number | undefined;
  readonly read: (cursor: Cursor) => string | number;
}

const fixed = (bytes: number, read: (found: Buffer) => number | bigint): Scalar => ({
  bytes,
  read: (cursor) => Number(read(cursor.bytes(bytes))),
});

const scalars: ReadonlyMap<number, Scalar> = new Map([
  [0, fixed(1, (found) => found.readUInt8())],
  [1, fixed(1, (found) => found.readInt8())],
  [2, fixed(2, (found) => found.readUInt16LE())],
  [3, fixed(2, (found) => found.readInt16LE())],
  [4, fixed(4, (found) => found.readUInt32LE())],
  [5, fixed(4, (found) => found.readInt32LE())],
  [6, fixed(4, (found) => found.readFloatLE())],
  [flagType, fixed(1, (found) => checkedFlags(found).readUInt8())],
  [8, { bytes: undefined, read: (cursor) => cursor.text("text", textBytesMax) }],
  [10, fixed(8, (found) => found.readBigUInt64LE())],
  [11, fixed(8, (found) => found.readBigInt64LE())],
  [12, fixed(8, (found) => found.readDoubleLE())],
]);

function scalarOf(type: number, key: string): Scalar {
  const scalar = scalars.get(type);
  if (scalar === undefined) throw new Flaw("bad_header", `There is no type ${type}.`, key);
  return scalar;
}

/** Nothing of an adapter is in a list. Lists of lists are in none. Answers how many texts are to be read over. */
function skipList(cursor: Cursor, key: string): number {
  const type = cursor.uint32();
  const length = cursor.count("elements in a list", elementsMax);
  if (length === 0) return 0;
  const { bytes } = scalarOf(type, key);
  if (bytes === undefined) return length;
  const found = cursor.bytes(length * bytes);
  if (type === flagType) checkedFlags(found);
  return 0;
}

function checkedFlags(found: Buffer): Buffer {
  const wrong = found.find((value) => value > 1);
  if (wrong !== undefined) throw new Flaw("bad_header", `A flag is ${wrong}.`);
  return found;
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

function readTensor(cursor: Cursor, names: ReadonlySet<string>, alignment: number): FileTensor {
  const name = cursor.text("name", nameBytesMax);
  if (names.has(name)) throw new Flaw("duplicate_name", "Two tensors have the same name.", name);
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
  /** Read from in place; `#more` is joined to what is left of it when that is enough. */
  #bytes: Buffer = Buffer.alloc(0);
  #more: Buffer[] = [];
  #moreBytes = 0;
  /** Of `#bytes`: how far it was read, and where the item began that is being read. */
  #next = 0;
  #kept = 0;
  /** Of the file: before `#bytes`. */
  #passed = 0;
  /** From `#kept` on, before it is worth trying again. */
  #needed = 0;

  get at(): number {
    return this.#passed + this.#next;
  }

  /** False: not enough yet. */
  add(chunk: Buffer): boolean {
    this.#more.push(chunk);
    this.#moreBytes += chunk.length;
    const left = this.#bytes.subarray(this.#kept);
    if (left.length + this.#moreBytes < this.#needed) return false;
    this.#bytes =
      left.length === 0 && this.#more.length === 1 ? chunk : Buffer.concat([left, ...this.#more]);
    this.#passed += this.#kept;
    this.#more = [];
    this.#moreBytes = this.#next = this.#kept = this.#needed = 0;
    return true;
  }

  /** What was read is not read again. */
  keep(): void {
    this.#kept = this.#next;
  }

  /** To where was last kept. */
  goBack(): void {
    this.#next = this.#kept;
  }

  bytes(length: number): Buffer {
    if (this.at + length > ggufHeaderBytesMax) {
      throw new Flaw("header_too_large", `The header has more than ${ggufHeaderBytesMax} bytes.`);
    }
    return this.#take(length);
  }

  /** All from there on, which is not before what was read. */
  restFrom(at: number): Buffer {
    this.#take(at - this.at);
    return this.#bytes.subarray(this.#next);
  }

  #take(length: number): Buffer {
    const end = this.#next + length;
    if (end > this.#bytes.length) {
      this.#needed = end - this.#kept;
      throw new MoreBytes();
    }
    const found = this.#bytes.subarray(this.#next, end);
    this.#next = end;
    return found;
  }

  uint32(): number {
    return this.bytes(4).readUInt32LE();
  }

  /** Beyond 2^53 it is nonsense, and every bound refuses it. */
  uint64(): number {
    return Number(this.bytes(8).readBigUInt64LE());
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
