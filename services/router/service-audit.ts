// The live audit of a pool: how far apart its backlogged tenants are in executed service per weight, beside the bound
// that the policy states. It counts for itself what ran. Laws: a place or a progress costs O(1), a look O(busy tenants)
// once a second; a pair is compared only over windows in which both were backlogged throughout.
//
// Windows: the last ten looks; and two long ones, which begin anew after ten minutes, five minutes apart, so that a
// small error adds up until it is seen, and who came later is soon compared too.

import type { TenantId } from "#shared/model/ids.ts";
import { Peak } from "./peak.ts";
import type { BoundTerms } from "./service-bound.ts";
import { statedBound } from "./service-bound.ts";
import type { ServiceRecord } from "./service-record.ts";
import {
  breakBacklog,
  isIdle,
  isWaiting,
  openRecord,
  recentLooks,
  servedSince,
} from "./service-record.ts";
import { Spread } from "./spread.ts";
import type { Charge, TenantAccount } from "./tenant-account.ts";
import { tagOf } from "./tenant-account.ts";

const longLooks = 600;

export interface AuditRules {
  readonly theta: number;
  readonly lag: number;
  /** Whether the pool's policy states a bound. */
  readonly isBounded: boolean;
}

/** One band at one look. Gaps and bound in µcost per weight. */
export interface BandReading {
  readonly band: number;
  /** Tenants compared. */
  readonly tenants: number;
  /** Largest difference between two tenants over the longest window, and over the last ten looks. */
  readonly gap: number;
  readonly recentGap: number;
  /** Absent: the policy states none. */
  readonly bound: number | undefined;
  /** Of the last ten looks. */
  readonly jainPpm: number | undefined;
  readonly mostServed: TenantId;
  readonly leastServed: TenantId;
}

/** What a tenant was served in the last ten seconds, µcost per weight. */
export interface ServedLately {
  readonly account: TenantAccount;
  readonly served: number;
}

interface BandSpreads {
  readonly recent: Spread;
  readonly long: readonly [Spread, Spread];
}

export class ServiceAudit {
  readonly #rules: AuditRules;
  /** Each is its account's too. */
  readonly #records: Set<ServiceRecord> = new Set();
  readonly #charge = new Peak();
  readonly #overshoot = new Peak();
  readonly #places = new Peak();
  readonly #unexecuted = new Peak();
  readonly #carried = new Peak();
  /** Looks since each long window began. */
  readonly #ages: [number, number] = [0, longLooks / 2];
  #look = 0;
  #readings: readonly BandReading[] = [];

  constructor(rules: AuditRules) {
    this.#rules = rules;
  }

  /** As of the last look; the widest of each band where two are compared. */
  get readings(): readonly BandReading[] {
    return this.#readings;
  }

  /** An offer is about to enter the order. `virtualTime`: of its band; `startTag`: its queue's own. */
  returns(account: TenantAccount, virtualTime: number, startTag: number): void {
    if (account.waiting.size > 0) return;
    const record = this.#recordOf(account);
    if (virtualTime > account.clock) record.isBroken = true;
    this.told(account, virtualTime, startTag);
  }

  /** Its queue's tag counts from now on, if none did before. */
  told(account: TenantAccount, virtualTime: number, startTag: number): void {
    if (!account.isTagged) this.#carried.raise(startTag - virtualTime);
  }

  /** An offer entered the order, or has changed. */
  entered(account: TenantAccount): void {
    this.#charge.raise(account.finishTag - account.startTag);
  }

  /** A place was given and charged for. */
  placed(account: TenantAccount, charge: Charge): void {
    this.#recordOf(account);
    this.#charge.raise(charge.chargedTag);
    this.#places.raise(account.placements);
    this.#unexecuted.raise(account.unexecutedTag);
  }

  /** What a place had executed, and has now, µcost; `charge` is that place's. */
  served(account: TenantAccount, charge: Charge, fromCost: number, toCost: number): void {
    if (toCost <= fromCost) return;
    const { weight, chargedTag } = charge;
    const executed = tagOf(toCost, weight);
    this.#recordOf(account).served += executed - tagOf(fromCost, weight);
    this.#overshoot.raise(executed - chargedTag);
    this.#places.raise(account.placements);
  }

