// Bounds a JSON text before it is parsed: valid UTF-8, not too deep, not too many values. One pass over the
// bytes; a parsed value costs many times its bytes, so this is where memory is bounded.

import { isUtf8 } from "node:buffer";
import type { Refusal } from "#shared/model/refusal.ts";
import { malformed } from "#services/edge/generation-request.ts";

export interface JsonBounds {
  readonly jsonDepthMax: number;
  readonly jsonValuesMax: number;
}

export type ParsedJson =
  | { readonly kind: "parsed"; readonly value: unknown }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export function parseJson(bytes: Buffer, bounds: JsonBounds): ParsedJson {
  const broken = isUtf8(bytes) ? findExcess(bytes, bounds) : "The body is not valid UTF-8.";
  if (broken !== undefined) return { kind: "refused", refusal: malformed(broken) };
  try {
    return { kind: "parsed", value: JSON.parse(bytes.toString("utf8")) };
  } catch {
    // The engine's own message would quote the body back.
    return { kind: "refused", refusal: malformed("The body is not valid JSON.") };
  }
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

/** Counts openings and commas outside strings; says nothing about anything else that may be wrong. */
function findExcess(bytes: Buffer, bounds: JsonBounds): string | undefined {
  let depth = 0;
  let values = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte === quote) {
      index = endOfString(bytes, index + 1);
    } else if (byte === comma) {
      values++;
    } else if (isOpening(byte)) {
      values++;
      depth++;
      if (depth > bounds.jsonDepthMax) return `The body nests deeper than ${bounds.jsonDepthMax}.`;
    } else if (isClosing(byte)) {
      depth--;
    }
  }
  return values > bounds.jsonValuesMax
    ? `The body holds more than ${bounds.jsonValuesMax} values.`
    : undefined;
}

// `[` and `{` differ in one bit, as `]` and `}` do.
const isOpening = (byte: number | undefined): boolean => byte === 0x5b || byte === 0x7b;
const isClosing = (byte: number | undefined): boolean => byte === 0x5d || byte === 0x7d;

/** The index of the closing quote, or the length. */
function endOfString(bytes: Buffer, start: number): number {
  for (let index = start; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte === backslash) index++;
    else if (byte === quote) return index;
  }
  return bytes.length;
}
