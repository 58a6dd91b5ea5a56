// What the router believes about one incarnation of a worker: its last report, less what was placed there since.
// Law: the belief errs on the side of less. A place counts from the pick, and until a later report includes it;
// the places held never exceed the sequences the worker has.

import type { Address } from "#shared/actor/actor.ts";
import { adapterCacheAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { PoolWorker } from "#shared/messages/pool-members.ts";
import type { Capacity } from "#shared/messages/worker-capacity.ts";
import { fmix32, fnv1a32 } from "#shared/model/hash-32.ts";
import type { AdapterDigest, TenantId, WorkerId } from "#shared/model/ids.ts";

import type { WorkerBreaker } from "./worker-breaker.ts";
import { closedBreaker, letsPass } from "./worker-breaker.ts";

/** No report for so long: no grants until the next. */
export const suspectedAfterMs = 2000;
/** What the accountant said is left holds for so long; after that only the worker's report counts. */
const bookableTrustedMs = 1000;

const nobody: readonly TenantId[] = [];

export interface WorkerView {
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly zone: string;
  readonly address: Address;
  readonly cache: Address;
  /** By its name; and one bit of 32, by that. */
  readonly hash: number;
  readonly sign: number;
  /** It has answered `collect-pool`: nothing runs there that this router does not know. */
  isCollected: boolean;
  /** Attempts whose end was told before that answer: it may have been given earlier, and they say no end again. */
  readonly overUncollected: Set<string>;
  isSuspected: boolean;
  /** For one suspect, and nobody else. */
  isHeld: boolean;
  /** Of all its lives. */
  readonly breaker: WorkerBreaker;
  heardMs: number;
  /** The last report. -1: none yet. */
  seq: number;
  reportedSequences: number;
  reportedBlocks: number;
  /** Infinite: the worker names no bound. */
  reportedPrefillTokens: number;
  /** Who yields to the others there, and the room that those have: where nobody does, as everybody's. */
  beyondShare: readonly TenantId[];
  reportedPrefillTokensInside: number;
  sequencesMax: number;
  residents: readonly AdapterDigest[];
  /** Infinite: it has some. */
  adapterSlots: number;
  /** Every one is taken: until half of them are free, for one that is being loaded shows nowhere. */
  areSlotsFull: boolean;
  /** Adapters that this router's places need there, and how many do: each holds a slot. */
  readonly needed: Map<AdapterDigest, number>;
  isCordoned: boolean;
  /** Places from the pick to the end, whatever their state. */
  heldSequences: number;
  /** Of these, not in the last report; and of those, started since. */
  unreportedSequences: number;
  unreportedBlocks: number;
  unreportedPrefillTokens: number;
  startedSequences: number;
  startedBlocks: number;
  startedPrefillTokens: number;
  /** Asked of the accountant and not answered. */
  reservingBlocks: number;
  /** As the accountant last said, and when; -1: never. */
  bookableBlocks: number;
  bookableAtMs: number;
  totalBlocks: number;
  /** It said that its adapter slots are all pinned, which was not known here; asked again after this. */
  slotBlockedUntilMs: number;
  /** Tokens whose KV it has computed, as far as it told: what turns its prefix cache over. */
  filledTokens: number;
  /** Prompt tokens that its places have still to compute, as far as is known. */
  owedPrefillTokens: number;
  /** Prefixes in a row that it was believed to hold and did not. */
  prefixMisses: number;
  /** Place in the pool's list of open workers; -1 when not open. */
  openPlace: number;
}

export function workerView(
  { worker, incarnation, zone, host }: PoolWorker,
  breaker: WorkerBreaker = closedBreaker(),
): WorkerView {
  const hash = fmix32(fnv1a32(worker));
  return {
    worker,
    incarnation,
    zone,
    address: workerAddress(worker),
    cache: adapterCacheAddress(host),
    hash,
    sign: 1 << (hash & 31),
    isCollected: false,
    overUncollected: new Set(),
    isSuspected: false,
    isHeld: false,
    breaker,
    heardMs: 0,
    seq: -1,
    reportedSequences: 0,
    reportedBlocks: 0,
    reportedPrefillTokens: Number.POSITIVE_INFINITY,
    beyondShare: nobody,
    reportedPrefillTokensInside: Number.POSITIVE_INFINITY,
    sequencesMax: 0,
    residents: [],
    adapterSlots: Number.POSITIVE_INFINITY,
    areSlotsFull: false,
    needed: new Map(),
    isCordoned: false,
    heldSequences: 0,
    unreportedSequences: 0,
    unreportedBlocks: 0,
    unreportedPrefillTokens: 0,
    startedSequences: 0,
    startedBlocks: 0,
    startedPrefillTokens: 0,
    reservingBlocks: 0,
    bookableBlocks: 0,
    bookableAtMs: -1,
    totalBlocks: -1,
    slotBlockedUntilMs: 0,
    filledTokens: 0,
    owedPrefillTokens: 0,
    prefixMisses: 0,
    openPlace: -1,
  };
}

/** Takes a report over. False: it is late, or of another life. O(1). */
export function takeReport(view: WorkerView, report: Capacity, nowMs: number): boolean {
  if (report.incarnation !== view.incarnation || report.seq <= view.seq) return false;
  view.seq = report.seq;
  view.heardMs = nowMs;
  view.isSuspected = false;
  view.reportedSequences = report.freeSequences;
  view.reportedBlocks = report.freeBlocks;
  view.reportedPrefillTokens = report.freePrefillTokens ?? Number.POSITIVE_INFINITY;
  view.beyondShare = report.beyondShare ?? nobody;
  view.reportedPrefillTokensInside = report.freePrefillTokensInside ?? view.reportedPrefillTokens;
  view.sequencesMax = report.sequencesMax;
  view.residents = report.residents;
  view.adapterSlots = report.adapterSlots ?? Number.POSITIVE_INFINITY;
  const full = view.areSlotsFull ? view.adapterSlots / 2 : view.adapterSlots;
  view.areSlotsFull = report.residents.length >= full;
  view.isCordoned = report.isCordoned;
  view.unreportedSequences -= view.startedSequences;
  view.unreportedBlocks -= view.startedBlocks;
  view.unreportedPrefillTokens -= view.startedPrefillTokens;
  view.startedSequences = 0;
  view.startedBlocks = 0;
  view.startedPrefillTokens = 0;
  return true;
}

/** The accountant's own count of what can still be booked there. */
export function takeBookable(
  view: WorkerView,
  blocks: { readonly freeBlocks?: number; readonly totalBlocks?: number },
  nowMs: number,
): void {
  if (blocks.freeBlocks !== undefined) {
    view.bookableBlocks = blocks.freeBlocks;
    view.bookableAtMs = nowMs;
  }
  if (blocks.totalBlocks !== undefined) view.totalBlocks = blocks.totalBlocks;
}

export const freeSequences = (view: WorkerView): number =>
  Math.min(
    view.reportedSequences - view.unreportedSequences,
    view.sequencesMax - view.heldSequences,
  );

export function freeBlocks(view: WorkerView, nowMs: number): number {
  const reported = view.reportedBlocks - view.unreportedBlocks;
  const isTrusted = view.bookableAtMs >= 0 && nowMs - view.bookableAtMs < bookableTrustedMs;
  return isTrusted ? Math.min(reported, view.bookableBlocks - view.reservingBlocks) : reported;
}

/** Whether it has far more than its share of this worker, and yields there. */
export const isBeyondShare = ({ beyondShare }: WorkerView, tenant: TenantId): boolean =>
  beyondShare.length > 0 && beyondShare.includes(tenant);

/** Above zero one more prompt of the tenant may come, however long: else a prompt longer than the bound never would. */
export const freePrefillTokens = (view: WorkerView, tenant: TenantId): number =>
  isBeyondShare(view, tenant)
    ? view.reportedPrefillTokens - view.unreportedPrefillTokens
    : freeInsideTokens(view);

const freeInsideTokens = (view: WorkerView): number =>
  view.reportedPrefillTokensInside - view.unreportedPrefillTokens;

export const isSilent = (view: WorkerView, nowMs: number): boolean =>
  nowMs - view.heardMs >= suspectedAfterMs;

/** Whether it serves this pool, be it full at the moment. */
export const isServing = (view: WorkerView): boolean =>
  view.isCollected && view.seq >= 0 && !view.isCordoned && !view.isSuspected;

/** Whether grants may go there at all, as far as sequences and prompts are concerned; to whom is another question. */
export const isOpen = (view: WorkerView): boolean =>
  isServing(view) &&
  !view.isHeld &&
  letsPass(view.breaker) &&
  freeSequences(view) > 0 &&
  freeInsideTokens(view) > 0;
