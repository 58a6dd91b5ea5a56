// Which worker runs this request: among those that can take it now, the one whose adapter slots and prefix cache
// suit it best; among equals the one with most free KV blocks, so that load spreads.

import type { AdapterDigest, WorkerId } from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { WorkerView } from "./worker-view.ts";
import { freeBlocks, freeSequences, isOpen, isSilent } from "./worker-view.ts";

export interface Need {
  readonly blocks: number;
  readonly adapterDigest: AdapterDigest;
  /** Who may hold its first blocks. */
  readonly prefixWorker: WorkerId | undefined;
}

export interface WorkerChoice {
  readonly view: WorkerView;
  readonly locality: number;
}

/** Loading an adapter costs more than recomputing a prefix. */
const adapterReady = 2;
const prefixHeld = 1;
export const localityMax: number = adapterReady + prefixHeld;

export function pickWorker(
  workers: readonly WorkerView[],
  need: Need,
  nowMs: number,
): WorkerChoice | undefined {
  let best: WorkerView | undefined;
  let bestLocality = -1;
  let bestBlocks = -1;
  for (const view of workers) {
    const locality = localityOf(view, need);
    if (locality < bestLocality || !canTake(view, need, nowMs)) continue;
    const blocks = freeBlocks(view, nowMs);
    if (locality === bestLocality && !isRoomier(view, blocks, best, bestBlocks)) continue;
    best = view;
    bestLocality = locality;
    bestBlocks = blocks;
  }
  return best === undefined ? undefined : { view: best, locality: bestLocality };
}

/** Whether this worker can take it now, by all we believe. */
export function canTake(view: WorkerView, need: Need, nowMs: number): boolean {
  if (!isOpen(view) || isSilent(view, nowMs)) return false;
  if (freeBlocks(view, nowMs) < need.blocks) return false;
  return nowMs >= view.slotBlockedUntilMs || isReady(view, need.adapterDigest);
}

/** Whether the worker, once empty, could take it; one whose size nobody has told yet is believed to. */
export const couldEverTake = (view: WorkerView, need: Need): boolean =>
  view.totalBlocks < 0 || view.totalBlocks >= need.blocks;

const isReady = (view: WorkerView, digest: AdapterDigest): boolean =>
  digest === baseModel || view.residents.includes(digest);

const localityOf = (view: WorkerView, need: Need): number =>
  (isReady(view, need.adapterDigest) ? adapterReady : 0) +
  (view.worker === need.prefixWorker ? prefixHeld : 0);

function isRoomier(
  view: WorkerView,
  blocks: number,
  best: WorkerView | undefined,
  bestBlocks: number,
): boolean {
  if (best === undefined || blocks > bestBlocks) return true;
  return blocks === bestBlocks && freeSequences(view) > freeSequences(best);
}
