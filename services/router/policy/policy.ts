// The order in which a pool's tenants are served: whose first offer is next, what a place is charged, what is refunded.
// One policy for all bands, an order of its own in each: the lower number goes first, unless a lower band is below its
// floor (band-floors.ts). Laws: inside a tenant position
// decides, unless locality may; a charge is settled once; an offer that comes back stands where it stood; all is integers and the same every run.

import { assert } from "#shared/actor/assert.ts";
import type { CostWeights } from "#shared/model/cost.ts";
import type { PolicyName } from "#shared/model/policy-name.ts";
import type { Charge, TenantAccount } from "#services/router/tenant-account.ts";
import {
  chargeAhead,
  chargedBefore,
  chargeExecuted,
  chargeFromNow,
  retag,
  runningTag,
  settle,
} from "#services/router/tenant-account.ts";
import type { WaitingOffer } from "#services/router/waiting-offer.ts";
import { BandFloors } from "./band-floors.ts";
import type { Look, SeeHead, TenantOrder } from "./tenant-order.ts";

interface Band {
  readonly number: number;
  readonly order: TenantOrder;
  /** Offers. */
  waiting: number;
}

/** What a worker's cache is believed to hold of a prompt is not charged ahead; if it does not hold it, it is charged as it runs. */
export interface Taken {
  readonly cachedTokens: number;
  /** Absent: the tenant's first. */
  readonly waiting?: WaitingOffer;
}

const nothingCached: Taken = { cachedTokens: 0 };

/** Charged ahead and not executed, µcost; nothing once it is settled. */
const promisedOf = ({ chargedCost, executedCost }: Charge): number =>
  Math.max(0, chargedCost - executedCost);

export class Policy {
  readonly name: PolicyName;
  readonly #orderOf: () => TenantOrder;
  /** In their order: few, and never forgotten. */
  readonly #bands: Band[] = [];
  readonly #floors: BandFloors = new BandFloors();
  /** What a cached prompt token is cheaper by. */
  readonly #cachedDiscount: number;
  #nowMs = 0;
  #accounts = 0;
  #entries = 0;

  constructor(
    name: PolicyName,
    orderOf: () => TenantOrder,
    { promptToken, cachedToken }: CostWeights,
  ) {
    this.name = name;
    this.#orderOf = orderOf;
    this.#cachedDiscount = Math.max(0, promptToken - cachedToken);
  }

  /** What time it is; `visit` and `take` say it too. */
  passTo(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
  }

