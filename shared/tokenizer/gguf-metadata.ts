// Reads what stands before the tensors of a GGUF file (versions 2 and 3, little-endian): its metadata, and of that only what is
// said about the model and its tokenizer. Bounded throughout: a file of anything else ends in an error that says what
// is wrong, never in a large allocation.

import { createHash } from "node:crypto";
import { Unusable } from "./unusable.ts";

export type GgufValue = number | string | boolean | readonly GgufValue[];

export interface GgufMetadata {
  readonly values: ReadonlyMap<string, GgufValue>;
  /** Lower-case hex SHA-256 of the metadata as it stands in the file. */
  readonly digest: string;
}

/** Reads up to `length` bytes from `at` on; fewer only where the file ends. */
export type ReadBytes = (at: number, length: number) => Buffer;

const magic = "GGUF";
const entriesMax = 65_536;
const elementsMax = 4_194_304;
const stringBytesMax = 4_194_304;
/** The largest vocabularies that are published take about 20 MiB with their merges. */
const metadataBytesMax = 268_435_456;
const arrayDepthMax = 2;
const chunkBytes = 4_194_304;

/** What is kept. The rest is read over. */
const isWanted = (key: string): boolean =>
  key.startsWith("tokenizer.") || key.startsWith("general.") || modelSize.test(key);

const modelSize =
  /\.(?:context_length|block_count|embedding_length|feed_forward_length|attention\.(?:head_count|head_count_kv|key_length))$/;

/** Throws `Unusable`. */
export function readGgufMetadata(read: ReadBytes): GgufMetadata {
  if (read(0, magic.length).toString("latin1") !== magic)
    throw new Unusable("it is not a GGUF file");
  const cursor = new Cursor(read);
  cursor.bytes(magic.length);
  const version = cursor.uint32();
  // A version with its bytes in the other order is a big-endian file.
  if (version !== 2 && version !== 3) {
    throw new Unusable(`it is GGUF version ${version}; 2 and 3 are read, little-endian`);
  }
  cursor.uint64();
  const entries = cursor.uint64();
  if (entries > entriesMax) throw new Unusable(`it claims ${entries} metadata entries`);
  const values = new Map<string, GgufValue>();
  for (let entry = 0; entry < entries; entry++) {
    const key = cursor.text();
    const value = readValue(cursor, cursor.uint32(), 0);
    if (isWanted(key)) values.set(key, value);
  }
  return { values, digest: cursor.digest() };
}

const arrayType = 9;

const scalars: readonly ((cursor: Cursor) => GgufValue)[] = [
  (cursor) => cursor.bytes(1).readUInt8(),
  (cursor) => cursor.bytes(1).readInt8(),
  (cursor) => cursor.bytes(2).readUInt16LE(),
  (cursor) => cursor.bytes(2).readInt16LE(),
  (cursor) => cursor.uint32(),
  (cursor) => cursor.bytes(4).readInt32LE(),
  (cursor) => cursor.bytes(4).readFloatLE(),
  (cursor) => cursor.bytes(1).readUInt8() !== 0,
  (cursor) => cursor.text(),
  () => unknownType(arrayType),
  (cursor) => Number(cursor.bytes(8).readBigUInt64LE()),
  (cursor) => Number(cursor.bytes(8).readBigInt64LE()),
  (cursor) => cursor.bytes(8).readDoubleLE(),
];

function unknownType(type: number): never {
  throw new Unusable(`it holds a value of the unknown type ${type}`);
}

function readValue(cursor: Cursor, type: number, depth: number): GgufValue {
  if (type !== arrayType) return (scalars[type] ?? unknownType(type))(cursor);
  const elementType = cursor.uint32();
  const length = cursor.uint64();
  if (length > elementsMax) throw new Unusable(`it claims an array of ${length} elements`);
  if (depth >= arrayDepthMax) throw new Unusable("it nests arrays too deeply");
  const elements: GgufValue[] = [];
  for (let index = 0; index < length; index++) {
    elements.push(readValue(cursor, elementType, depth + 1));
  }
  return elements;
}

/** A window over the file that moves forward only. */
class Cursor {
  readonly #read: ReadBytes;
  readonly #hash = createHash("sha256");
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;
  #at = 0;

  constructor(read: ReadBytes) {
    this.#read = read;
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > metadataBytesMax) throw new Unusable("its metadata is larger than 256 MiB");
    if (end > this.#windowAt + this.#window.length) this.#refill(length);
    const from = this.#at - this.#windowAt;
    const found = this.#window.subarray(from, from + length);
    if (found.length < length) throw new Unusable("it ends inside its metadata: it is truncated");
    this.#at = end;
    return found;
  }

  uint32(): number {
    return this.bytes(4).readUInt32LE();
  }

  /** Counts and lengths: beyond 2^53 they are nonsense, and every bound refuses them. */
  uint64(): number {
    return Number(this.bytes(8).readBigUInt64LE());
  }

  text(): string {
    const length = this.uint64();
    if (length > stringBytesMax) throw new Unusable(`it claims a text of ${length} bytes`);
    return this.bytes(length).toString("utf8");
  }

  /** Of all that was read. */
  digest(): string {
    this.#hash.update(this.#window.subarray(0, this.#at - this.#windowAt));
    return this.#hash.digest("hex");
  }

  #refill(length: number): void {
    this.#hash.update(this.#window.subarray(0, this.#at - this.#windowAt));
    this.#window = this.#read(this.#at, Math.max(length, chunkBytes));
    this.#windowAt = this.#at;
  }
}

/** Typed reading of what a GGUF says; what is there in another shape is as bad as absent. */
export function ggufText({ values }: GgufMetadata, key: string): string | undefined {
  const value = values.get(key);
  return typeof value === "string" ? value : undefined;
}

export function ggufNumber({ values }: GgufMetadata, key: string): number | undefined {
  const value = values.get(key);
  return typeof value === "number" ? value : undefined;
}

export function ggufFlag({ values }: GgufMetadata, key: string): boolean | undefined {
  const value = values.get(key);
  return typeof value === "boolean" ? value : undefined;
}

/** Undefined: absent, or not every element is of that kind. */
export function ggufTexts({ values }: GgufMetadata, key: string): readonly string[] | undefined {
  const value = values.get(key);
  return isArrayOf(value, (element): element is string => typeof element === "string")
    ? value
    : undefined;
}

export function ggufNumbers({ values }: GgufMetadata, key: string): readonly number[] | undefined {
  const value = values.get(key);
  return isArrayOf(value, (element): element is number => typeof element === "number")
    ? value
    : undefined;
}

const isArrayOf = <Element extends GgufValue>(
  value: GgufValue | undefined,
  isElement: (element: GgufValue) => element is Element,
): value is readonly Element[] => Array.isArray(value) && value.every(isElement);
