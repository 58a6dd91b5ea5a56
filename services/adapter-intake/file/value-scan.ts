// Looks at every value of a file's tensors as their bytes pass: each must be a finite number of bounded size, and what lies
// between tensors must be zero. Keeps a few numbers a tensor, whatever the file's size.

import type { Dtype, FilePlan, FileTensor } from "./file-plan.ts";
import { dtypeBytes, payloadBytes } from "./file-plan.ts";
import { Flaw } from "./flaw.ts";

/** Weights of adapters that work lie far below one; a file that is read as another type than it was written in far above. */
const valueMax = 1_000;
const deskBytes = 65_536;

/** IEEE 754 binary16. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The upper half of a binary32. */
function brainOf(bits: number): number {
  const word = new DataView(new ArrayBuffer(4));
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}

/** By bits, made when they are first needed: a value is looked up in a nanosecond, and no upload holds up the process. */
const tables: Partial<Record<"F16" | "BF16", Float32Array>> = {};

const tableOf = (dtype: "F16" | "BF16"): Float32Array =>
  (tables[dtype] ??= Float32Array.from({ length: 65_536 }, (_, bits) =>
    dtype === "F16" ? halfOf(bits) : brainOf(bits),
  ));

interface Scanned {
  readonly squares: number;
  /** Of the first that is no weight; -1: all are. */
  readonly wrongAt: number;
  readonly wrong: number;
}

/** The first so many bytes of `bytes`: whole values. */
function scan(dtype: Dtype, bytes: ArrayBuffer, length: number): Scanned {
  const table = dtype === "F32" ? undefined : tableOf(dtype);
  const values =
    table === undefined
      ? new Float32Array(bytes, 0, length / dtypeBytes[dtype])
      : new Uint16Array(bytes, 0, length / dtypeBytes[dtype]);
  let squares = 0;
  for (let index = 0; index < values.length; index++) {
    const found = values[index] ?? 0;
    const value = table === undefined ? found : (table[found] ?? 0);
    // Written so that NaN fails it.
    if (!(value <= valueMax && value >= -valueMax)) {
      return { squares, wrongAt: index, wrong: value };
    }
    squares += value * value;
  }
  return { squares, wrongAt: -1, wrong: 0 };
}

export class ValueScan {
  readonly #plan: FilePlan;
  readonly #squares = new Map<FileTensor, number>();
  /** Of the payload, how much has passed. */
  #at = 0;
  #tensor = 0;
  /** Where values are laid to be read: at its beginning, those bytes of one that a chunk's end has cut. */
  readonly #desk = new ArrayBuffer(deskBytes);
  #cutBytes = 0;

  constructor(plan: FilePlan) {
    this.#plan = plan;
  }

  get passedBytes(): number {
    return this.#at;
  }

  /** Throws `Flaw`. */
  add(chunk: Buffer): void {
    let left = chunk;
    while (left.length > 0) {
      const tensor = this.#plan.tensors[this.#tensor];
      const taken = tensor === undefined ? this.#behind(left) : this.#within(tensor, left);
      left = left.subarray(taken);
    }
  }

  /** Frobenius norm. */
  normOf(tensor: FileTensor): number {
    return Math.sqrt(this.#squares.get(tensor) ?? 0);
  }

  #within(tensor: FileTensor, chunk: Buffer): number {
    if (this.#at < tensor.begin) return this.#padding(chunk, tensor.begin - this.#at);
    const room = Math.min(tensor.end - this.#at, deskBytes - this.#cutBytes);
    const part = chunk.subarray(0, Math.min(chunk.length, room));
    this.#values(tensor, part);
    this.#at += part.length;
    if (this.#at === tensor.end) this.#tensor += 1;
    return part.length;
  }

  #values(tensor: FileTensor, part: Buffer): void {
    const size = dtypeBytes[tensor.dtype];
    const desk = new Uint8Array(this.#desk);
    desk.set(part, this.#cutBytes);
    const bytes = this.#cutBytes + part.length;
    const length = bytes - (bytes % size);
    const { squares, wrongAt, wrong } = scan(tensor.dtype, this.#desk, length);
    if (wrongAt >= 0) {
      const first = (this.#at - this.#cutBytes - tensor.begin) / size;
      throw noWeight(tensor, wrong, first + wrongAt);
    }
    this.#squares.set(tensor, (this.#squares.get(tensor) ?? 0) + squares);
    desk.copyWithin(0, length, bytes);
    this.#cutBytes = bytes - length;
  }

  #padding(chunk: Buffer, length: number): number {
    const part = chunk.subarray(0, length);
    if (part.some((byte) => byte !== 0)) {
      throw new Flaw(
        "bad_offsets",
        `There are bytes other than 0 between tensors, at ${this.#at}.`,
      );
    }
    this.#at += part.length;
    return part.length;
  }

  /** A GGUF may be padded to its end, too. */
  #behind(chunk: Buffer): number {
    const end = payloadBytes(this.#plan);
    const { alignment } = this.#plan;
    const room = Math.ceil(end / alignment) * alignment - this.#at;
    if (chunk.length > room) {
      throw new Flaw("trailing_bytes", `Bytes follow the last tensor, which ends at ${end}.`);
    }
    return this.#padding(chunk, room);
  }
}

function noWeight({ name }: FileTensor, value: number, index: number): Flaw {
  if (!Number.isFinite(value)) {
    return new Flaw("not_finite", `Value ${index} of the tensor is ${value}.`, name);
  }
  const message = `Value ${index} of the tensor is ${value.toPrecision(4)}; ${valueMax} is the most that is served.`;
  return new Flaw("norm_too_large", message, name);
}
