// What a worker tells of its GPU time: all since its life began, so that words repeat, overtake and are lost without harm.
// Law: of one life each number only grows, so words of it merge by maximum; its lines add up to wall × GPUs.

import { gpuLineNames, maxLines } from "./gpu-lines.ts";
import type { GpuLines } from "./gpu-lines.ts";
import type { ShapeGpuWord } from "./gpu-shapes.ts";
import { areShapeWords, mergeShapes } from "./gpu-shapes.ts";
import type { PoolId, TenantId, WorkerId } from "./ids.ts";

/** How often a worker tells: one that says nothing for longer has ended. */
export const gpuWordEveryMs = 500;

export interface TenantGpuWord {
  /** Empty: of all for whom the engine had no account. */
  readonly tenant: TenantId | "";
  readonly requestsUs: number;
  /** Of that. */
  readonly recomputeUs: number;
}

export interface GpuWord {
  readonly worker: WorkerId;
  /** Its first registration: no other life has that. */
  readonly life: number;
  readonly pool: PoolId;
  readonly zone: string;
  readonly workerType: string;
  readonly gpus: number;
  /** By the clock of its process: when its life began, and when this was told. */
  readonly startedAtMs: number;
  readonly toldAtMs: number;
  /** Until `toldAtMs` by the worker's own clock: what its engine says is held against it. */
  readonly outsideUs: number;
  readonly lines: GpuLines;
  /** Those that have had more since the last word. */
  readonly tenants: readonly TenantGpuWord[];
  /** Likewise. Of an engine that does not know them: none. */
  readonly shapes: readonly ShapeGpuWord[];
}

/** With the moments of the world's clock: what is stored. */
export interface GpuEntry extends GpuWord {
  readonly startedAtEpochMs: number;
  readonly toldAtEpochMs: number;
}

export function mergeGpuEntries(standing: GpuEntry | undefined, arriving: GpuEntry): GpuEntry {
  if (standing === undefined) return arriving;
  const later = standing.outsideUs > arriving.outsideUs ? standing : arriving;
  const tenants = new Map(standing.tenants.map((one) => [one.tenant, one]));
  for (const one of arriving.tenants) {
    const had = tenants.get(one.tenant);
    tenants.set(one.tenant, had === undefined || had.requestsUs < one.requestsUs ? one : had);
  }
  return {
    ...later,
    startedAtEpochMs: Math.min(standing.startedAtEpochMs, arriving.startedAtEpochMs),
    toldAtEpochMs: Math.max(standing.toldAtEpochMs, arriving.toldAtEpochMs),
    lines: maxLines(standing.lines, arriving.lines),
    tenants: [...tenants.values()],
    shapes: mergeShapes(standing.shapes, arriving.shapes),
  };
}

const minuteMs = 60_000;

/** The UTC minute that a word is of. */
export const minuteOf = (epochMs: number): number => Math.floor(epochMs / minuteMs) * minuteMs;

/** One account of each life and minute. */
export const gpuEntryKey = ({ worker, life, toldAtEpochMs }: GpuEntry): string =>
  `${worker}/${life}/${minuteOf(toldAtEpochMs)}`;

/** A device puts the world's clock to a word, by how its process's clock stands beside it. */
export function atEpoch(word: GpuWord, nowMs: number, nowEpochMs: number): GpuEntry {
  const sinceMs = nowEpochMs - nowMs;
  return {
    ...word,
    startedAtEpochMs: Math.round(sinceMs + word.startedAtMs),
    toldAtEpochMs: Math.round(sinceMs + word.toldAtMs),
  };
}

const isAmount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isWord = (value: unknown): boolean =>
  typeof value === "string" && value.length <= 256 && !value.includes("\0");

/** Whatever arrives from another process. */
export function isGpuEntry(value: unknown): value is GpuEntry {
  if (typeof value !== "object" || value === null) return false;
  const entry = value as Readonly<Record<string, unknown>>;
  const { lines, tenants, gpus } = entry;
  if (![entry["worker"], entry["pool"], entry["zone"], entry["workerType"]].every(isWord))
    return false;
  if (entry["worker"] === "" || Number(gpus) < 1) return false;
  const numbers = ["gpus", "life", "outsideUs", "startedAtEpochMs", "toldAtEpochMs"] as const;
  if (!numbers.every((name) => isAmount(entry[name]))) return false;
  if (typeof lines !== "object" || lines === null || !Array.isArray(tenants)) return false;
  if (!gpuLineNames.every((name) => isAmount((lines as Record<string, unknown>)[name])))
    return false;
  return areShapeWords(entry["shapes"]) && (tenants as readonly unknown[]).every(isTenantWord);
}

function isTenantWord(value: unknown): boolean {
  const { tenant, requestsUs, recomputeUs } = (value ?? {}) as Partial<Record<string, unknown>>;
  return isWord(tenant) && isAmount(requestsUs) && isAmount(recomputeUs);
}
