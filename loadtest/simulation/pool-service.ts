// What a pool's tenants were served under one router, counted from what it heard and said: from workers' totals, never
// from its own charges, so that a router that charges wrongly is seen. A record per router's life; its first word is
// `placed`, and what ran before that was another owner's to charge.

import type { Effect } from "#shared/actor/actor.ts";
import type { HeldSequence } from "#shared/messages/held-sequence.ts";
import type { Offer, ToRouter } from "#shared/messages/to-router.ts";
import { costOf } from "#shared/model/cost.ts";
import type { RequestId, TenantId } from "#shared/model/ids.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import type { PoolState } from "#services/router/pool-state.ts";
import { tagOf } from "#services/router/tenant-account.ts";

/** One tenant's part. Costs in µcost per weight. */
export interface TenantService {
  readonly tenant: TenantId;
  served: number;
  /** It has an offer in the order: nothing but its turn is lacking. */
  isWaiting: boolean;
  /** Places it was granted so far. */
  granted: number;
  /** Places it holds, and what they were charged and have not executed. */
  places: number;
  unexecuted: number;
  /** Of every window that is open on it, what has been largest. */
  readonly windows: Set<WindowPeaks>;
}

/** The largest of each term of the stated bound, since a window was opened and of what was out then. */
export interface WindowPeaks {
  chargeMax: number;
  overshootMax: number;
  placesMax: number;
  unexecutedMax: number;
}

interface Place {
  readonly service: TenantService;
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly weight: number;
  readonly charged: number;
  executed: number;
}

const keyOf = (requestId: RequestId, attempt: number): string => `${requestId}.${attempt}`;

export const executedTag = (totals: ExecutedTotals, weight: number): number =>
  tagOf(
    costOf({
      promptTokens: totals.prefillTokens,
      cachedTokens: totals.cachedTokens,
      outputTokens: totals.outputTokens,
      kvBlockMs: totals.kvBlockMs,
      adapterLoads: 0,
    }),
    weight,
  );

export class PoolService {
  readonly pool: string;
  readonly tenants: Map<TenantId, TenantService> = new Map();
  readonly #offers = new Map<RequestId, Offer>();
  readonly #places = new Map<string, Place>();

  constructor(pool: string) {
    this.pool = pool;
  }

  /** From now on, and of what is out now. The caller closes it by taking it out of the tenants' `windows`. */
  openWindow(tenants: readonly TenantService[]): WindowPeaks {
    const peaks = { chargeMax: 0, overshootMax: 0, placesMax: 0, unexecutedMax: 0 };
    for (const { weight, tenant, cost } of this.#offers.values()) {
      if (!tenants.some((service) => service.tenant === tenant)) continue;
      peaks.chargeMax = Math.max(peaks.chargeMax, tagOf(cost, weight));
    }
    for (const { service, charged, executed } of this.#places.values()) {
      if (!tenants.includes(service)) continue;
      peaks.chargeMax = Math.max(peaks.chargeMax, charged);
      peaks.overshootMax = Math.max(peaks.overshootMax, executed - charged);
    }
    for (const service of tenants) {
      peaks.placesMax = Math.max(peaks.placesMax, service.places);
      peaks.unexecutedMax = Math.max(peaks.unexecutedMax, service.unexecuted);
      service.windows.add(peaks);
    }
    return peaks;
  }

  /** One message that this router handled; `owned` as it stands after it. True: somebody was served. */
  hear(owned: PoolState, message: ToRouter, effects: readonly Effect[]): boolean {
    const isServed = this.#count(message);
    this.#takeGrants(effects);
    if (message.kind === "members-changed" || message.kind === "withdraw") this.#prune(owned);
    for (const service of this.tenants.values()) {
      service.isWaiting = (owned.accounts.get(service.tenant)?.waiting.size ?? 0) > 0;
    }
    return isServed;
  }

  #count(message: ToRouter): boolean {
    switch (message.kind) {
      case "offer":
        this.#offered(message);
        return false;
      case "withdraw":
        this.#offers.delete(message.requestId);
        return false;
      case "worker-holds-pool":
        for (const held of message.sequences) this.#found(held);
        return false;
      case "router-progress":
        for (const { requestId, attempt, totals } of message.sequences) {
          this.#executed(keyOf(requestId, attempt), totals);
        }
        return true;
      case "router-ended":
        this.#executed(keyOf(message.requestId, message.attempt), message.totals);
        this.#over(keyOf(message.requestId, message.attempt));
        return true;
      case "router-voided":
        this.#over(keyOf(message.requestId, message.attempt));
        return false;
      default:
        return false;
    }
  }

  #offered(offer: Offer): void {
    this.#offers.set(offer.requestId, offer);
    const charge = tagOf(offer.cost, offer.weight);
    for (const peaks of this.#of(offer.tenant).windows) {
      peaks.chargeMax = Math.max(peaks.chargeMax, charge);
    }
  }

  #found(held: HeldSequence): void {
    const { requestId, attempt, tenant, weight, totals } = held;
    const executed = executedTag(totals, weight);
    this.#enter({
      service: this.#of(tenant),
      requestId,
      attempt,
      weight,
      charged: executed,
      executed,
    });
  }

  #takeGrants(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind !== "note" || effect.event !== "router.granted") continue;
      const { requestId, attempt } = effect.fields as { requestId: RequestId; attempt: number };
      const offer = this.#offers.get(requestId);
      if (offer === undefined) continue;
      const { tenant, weight, cost } = offer;
      const service = this.#of(tenant);
      service.granted += 1;
      this.#enter({
        service,
        requestId,
        attempt,
        weight,
        charged: tagOf(cost, weight),
        executed: 0,
      });
    }
  }

  #enter(place: Place): void {
    const key = keyOf(place.requestId, place.attempt);
    if (this.#places.has(key)) return;
    this.#places.set(key, place);
    const { service } = place;
    service.places += 1;
    service.unexecuted += ahead(place);
    for (const peaks of service.windows) {
      peaks.chargeMax = Math.max(peaks.chargeMax, place.charged);
      peaks.placesMax = Math.max(peaks.placesMax, service.places);
      peaks.unexecutedMax = Math.max(peaks.unexecutedMax, service.unexecuted);
    }
  }

  #executed(key: string, totals: ExecutedTotals): void {
    const place = this.#places.get(key);
    if (place === undefined) return;
    const { service, weight, charged } = place;
    const executed = Math.max(place.executed, executedTag(totals, weight));
    service.served += executed - place.executed;
    service.unexecuted -= ahead(place);
    place.executed = executed;
    service.unexecuted += ahead(place);
    for (const peaks of service.windows) {
      peaks.overshootMax = Math.max(peaks.overshootMax, executed - charged);
    }
  }

  #over(key: string): void {
    const place = this.#places.get(key);
    if (place === undefined) return;
    this.#places.delete(key);
    this.#offers.delete(place.requestId);
    place.service.places -= 1;
    place.service.unexecuted -= ahead(place);
  }

  /** Places that ended without a word of their worker. */
  #prune(owned: PoolState): void {
    for (const [key, { requestId, attempt }] of this.#places) {
      if (owned.placements.find(requestId, attempt) === undefined) this.#over(key);
    }
  }

  #of(tenant: TenantId): TenantService {
    let service = this.tenants.get(tenant);
    if (service === undefined) {
      service = {
        tenant,
        served: 0,
        isWaiting: false,
        granted: 0,
        places: 0,
        unexecuted: 0,
        windows: new Set(),
      };
      this.tenants.set(tenant, service);
    }
    return service;
  }
}

const ahead = ({ charged, executed }: Place): number => Math.max(0, charged - executed);
