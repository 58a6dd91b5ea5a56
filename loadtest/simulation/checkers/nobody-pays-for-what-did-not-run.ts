// A place's tags begin no later than what its tenant was charged before: what ran, what is promised to places that it
// still holds, and never less than the virtual time. What was charged in advance and did not run is given back.

import type { Checker, Report } from "#loadtest/simulation/checker.ts";
import { executedTag } from "#loadtest/simulation/pool-service.ts";
import type { HeldSequence } from "#shared/messages/held-sequence.ts";
import type { Offer, ToRouter } from "#shared/messages/to-router.ts";
import type { RequestId, TenantId } from "#shared/model/ids.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import type { Effect } from "#shared/actor/actor.ts";
import type { PoolState } from "#services/router/pool-state.ts";
import type { Router } from "#services/router/router.actor.ts";

export const nobodyPaysForWhatDidNotRun: Checker = {
  name: "nobody-pays-for-what-did-not-run",
  watch(report) {
    const books = new WeakMap<PoolState, Books>();
    return {
      kinds: ["router"],
      observer: {
        received(_process, _self, { state, arrival, effects }) {
          const { owned } = state as Router;
          if (owned === undefined) return;
          let ofLife = books.get(owned);
          if (ofLife === undefined) {
            ofLife = new Books(owned.pool, report);
            books.set(owned, ofLife);
          }
          ofLife.hear(owned, arrival.message as ToRouter, effects);
        },
      },
    };
  },
};

/** µcost per weight. Charged is at least what ran. */
interface Place {
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly number: number;
  readonly weight: number;
  charged: number;
  executed: number;
  /** Where its tenant stood when it was picked, at most. */
  readonly from: number;
}

interface Account {
  /** What its ended places ran, or the virtual time where it was lifted: it stands no further than that. */
  settled: number;
  /** It was picked here. */
  isMet: boolean;
  readonly places: Map<string, Place>;
}

interface Grant {
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly tenant: TenantId;
  readonly startTag: number;
}

/** The number of a place that its router did not give. */
const foundRunning = 0;

const keyOf = (requestId: RequestId, attempt: number): string => `${requestId}.${attempt}`;

class Books {
  readonly #pool: string;
  readonly #report: Report;
  readonly #accounts = new Map<TenantId, Account>();
  readonly #accountOfPlace = new Map<string, Account>();

  constructor(pool: string, report: Report) {
    this.#pool = pool;
    this.#report = report;
  }

  hear(owned: PoolState, message: ToRouter, effects: readonly Effect[]): void {
    switch (message.kind) {
      case "offer":
        this.#settleOver(owned, message.tenant);
        this.#heed(message);
        break;
      case "worker-holds-pool":
        for (const held of message.sequences) this.#found(owned, held);
        break;
      case "router-progress":
        for (const { requestId, attempt, totals } of message.sequences) {
          this.#executed(keyOf(requestId, attempt), totals);
        }
        break;
      case "router-ended":
        this.#executed(keyOf(message.requestId, message.attempt), message.totals);
        break;
      default:
    }
    this.#follow(owned, effects);
  }

  /** What it ran under another owner is past, what it runs from now on is charged. */
  #found(owned: PoolState, { tenant, requestId, attempt, weight, totals }: HeldSequence): void {
    const isAdopted = owned.placements.find(requestId, attempt)?.number === foundRunning;
    if (!isAdopted || this.#accountOfPlace.has(keyOf(requestId, attempt))) return;
    const executed = executedTag(totals, weight);
    const place = { requestId, attempt, weight, number: foundRunning, from: 0 };
    this.#lift(owned, tenant);
    this.#of(tenant).settled -= executed;
    this.#enter(tenant, { ...place, charged: executed, executed });
  }

