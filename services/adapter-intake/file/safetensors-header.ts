// The header of a safetensors file: eight bytes of length, then JSON. Strict: what the format does not say, is a flaw.

import { isUtf8 } from "node:buffer";
import type { Dtype, FilePlan, FileTensor } from "./file-plan.ts";
import { inOrder, sizeOf, tensorsMax } from "./file-plan.ts";
import { Flaw } from "./flaw.ts";
import type { HeaderObject, HeaderValue } from "./strict-json.ts";
import { readStrictJson } from "./strict-json.ts";

export const lengthBytes = 8;
/** An adapter on all parts of 80 layers has a header of a tenth of this. */
const headerBytesMax = 2 * 1024 ** 2;
const bounds = { depthMax: 3, valuesMax: 8 * tensorsMax, textMax: 65_536 };
/** `version https://git-lfs…`, as far as is read before a file is judged: no header is as long as that claims. */
const lfsPointer = "version h";
const metadataKey = "__metadata__";

/** Bytes of the header, its length included. Throws `Flaw`. */
export function safetensorsHeaderBytes(start: Buffer): number {
  const length = start.readBigUInt64LE();
  if (length > BigInt(headerBytesMax)) {
    if (start.toString("latin1", 0, lfsPointer.length) === lfsPointer) {
      const message =
        "The file is a git-lfs pointer to the adapter, not the adapter: fetch that first, with git lfs pull.";
      throw new Flaw("unknown_format", message);
    }
    throw new Flaw(
      "unknown_format",
      `The file is neither safetensors nor GGUF, or its header claims ${length} bytes; ${headerBytesMax} can be.`,
    );
  }
  if (length < 2n) throw new Flaw("bad_header", `The header claims ${length} bytes.`);
  return lengthBytes + Number(length);
}

/** `header`: all of it, its length included. Throws `Flaw`. */
export function readSafetensorsHeader(header: Buffer): FilePlan {
  const json = header.subarray(lengthBytes);
  if (json[0] !== 0x7b) throw new Flaw("bad_header", "The header does not begin with {.");
  if (!isUtf8(json)) throw new Flaw("bad_header", "The header is not valid UTF-8.");
  const root = readStrictJson(json.toString("utf8"), bounds);
  if (!(root instanceof Map)) throw new Flaw("bad_header", "The header is not an object.");
  const tensors: FileTensor[] = [];
  for (const [name, entry] of root as HeaderObject) {
    if (name === metadataKey) checkMetadata(entry);
    else tensors.push(readTensor(name, entry));
    if (tensors.length > tensorsMax) {
      throw new Flaw("header_too_large", `The file names more than ${tensorsMax} tensors.`);
    }
  }
  return {
    format: "safetensors",
    headerBytes: header.length,
    tensors: inOrder(tensors, 1),
    said: new Map(),
    alignment: 1,
  };
}

function checkMetadata(entry: HeaderValue): void {
  const isTexts =
    entry instanceof Map &&
    [...(entry as HeaderObject).values()].every((value) => typeof value === "string");
  if (!isTexts) {
    throw new Flaw("bad_header", "The metadata must be an object of texts.", metadataKey);
  }
}

const fields = ["dtype", "shape", "data_offsets"] as const;

function readTensor(name: string, entry: HeaderValue): FileTensor {
  const isEntry =
    entry instanceof Map && entry.size === fields.length && fields.every((each) => entry.has(each));
  if (!isEntry) {
    throw new Flaw("bad_header", "A tensor has dtype, shape and data_offsets, no more.", name);
  }
  const members = entry as HeaderObject;
  const dtype = readDtype(name, members.get("dtype"));
  const [rows, columns] = pair(members.get("shape"), name, "bad_shape");
  const [begin, end] = pair(members.get("data_offsets"), name, "bad_offsets");
  const bytes = sizeOf(name, dtype, { rows, columns });
  if (end - begin !== bytes) {
    throw new Flaw(
      "bad_offsets",
      `${rows} × ${columns} values of ${dtype} are ${bytes} bytes; the header gives the tensor ${end - begin}.`,
      name,
    );
  }
  return { name, dtype, rows, columns, begin, end };
}

function readDtype(name: string, dtype: HeaderValue | undefined): Dtype {
  if (dtype === "F32" || dtype === "F16" || dtype === "BF16") return dtype;
  throw new Flaw("unsupported_dtype", "The values of a tensor must be F32, F16 or BF16.", name);
}

function pair(
  value: HeaderValue | undefined,
  name: string,
  code: "bad_shape" | "bad_offsets",
): readonly [number, number] {
  const list = Array.isArray(value) ? (value as readonly HeaderValue[]) : [];
  const [first, second] = list;
  if (list.length === 2 && typeof first === "number" && typeof second === "number") {
    return [first, second];
  }
  const what = code === "bad_shape" ? "The tensors of a LoRA adapter have" : "data_offsets are";
  throw new Flaw(
    code,
    `${what} two whole numbers${code === "bad_shape" ? " as shape" : ""}.`,
    name,
  );
}
