// What an adapter costs on a worker, in prompt tokens, beside what is owed there: nothing where places need it already, its
// load where it is not resident, and more where it is not at home, for there it takes a slot from those that are.

import { adapterLoadUs } from "#shared/model/adapter-tiers.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { WorkerView } from "./worker-view.ts";

/** What a load is worth there, in prompt tokens. */
export interface LoadPrices {
  loadTokens(digest: AdapterDigest, view: WorkerView): number;
}

export interface AdapterNeed {
  /** Empty: it is at home nowhere. */
  readonly homes: readonly WorkerView[];
  readonly prices: LoadPrices;
  /** Any worker, by this draw. Absent: the cheapest. */
  readonly draw?: number;
}

/** Prompt tokens that an H100 computes of an 8B model in a millisecond: what another engine does in it, its queue shows. */
const tokensPerMs = 40;
/** Of one that nobody has told the size of: rank 16, all linear modules of an 8B model. */
const bytesGuessed = 84e6;
/** What placement by least work alone counts for any load. */
export const flatLoadTokens = 2048;
/** A slot that is taken from another, which comes back for it: thirty-two sequences may run more at one worker before a second one takes the adapter in. By measurement: decisions/2026-11-30-adapter-residency.md. */
const slotTokens = 8192;
/** So much more where it is not at home: there it will not be looked for again. */
const awayTokens = 8192;
const awayWhereFreeTokens = 2048;

/** `bytes` 0: not known. */
export const loadTokens = (bytes: number, tier: "host" | "disk"): number =>
  Math.ceil((adapterLoadUs(bytes === 0 ? bytesGuessed : bytes, tier) * tokensPerMs) / 1000);

export const isReady = (view: WorkerView, digest: AdapterDigest): boolean =>
  digest === baseModel || view.residents.includes(digest);

export function adapterPrice(
  view: WorkerView,
  digest: AdapterDigest,
  need: AdapterNeed | undefined,
): number {
  if (digest === baseModel || view.needed.has(digest)) return 0;
  if (view.residents.includes(digest)) return 0;
  const load = need?.prices.loadTokens(digest, view) ?? flatLoadTokens;
  const { homes = [] } = need ?? {};
  if (homes.length === 0) return load;
  const isAway = !homes.includes(view);
  if (!view.areSlotsFull) return load + (isAway ? awayWhereFreeTokens : 0);
  return load + slotTokens + (isAway ? awayTokens : 0);
}
