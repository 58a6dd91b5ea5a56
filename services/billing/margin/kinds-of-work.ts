// What kinds of work the GPU time of usage was. Usage has the whole of it, engines tell the kinds by pool, tenant and adapter: the whole
// is split as theirs is. Law: the kinds add up to the whole. Where an engine told none, it is split by wall time until and after the first token.

import type { ShapeTime } from "#shared/model/gpu-shapes.ts";
import { shareOut } from "./share-out.ts";
import type { UsageGroup } from "./usage-groups.ts";

export interface Kinds {
  readonly prefill: number;
  readonly decode: number;
  readonly adapter: number;
  readonly recompute: number;
}

type Told = Pick<ShapeTime, "prefillUs" | "decodeUs" | "adapterUs" | "recomputeUs">;

const keyOf = (pool: string, tenant: string, adapterDigest: string): string =>
  JSON.stringify([pool, tenant, adapterDigest]);

export function kindsOf(
  shapes: readonly ShapeTime[],
): (usage: UsageGroup) => Kinds & { readonly isKnown: boolean } {
  const told = new Map<string, Told>();
  for (const one of shapes) {
    const key = keyOf(one.pool, one.tenant, one.adapterDigest);
    const had = told.get(key);
    told.set(key, had === undefined ? one : added(had, one));
  }
  return ({ shape, pool, gpuUs, prefillMs, decodeMs }) => {
    const own = told.get(keyOf(pool, shape.tenant, shape.adapterDigest));
    const known = own === undefined ? undefined : split(gpuUs, own);
    if (known !== undefined) return { ...known, isKnown: true };
    const [prefill = 0, decode = 0] = shareOut(gpuUs, [prefillMs, decodeMs]) ?? [0, gpuUs];
    return { prefill, decode, adapter: 0, recompute: 0, isKnown: false };
  };
}

const added = (a: Told, b: Told): Told => ({
  prefillUs: a.prefillUs + b.prefillUs,
  decodeUs: a.decodeUs + b.decodeUs,
  adapterUs: a.adapterUs + b.adapterUs,
  recomputeUs: a.recomputeUs + b.recomputeUs,
});

function split(
  gpuUs: number,
  { prefillUs, decodeUs, adapterUs, recomputeUs }: Told,
): Kinds | undefined {
  const parts = shareOut(gpuUs, [prefillUs, decodeUs, adapterUs, recomputeUs]);
  if (parts === undefined) return undefined;
  const [prefill = 0, decode = 0, adapter = 0, recompute = 0] = parts;
  return { prefill, decode, adapter, recompute };
}
