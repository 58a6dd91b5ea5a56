// A batch of usage as it travels over the stream: JSON, so that an operator can read what was never stored. What
// arrives is checked record by record, for anything a publisher may send lands here. The tenant in a record is what
// the publisher says: the servers prove its role (only edges and workers may publish), not the process it names.

import { assert } from "#shared/actor/assert.ts";
import type { GpuEntry } from "#shared/model/gpu-word.ts";
import { isGpuEntry } from "#shared/model/gpu-word.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { UsageRecord } from "#shared/model/usage.ts";
import type { AdmissionRow } from "#shared/model/reconciliation.ts";
import { asAdmissions } from "./admission-message.ts";
import { isStorable } from "./usage-buffer.ts";

const usageVersion = 1;
/** The stream refuses what is larger. */
export const usageMessageBytesMax: number = 256 * 1024;
export const usageMessageEntriesMax = 250;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** In order, each within the bounds. Throws if one entry alone is too large. */
export function packUsage(entries: readonly UsageEntry[]): readonly Uint8Array[] {
  if (entries.length > usageMessageEntriesMax) return packHalves(entries);
  const bytes = encoder.encode(JSON.stringify({ version: usageVersion, entries }));
  // The server counts headers and subject too.
  if (bytes.length <= usageMessageBytesMax - 1024) return [bytes];
  if (entries.length === 1) throw new Error(`a usage record of ${bytes.length} bytes is too large`);
  return packHalves(entries);
}

function packHalves(entries: readonly UsageEntry[]): readonly Uint8Array[] {
  const middle = Math.ceil(entries.length / 2);
  return [...packUsage(entries.slice(0, middle)), ...packUsage(entries.slice(middle))];
}

/** Beside usage in the same stream: where GPU time went. In order, each within the bounds: one word of very many tenants and shapes goes as several. */
export function packGpuTimes(gpuTimes: readonly GpuEntry[]): readonly Uint8Array[] {
  if (gpuTimes.length === 0) return [];
  const bytes = encoder.encode(JSON.stringify({ version: usageVersion, gpuTimes }));
  const isSmall = bytes.length <= usageMessageBytesMax - 1024;
  if (isSmall && gpuTimes.length <= usageMessageEntriesMax) return [bytes];
  const [only] = gpuTimes;
  const halves =
    gpuTimes.length === 1 && only !== undefined ? halvesOfWord(only) : halvesOf(gpuTimes);
  return halves.flatMap(packGpuTimes);
}

function halvesOf<Each>(all: readonly Each[]): readonly [readonly Each[], readonly Each[]] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}

/** Both say all of the lines: they merge into what they were. */
function halvesOfWord(word: GpuEntry): readonly (readonly GpuEntry[])[] {
  const { tenants, shapes } = word;
  assert(tenants.length + shapes.length > 1, "a word without tenants and shapes is small");
  const [someTenants, otherTenants] = halvesOf(tenants);
  const [someShapes, otherShapes] = halvesOf(shapes);
  return [
    [{ ...word, tenants: someTenants, shapes: someShapes }],
    [{ ...word, tenants: otherTenants, shapes: otherShapes }],
  ];
}

export type UnpackedUsage =
  | { readonly kind: "gpu-time"; readonly gpuTimes: readonly GpuEntry[] }
  | { readonly kind: "usage"; readonly entries: readonly UsageEntry[] }
  | { readonly kind: "admissions"; readonly rows: readonly AdmissionRow[] }
  | { readonly kind: "malformed"; readonly reason: string };

/** Never throws. Reasons name fields, never values. */
export function unpackUsage(bytes: Uint8Array): UnpackedUsage {
  let unpacked: unknown;
  try {
    unpacked = JSON.parse(decoder.decode(bytes));
  } catch {
    return malformed("no JSON");
  }
  const given = (unpacked ?? {}) as Readonly<Record<string, unknown>>;
  const { version, entries, admissions, gpuTimes } = given;
  if (version !== usageVersion) {
    return malformed(`version ${typeof version === "number" ? version : "unknown"}`);
  }
  const rows = asAdmissions(admissions);
  if (rows !== undefined) return { kind: "admissions", rows };
  if (entries === undefined && Array.isArray(gpuTimes)) return gpuTimesOf(gpuTimes);
  if (!Array.isArray(entries) || entries.length > usageMessageEntriesMax) {
    return malformed("no list of entries within bounds");
  }
  const whole = (entries as readonly unknown[]).map(withLaterFields);
  for (const entry of whole) {
    const fault = faultOf(entry);
    if (fault !== undefined) return malformed(fault);
  }
  return { kind: "usage", entries: whole as readonly UsageEntry[] };
}