  /** The tenants of the first band where one's turn it can be, least first; it must change nothing of them. */
  visit(look: Look, see: SeeHead): void {
    this.passTo(look.nowMs);
    const below = this.#bandBelowFloor();
    if (below?.order.visit(look, see) === true) return;
    for (const { order } of this.#bands) if (order.visit(look, see)) return;
  }

  /** Whether its band would be below its floor without it: then nothing from above preempts it. */
  isProtected(charge: Charge): boolean {
    return this.#floors.isBelow(charge.band, this.#nowMs, promisedOf(charge));
  }

  /** Whether `later`, seen after `first` in the same visit, may be served before it. */
  mayOvertake(later: TenantAccount, first: TenantAccount, theta: number): boolean {
    return this.#order(first.band).mayOvertake(later, first, theta);
  }

  virtualTime(band: number): number {
    return this.#order(band).virtualTime();
  }

  /** µcost per weight by which a tenant that runs is ahead of the least that waits in its band; 0 when nobody waits there. */
  leadOf(account: TenantAccount): number {
    const least = this.#order(account.band).leastWaiting();
    return least === undefined ? 0 : runningTag(account) - least;
  }

  /** The least tag of those that wait in a band; absent: none does, or the policy does not order by service. */
  leastWaiting(band: number): number | undefined {
    return this.#order(band).leastWaiting();
  }

  /** Whether an idle account may be forgotten: its tenant would lose and gain nothing by it. */
  isForgettable(account: TenantAccount): boolean {
    const isIdle = account.waiting.size === 0 && account.placements === 0;
    return isIdle && this.#order(account.band).isForgettable(account);
  }

  /** Put an offer into its tenant's order. `startTag`: its queue's own. */
  enter(account: TenantAccount, waiting: WaitingOffer, startTag: number): void {
    const order = this.#takeTerms(account, waiting);
    if (account.waiting.size === 0) {
      order.backlogged(account);
      this.#heed(account, startTag);
    }
    this.#add(account, waiting);
  }

  /** An offer whose place fell through stands where it stood, at `startTag`: its tenant does not start anew. */
  reenter(account: TenantAccount, waiting: WaitingOffer, startTag: number): void {
    const order = this.#takeTerms(account, waiting);
    if (account.waiting.size === 0) {
      order.returned(account, startTag);
      this.#heed(account, startTag);
    }
    this.#add(account, waiting);
  }

  /** What its queue says of a tenant with an offer that stands apart and enters no order for long: heeded once, as in `enter`. */
  told(account: TenantAccount, startTag: number): void {
    if (account.isTagged) return;
    this.#meet(account);
    this.#heed(account, startTag);
    this.#refresh(account);
  }

  /** Take an offer out of the order, uncharged. */
  leave(account: TenantAccount, waiting: WaitingOffer): void {
    account.waiting.remove(waiting);
    this.#band(account.band).waiting -= 1;
    this.#refresh(account);
  }

  /** The queue said something new about an offer that waits. */
  changed(account: TenantAccount, waiting: WaitingOffer): void {
    this.#takeTerms(account, waiting);
    account.waiting.update(waiting);
    this.#refresh(account);
  }

  /** One of the tenant's offers gets a place: charged at once, so that the next one stands behind it. */
  take(account: TenantAccount, nowMs: number, taken: Taken = nothingCached): Charge {
    this.passTo(nowMs);
    const { waiting = account.waiting.least(), cachedTokens } = taken;
    assert(waiting !== undefined, "only a waiting offer is taken");
    account.waiting.remove(waiting);
    const band = this.#band(account.band);
    band.waiting -= 1;
    const spared = cachedTokens * this.#cachedDiscount;
    const cost = Math.max(0, band.order.costAhead(waiting.offer) - spared);
    const charge = chargeAhead(account, cost, nowMs);
    this.#floors.promised(charge.band, cost);
    band.order.taken?.(account, charge);
    this.#refresh(account);
    return charge;
  }

  /** A sequence found running when this router took the pool over: its tenant starts at the virtual time. */
  adopt(account: TenantAccount, executedCost: number, weight: number): Charge {
    this.#meet(account);
    account.clock = Math.max(account.clock, this.virtualTime(account.band));
    const charge = chargeFromNow(account, executedCost, weight);
    this.#refresh(account);
    return charge;
  }

  /** As an earlier router had charged it, beyond a virtual time that has begun anew. The caller sees to it that it does not go back. */
  restore(account: TenantAccount, clock: number): void {
    this.#meet(account);
    account.clock = clock;
    this.#refresh(account);
  }

  /** A sequence found running, for which an earlier router had charged so much ahead. The account's clock is restored by itself. */
  restoreCharge(account: TenantAccount, charge: Charge, chargedTag: number): void {
    const promised = promisedOf(charge);
    chargedBefore(account, charge, chargedTag);
    this.#floors.promised(charge.band, promisedOf(charge) - promised);
  }

  /** µcost in all so far: what is new is charged. */
  executed(account: TenantAccount, charge: Charge, executedCost: number): void {
    if (this.#execute(account, charge, executedCost)) this.#refresh(account);
  }

  /** The end: the last word on what ran, and the refund of what did not. */
  settle(account: TenantAccount, charge: Charge, executedCost: number): void {
    this.#execute(account, charge, executedCost);
    settle(account, charge);
    this.#floors.promised(charge.band, -promisedOf(charge));
    this.#order(account.band).settled?.(account, charge);
    this.#refresh(account);
  }

  #execute(account: TenantAccount, charge: Charge, executedCost: number): boolean {
    const promised = promisedOf(charge);
    const newCost = chargeExecuted(account, charge, executedCost);
    if (newCost === 0) return false;
    this.#floors.executed(charge.band, newCost, this.#nowMs);
    this.#floors.promised(charge.band, promisedOf(charge) - promised);
    return true;
  }

  /** Of several bands that wait, the highest that is below its floor. */
  #bandBelowFloor(): Band | undefined {
    let isAboveWaiting = false;
    for (const band of this.#bands) {
      if (band.waiting === 0) continue;
      if (isAboveWaiting && this.#floors.isBelow(band.number, this.#nowMs)) return band;
      isAboveWaiting = true;
    }
    return undefined;
  }

  #band(number: number): Band {
    for (const band of this.#bands) if (band.number === number) return band;
    const band: Band = { number, order: this.#orderOf(), waiting: 0 };
    this.#bands.push(band);
    this.#bands.sort((a, b) => a.number - b.number);
    return band;
  }

  #order(number: number): TenantOrder {
    return this.#band(number).order;
  }

  /** The account as this offer of its tenant has it. */
  #takeTerms(account: TenantAccount, { offer }: WaitingOffer): TenantOrder {
    this.#meet(account);
    if (account.band !== offer.band) this.#changeBand(account, offer.band);
    account.weight = offer.weight;
    this.#floors.setFloor(offer.band, offer.bandFloorPercent ?? 0);
    return this.#order(account.band);
  }

  #meet(account: TenantAccount): void {
    if (account.number < 0) account.number = this.#accounts++;
  }

  /** What its queue knows of it is heeded once: this router may be new, its tenant not. */
  #heed(account: TenantAccount, startTag: number): void {
    if (!account.isTagged) account.clock = Math.max(account.clock, startTag);
    account.isTagged = true;
  }

  #add(account: TenantAccount, waiting: WaitingOffer): void {
    if (waiting.entry < 0) waiting.entry = this.#entries++;
    account.waiting.add(waiting);
    const band = this.#band(account.band);
    if (band.waiting === 0) this.#floors.beganToWait(band.number, this.#nowMs);
    band.waiting += 1;
    this.#refresh(account);
  }

  // What it owes goes with it; the two bands' times are not comparable.
  #changeBand(account: TenantAccount, number: number): void {
    const from = this.#band(account.band);
    const to = this.#band(number);
    from.order.remove(account);
    from.waiting -= account.waiting.size;
    if (to.waiting === 0) this.#floors.beganToWait(number, this.#nowMs);
    to.waiting += account.waiting.size;
    const shift = to.order.virtualTime() - from.order.virtualTime();
    account.clock = Math.max(0, account.clock + shift);
    account.lastStartTag = Math.max(0, account.lastStartTag + shift);
    account.band = number;
    to.order.backlogged(account);
  }

  #refresh(account: TenantAccount): void {
    const order = this.#order(account.band);
    const head = account.waiting.least();
    if (head !== undefined) retag(account, order.costAhead(head.offer));
    order.refresh(account);
  }
}
