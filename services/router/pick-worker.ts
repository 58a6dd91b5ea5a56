// Which worker runs this request: among those that can take it now, the one where least is to be computed, what is
// owed there before included: going where the prefix is held pays unless the others wait for less (the rule of Preble,
// Srivatsa et al. 2024, with a price instead of two cases). All in prompt tokens, integers. Among equals the one with
// in its edge's zone, then the one with most free KV blocks.

import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import { fmix32 } from "#shared/model/hash-32.ts";
import type { AdapterNeed } from "./adapter-price.ts";
import { adapterPrice } from "./adapter-price.ts";
import type { PrefixHit } from "./prefix-index.ts";
import type { WorkerView } from "./worker-view.ts";
import {
  freeBlocks,
  freePrefillTokens,
  freeSequences,
  isBeyondShare,
  isOpen,
  isSilent,
} from "./worker-view.ts";

export interface Need {
  readonly tenant: TenantId;
  readonly blocks: number;
  readonly promptTokens: number;
  readonly adapterDigest: AdapterDigest;
  /** Absent: it needs none, or nothing is known of it. */
  readonly adapter?: AdapterNeed | undefined;
  /** Who probably holds how much of its prompt. */
  readonly hits: readonly PrefixHit<WorkerView>[];
  /** Where its edge stands: its tokens have the shortest way from there. Empty: not known. */
  readonly zone: string;
  /** Zones outside which it may not run. */
  readonly residency?: readonly string[] | undefined;
}

export interface WorkerChoice {
  readonly view: WorkerView;
  /** What its cache spares less what its adapter costs there, in prompt tokens. */
  readonly locality: number;
  /** Of these, prompt tokens that it probably holds. */
  readonly cachedTokens: number;
}

/** What a running sequence costs one that joins it: it shares the steps. */
const sequenceTokens = 256;

export function pickWorker(
  workers: readonly WorkerView[],
  need: Need,
  nowMs: number,
): WorkerChoice | undefined {
  let best: WorkerView | undefined;
  let bestScore = 0;
  let bestBlocks = 0;
  let isBestNear = false;
  const isYieldedTo = yieldedTo(workers, need.tenant);
  for (const view of workers) {
    const score = scoreOf(view, need, isYieldedTo);
    if (best !== undefined && score < bestScore) continue;
    if (!canTake(view, need, nowMs)) continue;
    const blocks = freeBlocks(view, nowMs);
    const isNear = view.zone === need.zone;
    if (best !== undefined && score === bestScore) {
      if (isNear === isBestNear ? !isRoomier(view, blocks, best, bestBlocks) : isBestNear) continue;
    }
    best = view;
    bestScore = score;
    bestBlocks = blocks;
    isBestNear = isNear;
  }
  if (best === undefined) return undefined;
  return { view: best, locality: localityOf(best, need), cachedTokens: cachedTokens(best, need) };
}

/** Whether this worker can take it now, by all we believe. */
export const canTake = (view: WorkerView, need: Need, nowMs: number): boolean =>
  hasCapacity(view, need, nowMs) && hasSlotFor(view, need.adapterDigest, nowMs);

/** It could take it, if it had a slot for the adapter. */
export const lacksOnlySlot = (view: WorkerView, need: Need, nowMs: number): boolean =>
  mayHold(view, need.adapterDigest) &&
  hasCapacity(view, need, nowMs) &&
  !hasSlotFor(view, need.adapterDigest, nowMs);

const hasCapacity = (view: WorkerView, { tenant, blocks }: Need, nowMs: number): boolean =>
  isOpen(view) &&
  !isSilent(view, nowMs) &&
  freePrefillTokens(view, tenant) > 0 &&
  freeBlocks(view, nowMs) >= blocks;

/** What places need already shares their slot; any other one needs a slot that they leave. After a refusal only what is there counts: places that are refused one after the other need nothing. */
function hasSlotFor(view: WorkerView, digest: AdapterDigest, nowMs: number): boolean {
  const { needed, adapterSlots, slotBlockedUntilMs, residents } = view;
  if (digest === baseModel) return true;
  if (nowMs < slotBlockedUntilMs) return residents.includes(digest);
  return needed.has(digest) || needed.size < adapterSlots;
}

/** Whether the worker, once empty, could take it; one whose size nobody has told yet is believed to. */
export const couldEverTake = (view: WorkerView, need: Need): boolean =>
  (view.totalBlocks < 0 || view.totalBlocks >= need.blocks) && mayHold(view, need.adapterDigest);

/** It has slots for adapters, or needs none. */
export const mayHold = ({ adapterSlots }: WorkerView, digest: AdapterDigest): boolean =>
  adapterSlots > 0 || digest === baseModel;

function scoreOf(view: WorkerView, need: Need, isYieldedTo: boolean): number {
  const draw = need.adapter?.draw;
  if (draw !== undefined) return fmix32(draw ^ view.hash);
  return localityOf(view, need) - workAhead(view, need.tenant, isYieldedTo);
}

const localityOf = (view: WorkerView, need: Need): number =>
  cachedTokens(view, need) - adapterPrice(view, need.adapterDigest, need.adapter);

// At least one token of a prompt is computed: its output is what is wanted.
function cachedTokens(view: WorkerView, { hits, promptTokens }: Need): number {
  for (const { holder, tokens } of hits) {
    if (holder === view) return Math.min(tokens, promptTokens - 1);
  }
  return 0;
}

/** Somewhere others yield to this tenant: what they hold is not in its way. */
const yieldedTo = (workers: readonly WorkerView[], tenant: TenantId): boolean =>
  workers.some((view) => view.beyondShare.length > 0 && !isBeyondShare(view, tenant));

function workAhead(view: WorkerView, tenant: TenantId, isYieldedTo: boolean): number {
  if (isYieldedTo) return -freePrefillTokens(view, tenant);
  return view.owedPrefillTokens + view.heldSequences * sequenceTokens;
}

function isRoomier(
  view: WorkerView,
  blocks: number,
  best: WorkerView,
  bestBlocks: number,
): boolean {
  if (blocks > bestBlocks) return true;
  return blocks === bestBlocks && freeSequences(view) > freeSequences(best);
}
