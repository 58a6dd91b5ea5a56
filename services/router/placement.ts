// One attempt's place on a worker, from the pick until nothing of it is held. Law: it only moves along the arrows
// below, and leaves the house when both its blocks and its pin are given back.
//
//   pinning ──→ reserving ──→ granted ──→ running
//      │            │            ├──→ voiding ←┤
//      └────────────┴──→ closing ←─────┴───────┘

import { assert } from "#shared/actor/assert.ts";
import type { Address } from "#shared/actor/actor.ts";
import type { AdapterDigest, RequestId, TenantId } from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { OutputAllowance } from "#shared/model/output-allowance.ts";
import type { PrefixKeys } from "#shared/model/prefix-ladder.ts";
import type { Suspicion } from "#shared/model/suspicion.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import { maxTotals } from "#shared/model/usage.ts";
import type { Charge, TenantAccount } from "./tenant-account.ts";
import type { WaitingOffer } from "./waiting-offer.ts";
import type { WorkerView } from "./worker-view.ts";

export type PlacementState =
  | "pinning"
  | "reserving"
  | "granted"
  | "running"
  | "voiding"
  | "closing";

const mayFollow: Readonly<Record<PlacementState, readonly PlacementState[]>> = {
  pinning: ["reserving", "closing"],
  reserving: ["granted", "closing"],
  granted: ["running", "voiding", "closing"],
  running: ["voiding", "closing"],
  voiding: ["closing"],
  closing: [],
};

/** Of `startedAtSeq`: it has not started; it ran before this router asked, so every report includes it. */
export const notStarted: number = -1;
export const alwaysReported: number = -2;

export interface Placement {
  /** Grows with each place of this epoch; 0: it was found running. */
  readonly number: number;
  /** How often its request was told to give way, here included; found running: as its attempt allows. */
  preemptions: number;
  /** As its offer was under; after a crash, with that. */
  suspicion: Suspicion | undefined;
  /** Its worker is held for it. */
  isAlone: boolean;
  /** Of what it has to compute, what earlier attempts computed and were charged for. */
  readonly computedTokens: number;
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly tenant: TenantId;
  session: Address;
  shardEpoch: number;
  readonly weight: number;
  /** Of the tenant's quota, as its queue offered it. */
  readonly allowance: OutputAllowance | undefined;
  readonly adapterDigest: AdapterDigest;
  readonly account: TenantAccount;
  readonly charge: Charge;
  readonly view: WorkerView;
  readonly blocks: number;
  /** What its worker has to compute before the first token, as far as the router knows. */
  readonly promptTokens: number;
  /** Of the prompt, what its worker was believed to hold already, and what it has still to compute. */
  readonly cachedTokens: number;
  owedPrefillTokens: number;
  readonly prefixKeys: PrefixKeys;
  state: PlacementState;
  /** When it came into this state; and when to say the state's question again. */
  sinceMs: number;
  retryAtMs: number;
  /** Its offer, until granted: it goes back into the order if the place falls through. */
  waiting: WaitingOffer | undefined;
  /** Blocks may be booked for it at the accountant; a pin may stand for it at the cache. */
  isBooked: boolean;
  isPinned: boolean;
  /** The worker's report sequence when it started; or one of the two below. */
  startedAtSeq: number;
  totals: ExecutedTotals;
  /** Loads of its adapter that it caused: 0 or 1. */
  adapterLoads: number;
  readonly pickedMs: number;
  /** When its offer came, and when it started; -1: not, or before this router. */
  readonly offeredMs: number;
  startedMs: number;
  isFirstTokenOut: boolean;
  /** An earlier attempt of the same request that is not closed yet. */
  older: Placement | undefined;
}

export function moveTo(placement: Placement, state: PlacementState, nowMs: number): void {
  assert(mayFollow[placement.state].includes(state), "a place moves along its arrows only");
  placement.state = state;
  placement.sinceMs = nowMs;
}

/** The place counts against its worker from now on; its blocks only once they are asked for. */
export function occupySequence(placement: Placement): void {
  const { view, promptTokens, owedPrefillTokens } = placement;
  needAdapter(placement);
  view.heldSequences += 1;
  view.unreportedSequences += 1;
  view.unreportedPrefillTokens += promptTokens;
  view.owedPrefillTokens += owedPrefillTokens;
}

/** From the pick, or from when it was found running. */
export function needAdapter({ view: { needed }, adapterDigest }: Placement): void {
  if (adapterDigest !== baseModel) needed.set(adapterDigest, (needed.get(adapterDigest) ?? 0) + 1);
}

function needNoAdapter({ view: { needed }, adapterDigest }: Placement): void {
  if (adapterDigest === baseModel) return;
  const left = (needed.get(adapterDigest) ?? 0) - 1;
  if (left > 0) needed.set(adapterDigest, left);
  else needed.delete(adapterDigest);
}

export function occupyBlocks(placement: Placement): void {
  placement.view.unreportedBlocks += placement.blocks;
  placement.view.reservingBlocks += placement.blocks;
}

/** The worker said that it started: its next report includes it. */
export function countStarted(placement: Placement): void {
  const { view } = placement;
  placement.startedAtSeq = view.seq;
  view.startedSequences += 1;
  view.startedBlocks += placement.blocks;
  view.startedPrefillTokens += placement.promptTokens;
}

/** The place counts no more. What the worker reported meanwhile stands until its next report. */
export function vacate(placement: Placement): void {
  const { view } = placement;
  view.heldSequences -= 1;
  needNoAdapter(placement);
  owe(placement, 0);
  if (placement.state === "reserving") view.reservingBlocks -= placement.blocks;
  const { startedAtSeq } = placement;
  const isStarted = startedAtSeq !== notStarted;
  if (isStarted && startedAtSeq !== view.seq) return;
  const blocks = placement.state === "pinning" ? 0 : placement.blocks;
  view.unreportedSequences -= 1;
  view.unreportedBlocks -= blocks;
  view.unreportedPrefillTokens -= placement.promptTokens;
  if (!isStarted) return;
  view.startedSequences -= 1;
  view.startedBlocks -= blocks;
  view.startedPrefillTokens -= placement.promptTokens;
}

/** Its worker's word on what ran: the cache there filled, and less of the prompt is owed. */
export function takeTotals(placement: Placement, totals: ExecutedTotals): void {
  const { view, totals: before, promptTokens } = placement;
  const now = maxTotals(before, totals);
  placement.totals = now;
  view.filledTokens += now.prefillTokens + now.outputTokens;
  view.filledTokens -= before.prefillTokens + before.outputTokens;
  const computedTokens = now.prefillTokens + now.cachedTokens;
  if (now.outputTokens > 0) owe(placement, 0);
  else if (computedTokens > 0) owe(placement, Math.max(0, promptTokens - computedTokens));
}

function owe(placement: Placement, tokens: number): void {
  placement.view.owedPrefillTokens += tokens - placement.owedPrefillTokens;
  placement.owedPrefillTokens = tokens;
}