  /** Its queue's own word counts once, for a tenant that this router has not met; whichever of its offers that was. */
  #heed({ tenant, startTag }: Offer): void {
    const account = this.#of(tenant);
    if (account.isMet) return;
    account.settled += Math.max(0, startTag - clockOf(account));
  }

  #follow(owned: PoolState, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind !== "note") continue;
      const said = effect.fields as unknown as Grant;
      if (effect.event === "router.counters-restored") this.#restored(owned);
      else if (effect.event === "router.pinning" || effect.event === "router.reserving") {
        this.#picked(owned, said);
      } else if (effect.event === "router.granted") {
        this.#granted(said);
      }
    }
  }

  /** What an earlier router had charged, as far as it is known, it had reason to: `counters-outlive-their-router` sees to the rest. */
  #restored(owned: PoolState): void {
    for (const { tenant, clock } of owned.accounts.values()) {
      const account = this.#of(tenant);
      for (const place of account.places.values()) {
        const found = owned.placements.find(place.requestId, place.attempt);
        place.charged = found?.charge.chargedTag ?? place.charged;
      }
      account.settled += clock - clockOf(account);
    }
  }

  /** From pinning to reserving it stands where it stood. */
  #picked(owned: PoolState, { tenant, requestId, attempt }: Grant): void {
    const placement = owned.placements.find(requestId, attempt);
    if (placement === undefined) return;
    const { number, weight, charge } = placement;
    const key = keyOf(requestId, attempt);
    const known = this.#accountOfPlace.get(key)?.places.get(key);
    if (known?.number === number) return;
    this.#settleOver(owned, tenant);
    this.#lift(owned, tenant);
    const account = this.#of(tenant);
    account.isMet = true;
    const from = clockOf(account);
    const charged = charge.chargedTag;
    this.#enter(tenant, { requestId, attempt, number, weight, charged, executed: 0, from });
  }

  /** It begins at the virtual time, unless it is beyond. */
  #lift(owned: PoolState, tenant: TenantId): void {
    const account = this.#of(tenant);
    const virtualTime = owned.policy.virtualTime(owned.accounts.get(tenant)?.band ?? 0);
    account.settled += Math.max(0, virtualTime - clockOf(account));
  }

  #granted({ tenant, requestId, attempt, startTag }: Grant): void {
    const place = this.#of(tenant).places.get(keyOf(requestId, attempt));
    if (place !== undefined && startTag > place.from) {
      this.#report(
        `${tenant} begins ${requestId}.${attempt} in ${this.#pool} at ${startTag}, and what it ran and holds is ${place.from} only`,
      );
    }
  }

  #forget(key: string): void {
    this.#accountOfPlace.get(key)?.places.delete(key);
    this.#accountOfPlace.delete(key);
  }

  #enter(tenant: TenantId, place: Place): void {
    const key = keyOf(place.requestId, place.attempt);
    if (this.#accountOfPlace.has(key)) return;
    const account = this.#of(tenant);
    account.places.set(key, place);
    this.#accountOfPlace.set(key, account);
  }

  #executed(key: string, totals: ExecutedTotals): void {
    const place = this.#accountOfPlace.get(key)?.places.get(key);
    if (place !== undefined)
      place.executed = Math.max(place.executed, executedTag(totals, place.weight));
  }

  /** Places of the tenant that the router gave up: what they ran stays. */
  #settleOver(owned: PoolState, tenant: TenantId): void {
    const account = this.#of(tenant);
    for (const place of account.places.values()) {
      const placement = owned.placements.find(place.requestId, place.attempt);
      const stands = placement?.number === place.number && !placement.charge.isSettled;
      if (!stands) this.#end(account, place);
    }
  }

  #end(account: Account, { requestId, attempt, executed }: Place): void {
    this.#forget(keyOf(requestId, attempt));
    account.settled += executed;
  }

  #of(tenant: TenantId): Account {
    let account = this.#accounts.get(tenant);
    if (account === undefined) {
      account = { settled: 0, isMet: false, places: new Map() };
      this.#accounts.set(tenant, account);
    }
    return account;
  }
}

const chargedOf = ({ charged, executed }: Place): number => Math.max(charged, executed);

function clockOf({ settled, places }: Account): number {
  let clock = settled;
  for (const place of places.values()) clock += chargedOf(place);
  return clock;
}
