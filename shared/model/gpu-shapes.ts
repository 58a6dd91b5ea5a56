// GPU time by the shape of what had it: tenant and adapter, of a pool, which says model and class. Law: of one life of a worker each
// number only grows, so that words of it merge by maximum.

import type { AdapterDigest, TenantId } from "./ids.ts";

export interface ShapeGpuWord {
  /** Empty: of no tenant's requests, but the adapter's coming in; or of all for whom the engine had no account. */
  readonly tenant: TenantId | "";
  readonly adapterDigest: AdapterDigest;
  /** New work on prompts, with its attention; on output, with its; of the adapter's kernels; and done again, of whatever kind. */
  readonly prefillUs: number;
  readonly decodeUs: number;
  readonly adapterUs: number;
  readonly recomputeUs: number;
  /** Nothing ran but this adapter came in; and how often it did. */
  readonly loadUs: number;
  readonly loads: number;
}

export const shapeNumbers: readonly Exclude<keyof ShapeGpuWord, "tenant" | "adapterDigest">[] = [
  "prefillUs",
  "decodeUs",
  "adapterUs",
  "recomputeUs",
  "loadUs",
  "loads",
];

export const shapeKey = ({
  tenant,
  adapterDigest,
}: Pick<ShapeGpuWord, "tenant" | "adapterDigest">): string => `${tenant} ${adapterDigest}`;

const byNumber = (
  a: ShapeGpuWord,
  b: ShapeGpuWord,
  of: (a: number, b: number) => number,
): ShapeGpuWord => ({
  ...a,
  ...Object.fromEntries(shapeNumbers.map((name) => [name, of(a[name], b[name])])),
});

export const addShapes = (a: ShapeGpuWord, b: ShapeGpuWord): ShapeGpuWord =>
  byNumber(a, b, (one, other) => one + other);

/** Neither list has a shape twice. */
export function mergeShapes(
  standing: readonly ShapeGpuWord[],
  arriving: readonly ShapeGpuWord[],
): readonly ShapeGpuWord[] {
  const merged = new Map(standing.map((one) => [shapeKey(one), one]));
  for (const one of arriving) {
    const had = merged.get(shapeKey(one));
    merged.set(shapeKey(one), had === undefined ? one : byNumber(had, one, Math.max));
  }
  return [...merged.values()];
}

/** Of one pool, zone and type, at one rate; over a period. */
export interface ShapeTime extends ShapeGpuWord {
  readonly pool: string;
  readonly zone: string;
  readonly workerType: string;
  /** As of the period's boundaries of rates: how many are behind. */
  readonly bucket: number;
}

export const areShapeWords = (value: unknown): value is readonly ShapeGpuWord[] =>
  Array.isArray(value) && (value as readonly unknown[]).every(isShapeWord);

function isShapeWord(value: unknown): value is ShapeGpuWord {
  const word = (value ?? {}) as Readonly<Record<string, unknown>>;
  const isText = (text: unknown): boolean =>
    typeof text === "string" && text.length <= 256 && !text.includes("\0");
  return (
    isText(word["tenant"]) &&
    isText(word["adapterDigest"]) &&
    shapeNumbers.every((name) => Number.isSafeInteger(word[name]) && Number(word[name]) >= 0)
  );
}
