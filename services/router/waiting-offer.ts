// An offer that waits for a place: the newest word of its queue about it, and what it has met here so far.

import { blocksFor } from "#shared/model/kv-blocks.ts";
import type { Offer } from "#shared/messages/to-router.ts";
import type { HeapOrder } from "./indexed-heap.ts";
import type { Suspicion } from "#shared/model/suspicion.ts";
import { together } from "#shared/model/suspicion.ts";
import type { PrefixHit } from "./prefix-index.ts";
import type { WorkerView } from "./worker-view.ts";

/** Until when an offer is kept out of the order: a time, or until its earlier place is closed. */
export const untilClosed: number = Number.POSITIVE_INFINITY;

export interface WaitingOffer {
  offer: Offer;
  /** How often its request was told to give way, by whoever knows of most. */
  readonly preemptions: number;
  /** By whoever knows of most: its session may not have heard of a crash, nor this router. */
  suspicion: Suspicion | undefined;
  /** Prompt plus predicted output, in the pool's blocks. */
  blocks: number;
  readonly arrivedMs: number;
  /** When the request came to its queue: a queue offers only its first few, so an offer may be much younger. */
  readonly openedMs: number;
  /** Its place in its tenant's order; -1 while parked. */
  place: number;
  /** 0 while it takes part in the order. */
  parkedUntilMs: number;
  /** Why it was passed over, as last noted. */
  waitReason: string;
  adapterFailures: number;
  /** The accountant is not asked before this whether blocks may be taken back for it. */
  reclaimAgainMs: number;
  /** In the order in which the policy met the offers; -1: it has not. A returned offer keeps it. */
  entry: number;
  /** Who probably holds how much of its prompt, and until when that is believed. */
  hits: readonly PrefixHit<WorkerView>[];
  hitsUntilMs: number;
  /** How often another of its tenant's was picked before it. */
  timesPassed: number;
  /** Where it stood when it was picked, to stand there again if its place falls through; -1: never picked. */
  startTag: number;
  /** Where its edge stands; empty: not known. */
  zone: string;
}

/** What its router remembers of earlier attempts. */
export interface EarlierHere {
  readonly preemptions: number;
  readonly suspicion: Suspicion | undefined;
}

const nothingEarlier: EarlierHere = { preemptions: 0, suspicion: undefined };

export function waitingOffer(
  offer: Offer,
  kvBlockTokens: number,
  nowMs: number,
  { preemptions, suspicion }: EarlierHere = nothingEarlier,
): WaitingOffer {
  return {
    offer,
    preemptions: Math.max(preemptions, offer.preemptions ?? 0),
    suspicion: together(offer.suspicion, suspicion),
    blocks: blocksOf(offer, kvBlockTokens),
    arrivedMs: nowMs,
    openedMs: nowMs - (offer.waitedMs ?? 0),
    place: -1,
    parkedUntilMs: 0,
    waitReason: "",
    adapterFailures: 0,
    reclaimAgainMs: 0,
    entry: -1,
    hits: [],
    hitsUntilMs: 0,
    timesPassed: 0,
    startTag: -1,
    zone: "",
  };
}

export const blocksOf = (offer: Offer, kvBlockTokens: number): number =>
  blocksFor(offer.promptTokens + offer.outputTokensPredicted, kvBlockTokens);

/** The tenant's own order; two offers at one position go by id, so that every run agrees. */
export const byPosition: HeapOrder<WaitingOffer> = {
  keyOf: (waiting) => waiting.offer.position,
  isBefore: (a, b) => a.offer.requestId < b.offer.requestId,
  placeOf: (waiting) => waiting.place,
  setPlace: (waiting, place) => {
    waiting.place = place;
  },
};
