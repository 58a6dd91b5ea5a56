// Questions and answers between processes as bytes. Whatever arrives, unpacking answers; it never throws.

import { Packr } from "msgpackr";
import { protocolVersion } from "./msgpackr-envelope.ts";

export type UnpackedAnswer =
  | { readonly kind: "answer"; readonly process: string; readonly answer: unknown }
  | { readonly kind: "malformed"; readonly reason: string };

export type UnpackedQuestion =
  | { readonly kind: "question"; readonly body: unknown }
  | { readonly kind: "malformed"; readonly reason: string };

const packr = new Packr({ useRecords: false, copyBuffers: true, int64AsType: "number" });

export const packQuestion = (body: unknown): Uint8Array => packr.pack([protocolVersion, body]);

export const packAnswer = (process: string, answer: unknown): Uint8Array =>
  packr.pack([protocolVersion, process, answer]);

export function unpackQuestion(bytes: Uint8Array): UnpackedQuestion {
  const parts = partsOf(bytes, 2);
  return typeof parts === "string"
    ? { kind: "malformed", reason: parts }
    : { kind: "question", body: parts[1] };
}

export function unpackAnswer(bytes: Uint8Array): UnpackedAnswer {
  const parts = partsOf(bytes, 3);
  if (typeof parts === "string") return { kind: "malformed", reason: parts };
  const [, process, answer] = parts;
  return typeof process === "string" && process !== ""
    ? { kind: "answer", process, answer }
    : { kind: "malformed", reason: "no process" };
}

/** Or why there are none. */
function partsOf(bytes: Uint8Array, count: number): readonly unknown[] | string {
  let unpacked: unknown;
  try {
    unpacked = packr.unpack(bytes);
  } catch {
    return "does not unpack";
  }
  if (!Array.isArray(unpacked)) return "not in this form";
  const version: unknown = unpacked[0];
  if (version !== protocolVersion) {
    return `protocol version ${typeof version === "number" ? version : "unknown"}`;
  }
  return unpacked.length === count ? unpacked : "not in this form";
}