  /** A second has passed. `isExempt`: who is held back on purpose is not compared. */
  look(nowMs: number, isExempt: (tenant: TenantId) => boolean): void {
    this.#look += 1;
    this.#ages[0] += 1;
    this.#ages[1] += 1;
    const bands = new Map<number, BandSpreads>();
    for (const record of this.#records) this.#lookAt(record, bands, isExempt);
    this.#renewLongWindows(bands);
    for (const peak of this.#peaks()) peak.turn(nowMs);
    const bound = this.#rules.isBounded ? statedBound(this.terms()) : undefined;
    this.#readings = [...bands]
      .flatMap(([band, spreads]) => readingOf(band, spreads, bound) ?? [])
      .toSorted((a, b) => a.band - b.band);
  }

  /** Nothing waits and nothing runs: nobody is backlogged. */
  rest(): void {
    for (const record of this.#records) record.account.record = undefined;
    this.#records.clear();
    this.#readings = [];
  }

  terms(): BoundTerms {
    return {
      theta: this.#rules.theta,
      lag: this.#rules.lag,
      chargeMax: this.#charge.value,
      overshootMax: this.#overshoot.value,
      placesMax: this.#places.value,
      unexecutedMax: this.#unexecuted.value,
      carriedMax: this.#carried.value,
    };
  }

  /** Of every tenant that waits, runs, or was served in the last ten looks: what it was served in them. */
  lately(): readonly ServedLately[] {
    return [...this.#records].map((record) => ({
      account: record.account,
      served: servedSince(record, this.#look + 1),
    }));
  }

  #recordOf(account: TenantAccount): ServiceRecord {
    if (account.record !== undefined) return account.record;
    const record = openRecord(account);
    account.record = record;
    this.#records.add(record);
    return record;
  }

  #lookAt(
    record: ServiceRecord,
    bands: Map<number, BandSpreads>,
    isExempt: (tenant: TenantId) => boolean,
  ): void {
    const { account } = record;
    const lately = servedSince(record, this.#look);
    record.at[this.#look % recentLooks] = record.served;
    if (isIdle(record) && lately === 0) {
      this.#records.delete(record);
      account.record = undefined;
      return;
    }
    const isOver = record.isBroken || isIdle(record) || record.band !== account.band;
    if (isOver || isExempt(account.tenant)) breakBacklog(record);
    if (!isWaiting(record) || isExempt(account.tenant)) return;
    this.entered(account);
    record.backloggedLooks += 1;
    const spreads = spreadsOf(bands, record.band);
    // At ten looks the window began when it was already backlogged.
    if (record.backloggedLooks > recentLooks) spreads.recent.add(account.tenant, lately);
    for (const window of [0, 1] as const) {
      const base = record.bases[window];
      if (base >= 0) spreads.long[window].add(account.tenant, record.served - base);
    }
  }

  // A window of which fewer than two are left says nothing any more.
  #renewLongWindows(bands: ReadonlyMap<number, BandSpreads>): void {
    const compares = (window: 0 | 1): boolean =>
      [...bands.values()].some(({ long }) => long[window].count >= 2);
    if (!compares(0) && !compares(1)) {
      this.#beginLongWindow(0, 0);
      this.#beginLongWindow(1, longLooks / 2);
      return;
    }
    for (const window of [0, 1] as const) {
      if (this.#ages[window] >= longLooks) this.#beginLongWindow(window, 0);
    }
  }

  #beginLongWindow(window: 0 | 1, age: number): void {
    this.#ages[window] = age;
    for (const record of this.#records) {
      record.bases[window] = record.backloggedLooks > 0 && isWaiting(record) ? record.served : -1;
    }
  }

  #peaks(): readonly Peak[] {
    return [this.#charge, this.#overshoot, this.#places, this.#unexecuted, this.#carried];
  }
}

function spreadsOf(bands: Map<number, BandSpreads>, band: number): BandSpreads {
  const known = bands.get(band);
  if (known !== undefined) return known;
  const spreads: BandSpreads = { recent: new Spread(), long: [new Spread(), new Spread()] };
  bands.set(band, spreads);
  return spreads;
}

function readingOf(
  band: number,
  { recent, long }: BandSpreads,
  bound: number | undefined,
): BandReading | undefined {
  const [widest] = [recent, ...long]
    .filter(({ count }) => count >= 2)
    .toSorted((a, b) => b.gap - a.gap);
  if (widest?.mostServed === undefined || widest.leastServed === undefined) return undefined;
  const { mostServed, leastServed, gap } = widest;
  return {
    band,
    tenants: Math.max(recent.count, long[0].count, long[1].count),
    gap,
    recentGap: recent.gap,
    bound,
    jainPpm: recent.jainPpm,
    mostServed,
    leastServed,
  };
}