const gpuTimesOf = (gpuTimes: readonly unknown[]): UnpackedUsage =>
  gpuTimes.length <= usageMessageEntriesMax && gpuTimes.every(isGpuEntry)
    ? { kind: "gpu-time", gpuTimes }
    : malformed("GPU time with a value out of range");
/** Of a message that may be malformed: what in it can be stored all the same. Never throws. */
export function readableEntries(bytes: Uint8Array): readonly UsageEntry[] {
  try {
    const { version, entries } = JSON.parse(decoder.decode(bytes)) as {
      readonly version?: unknown;
      readonly entries?: unknown;
    };
    if (version !== usageVersion || !Array.isArray(entries)) return [];
    return (entries as readonly unknown[]).filter(
      (entry): entry is UsageEntry => faultOf(entry) === undefined,
    );
  } catch {
    return [];
  }
}

const malformed = (reason: string): UnpackedUsage => ({ kind: "malformed", reason });

/** A field added to the record and forgotten here does not compile. */
const recordTypes: Readonly<Record<keyof UsageRecord, "string" | "number">> = {
  tenant: "string",
  requestId: "string",
  model: "string",
  modelVersion: "string",
  adapterDigest: "string",
  pool: "string",
  poolClass: "string",
  tier: "string",
  worker: "string",
  workerType: "string",
  zone: "string",
  arrivedAtEpochMs: "number",
  promptTokens: "number",
  cachedTokens: "number",
  outputTokens: "number",
  splitAtEpochMs: "number",
  outputTokensBefore: "number",
  queueMs: "number",
  prefillMs: "number",
  decodeMs: "number",
  kvBlockMs: "number",
  preemptions: "number",
  attempts: "number",
  gpuUs: "number",
  outcome: "string",
};
/** Of a publisher that is older than a field: as if it did not know. */
const laterFields = {
  poolClass: "",
  tier: "",
  splitAtEpochMs: 0,
  outputTokensBefore: 0,
} as const satisfies Partial<UsageRecord>;

function withLaterFields(entry: unknown): unknown {
  const { record } = (entry ?? {}) as { readonly record?: unknown };
  if (typeof record !== "object" || record === null || "outputTokensBefore" in record) return entry;
  return { ...(entry as object), record: { ...laterFields, ...record } };
}

const recordFields = Object.entries(recordTypes);

const aYearMs = 31_536_000_000;

const isDuration = (value: unknown): boolean =>
  value === undefined || (typeof value === "number" && value >= 0 && value <= aYearMs);

function faultOf(entry: unknown): string | undefined {
  if (typeof entry !== "object" || entry === null) return "an entry that is no object";
  const { record, isFinal, endsWithinMs } = entry as {
    readonly record?: unknown;
    readonly isFinal?: unknown;
    readonly endsWithinMs?: unknown;
  };
  if (typeof isFinal !== "boolean") return "an entry without isFinal";
  if (!isDuration(endsWithinMs)) return "an entry with endsWithinMs that is no duration";
  if (typeof record !== "object" || record === null) return "an entry without record";
  const values = record as Readonly<Record<string, unknown>>;
  for (const [field, type] of recordFields) {
    if (typeof values[field] !== type) return `a record with ${field} that is no ${type}`;
  }
  if (values["tenant"] === "" || values["requestId"] === "") return "a record without its key";
  return isStorable(record as UsageRecord) ? undefined : "a record with a value out of range";
}

/** What the ledger's side says: everything of this stream up to here is stored. */
export interface UsageStored {
  /** When the stream was made: another one counts from one again. */
  readonly created: string;
  readonly sequence: number;
}

export const packStored = (stored: UsageStored): Uint8Array =>
  encoder.encode(JSON.stringify(stored));

export function unpackStored(bytes: Uint8Array): UsageStored | undefined {
  try {
    const { created, sequence } = JSON.parse(decoder.decode(bytes)) as Partial<UsageStored>;
    return typeof created === "string" && Number.isSafeInteger(sequence)
      ? { created, sequence: sequence ?? 0 }
      : undefined;
  } catch {
    return undefined;
  }
}
