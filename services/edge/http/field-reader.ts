// Reads typed fields out of a parsed JSON object and keeps the first complaint, so that a reader of many
// fields stays a flat list. `null` counts as absent, as in the dialect we speak.

import type { Refusal } from "#shared/model/refusal.ts";
import { malformed } from "#services/edge/generation-request.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

export interface FieldReader {
  readonly object: JsonObject;
  complaint: Refusal | undefined;
}

export const readFields = (object: JsonObject): FieldReader => ({ object, complaint: undefined });

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function complain(reader: FieldReader, refusal: Refusal): undefined {
  reader.complaint ??= refusal;
}

/** The field's value, or undefined when it is absent or null. */
export function valueOf(reader: FieldReader, name: string): unknown {
  return Object.hasOwn(reader.object, name) ? (reader.object[name] ?? undefined) : undefined;
}

export function readString(reader: FieldReader, name: string): string | undefined {
  const value = valueOf(reader, name);
  if (value === undefined || typeof value === "string") return value;
  return complain(reader, malformed(`\`${name}\` must be a string.`, name));
}

export function readNumber(reader: FieldReader, name: string): number | undefined {
  const value = valueOf(reader, name);
  if (value === undefined || typeof value === "number") return value;
  return complain(reader, malformed(`\`${name}\` must be a number.`, name));
}

export function readInteger(reader: FieldReader, name: string): number | undefined {
  const value = readNumber(reader, name);
  if (value === undefined || Number.isInteger(value)) return value;
  return complain(reader, malformed(`\`${name}\` must be an integer.`, name));
}

export function readBoolean(reader: FieldReader, name: string): boolean | undefined {
  const value = valueOf(reader, name);
  if (value === undefined || typeof value === "boolean") return value;
  return complain(reader, malformed(`\`${name}\` must be true or false.`, name));
}
