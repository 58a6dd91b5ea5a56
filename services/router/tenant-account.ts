// What a tenant has been charged in this pool, in tags: µcost per weight, integers. Law: a charge is followed by
// exactly one settlement, and between them the clock has moved by the larger of what was charged ahead and what ran.

import type { Address } from "#shared/actor/actor.ts";
import { assert } from "#shared/actor/assert.ts";
import { tenantQueueAddress } from "#shared/messages/addresses.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { IndexedHeap } from "./indexed-heap.ts";
import type { ServiceRecord } from "./service-record.ts";
import type { WaitingOffer } from "./waiting-offer.ts";
import { byPosition } from "./waiting-offer.ts";

export interface TenantAccount {
  readonly tenant: TenantId;
  readonly queue: Address;
  band: number;
  weight: number;
  /** Charged up to here. */
  clock: number;
  /** Executed so far: only grows, and no prediction and no lift is in it. */
  executedTag: number;
  /** Virtual time when it last became backlogged: its next start tag is not below. */
  lift: number;
  /** False until its queue's own tag was taken into account once. */
  isTagged: boolean;
  /** In the order in which the policy met the tenants; -1: it has not. */
  number: number;
  readonly waiting: IndexedHeap<WaitingOffer>;
  /** Tags of the first waiting offer; meaningful while one waits. */
  startTag: number;
  finishTag: number;
  /** Places held: from the pick to the settlement. */
  placements: number;
  /** Charged and not executed yet, over its places. */
  unexecutedTag: number;
  lastStartTag: number;
  /** Places in the heaps of its band's order; -1 when absent. */
  readyPlace: number;
  startPlace: number;
  runningPlace: number;
  /** The audit's, while it watches the tenant. */
  record: ServiceRecord | undefined;
  /** Signs of the workers that may hold some of what its first offers begin with, and until when that is believed. */
  holderSigns: number;
  holderSignsUntilMs: number;
}

export function openAccount(tenant: TenantId, band: number, weight: number): TenantAccount {
  return {
    tenant,
    queue: tenantQueueAddress(tenant),
    band,
    weight,
    clock: 0,
    executedTag: 0,
    lift: 0,
    isTagged: false,
    number: -1,
    waiting: new IndexedHeap(byPosition),
    startTag: 0,
    finishTag: 0,
    placements: 0,
    unexecutedTag: 0,
    lastStartTag: 0,
    readyPlace: -1,
    startPlace: -1,
    runningPlace: -1,
    record: undefined,
    holderSigns: 0,
    holderSignsUntilMs: 0,
  };
}

/** One request's charge: what was asked in advance and what has run since. */
export interface Charge {
  readonly band: number;
  readonly weight: number;
  readonly startTag: number;
  readonly finishTag: number;
  chargedTag: number;
  /** µcost: the same as the tags, before the division by the weight. */
  chargedCost: number;
  executedCost: number;
  executedTag: number;
  readonly takenMs: number;
  isSettled: boolean;
}

export const tagOf = (cost: number, weight: number): number => Math.floor(cost / weight);

/** Tags of the first waiting offer, from the clock as it stands. `cost`: what it will be charged ahead. */
export function retag(account: TenantAccount, cost: number): void {
  account.startTag = Math.max(account.clock, account.lift);
  account.finishTag = account.startTag + tagOf(cost, account.weight);
  assert(Number.isSafeInteger(account.finishTag), "tags are exact integers");
}

/** Charge the first waiting offer in advance; the caller has taken it out of the order and `cost` is its own. */
export function chargeAhead(account: TenantAccount, cost: number, nowMs: number): Charge {
  const { band, weight, startTag } = account;
  const chargedTag = tagOf(cost, weight);
  const finishTag = startTag + chargedTag;
  assert(Number.isSafeInteger(finishTag), "tags are exact integers");
  account.clock = finishTag;
  account.unexecutedTag += chargedTag;
  account.lastStartTag = startTag;
  account.placements += 1;
  return {
    band,
    weight,
    startTag,
    finishTag,
    chargedTag,
    chargedCost: cost,
    executedCost: 0,
    executedTag: 0,
    takenMs: nowMs,
    isSettled: false,
  };
}

/** A sequence that ran before this router owned the pool: what it has used is past, what it uses from now on is charged. */
export function chargeFromNow(
  account: TenantAccount,
  executedCost: number,
  weight: number,
): Charge {
  const executedTag = tagOf(executedCost, weight);
  account.placements += 1;
  account.lastStartTag = account.clock;
  return {
    band: account.band,
    weight,
    startTag: account.clock,
    finishTag: account.clock,
    chargedTag: executedTag,
    chargedCost: executedCost,
    executedCost,
    executedTag,
    takenMs: 0,
    isSettled: false,
  };
}

/** Of a sequence that ran before: an earlier router had charged so much ahead for it, and so has this one now. */
export function chargedBefore(account: TenantAccount, charge: Charge, chargedTag: number): void {
  if (charge.isSettled || chargedTag <= charge.chargedTag) return;
  account.unexecutedTag -= unexecutedTag(charge);
  charge.chargedTag = chargedTag;
  charge.chargedCost = chargedTag * charge.weight;
  account.unexecutedTag += unexecutedTag(charge);
}

/** Work done so far, cumulative; beyond what was charged the clock moves on. Answers with the µcost that is new. */
export function chargeExecuted(
  account: TenantAccount,
  charge: Charge,
  executedCost: number,
): number {
  const isNew = !charge.isSettled && executedCost > charge.executedCost;
  if (!isNew) return 0;
  const executedTag = tagOf(executedCost, charge.weight);
  const { chargedTag } = charge;
  account.unexecutedTag -= unexecutedTag(charge);
  account.clock +=
    Math.max(0, executedTag - chargedTag) - Math.max(0, charge.executedTag - chargedTag);
  account.executedTag += executedTag - charge.executedTag;
  charge.executedTag = executedTag;
  account.unexecutedTag += unexecutedTag(charge);
  const newCost = executedCost - charge.executedCost;
  charge.executedCost = executedCost;
  return newCost;
}

/** The place is given up: what did not run is refunded. Once. */
export function settle(account: TenantAccount, charge: Charge): void {
  assert(!charge.isSettled, "a charge is settled once");
  const refund = unexecutedTag(charge);
  account.clock -= refund;
  account.unexecutedTag -= refund;
  account.placements -= 1;
  charge.isSettled = true;
  assert(account.placements >= 0 && account.unexecutedTag >= 0, "every settlement had a charge");
}

/** What its settlement would refund now, in tags. */
export const unexecutedTag = (charge: Charge): number =>
  Math.max(0, charge.chargedTag - charge.executedTag);

/** How far a tenant with places has come: what it was given, without what is still only predicted. */
export const runningTag = (account: TenantAccount): number =>
  Math.max(account.lastStartTag, account.clock - account.unexecutedTag);
