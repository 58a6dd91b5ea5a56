// What shapes of work cost: what their settled requests had on GPUs, by kind of work, and their part of what no request had. Law: over all
// shapes and what is unattributed, time adds up to every line of the GPU books to the microsecond, and money to its price.

import type { GpuGroup } from "#shared/model/gpu-cost.ts";
import { requestsOf, sumOfLines } from "#shared/model/gpu-lines.ts";
import type { GpuRate } from "#shared/model/gpu-rates.ts";
import { rateBoundaries, rateOf } from "#shared/model/gpu-rates.ts";
import type { ShapeTime } from "#shared/model/gpu-shapes.ts";
import type { Shape } from "#shared/model/margin.ts";
import { shapeName } from "#shared/model/margin.ts";
import { money } from "#shared/model/money.ts";
import { RunningPrice } from "#shared/model/running-price.ts";
import { kindsOf } from "./kinds-of-work.ts";
import type { Kinds } from "./kinds-of-work.ts";
import { shareOut } from "./share-out.ts";
import type { UsageGroup } from "./usage-groups.ts";

export interface CostTerms {
  readonly groups: readonly GpuGroup[];
  readonly usage: readonly UsageGroup[];
  readonly shapes: readonly ShapeTime[];
  readonly rates: readonly GpuRate[];
  readonly currency: string;
}

/** In GPU-microseconds, and then in billionths of the currency. */
interface Parts {
  prefill: number;
  decode: number;
  adapter: number;
  recompute: number;
  allocated: number;
  load: number;
}

type Amounts = { [Part in keyof Parts]: bigint };

export interface ShapeCost {
  readonly shape: Shape;
  readonly us: Readonly<Parts>;
  readonly nanos: Readonly<Amounts>;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly requests: number;
  readonly preemptions: number;
  readonly attempts: number;
  /** How often adapters that it runs with came in, whoever asked. */
  readonly loads: number;
  /** Of some of it kinds of work are not told. */
  readonly isSplitByWallTime: boolean;
}

export interface Costs {
  readonly shapes: readonly ShapeCost[];
  /** Direct and allocated; negative where usage has more than its pools' lines. */
  readonly unattributed: { readonly gpuUs: number; readonly nanos: bigint };
  readonly unpricedUs: number;
}

type Writable = { -readonly [Field in keyof ShapeCost]: ShapeCost[Field] } & {
  us: Parts;
  nanos: Amounts;
};

interface Place {
  readonly key: string;
  readonly rate: GpuRate | undefined;
  sharedUs: number;
  loadUs: number;
  requestsUs: number;
  readonly usage: UsageGroup[];
}

interface Reckoning {
  readonly terms: CostTerms;
  readonly kinds: (usage: UsageGroup) => Kinds & { readonly isKnown: boolean };
  readonly costs: Map<string, Writable>;
  /** By place and adapter. */
  readonly loads: ReadonlyMap<string, { readonly loadUs: number; readonly loads: number }>;
  readonly unattributed: { gpuUs: number; nanos: bigint };
  unpricedUs: number;
}

export function shapeCosts(terms: CostTerms): Costs {
  const places = placesOf(terms);
  const reckoning: Reckoning = {
    terms,
    kinds: kindsOf(terms.shapes),
    costs: new Map(),
    loads: loadsOf(terms),
    unattributed: { gpuUs: 0, nanos: 0n },
    unpricedUs: 0,
  };
  for (const place of places) reckon(reckoning, place);
  const { costs, unattributed, unpricedUs } = reckoning;
  return { shapes: [...costs.values()], unattributed, unpricedUs };
}

const keyOf = (
  { pool, zone, workerType }: Pick<UsageGroup, "pool" | "zone" | "workerType">,
  rate: GpuRate | undefined,
): string => JSON.stringify([pool, zone, workerType, rate ?? null]);

function rateIn(
  { rates }: CostTerms,
  at: Pick<UsageGroup, "zone" | "workerType" | "bucket">,
): GpuRate | undefined {
  const since = at.bucket === 0 ? -1 : (rateBoundaries(rates)[at.bucket - 1] ?? -1);
  return rateOf(rates, at, since);
}

function placesOf(terms: CostTerms): readonly Place[] {
  const places = new Map<string, Place>();
  const at = (key: string, rate: GpuRate | undefined): Place => {
    const place = places.get(key) ?? {
      key,
      rate,
      sharedUs: 0,
      loadUs: 0,
      requestsUs: 0,
      usage: [],
    };
    places.set(key, place);
    return place;
  };
  for (const group of terms.groups) {
    const place = at(keyOf(group, group.rate), group.rate);
    const requestsUs = requestsOf(group.lines);
    place.requestsUs += requestsUs;
    place.loadUs += group.lines.loadUs;
    place.sharedUs += sumOfLines(group.lines) - requestsUs - group.lines.loadUs;
  }
  for (const usage of terms.usage) {
    // None ran it: it cost nothing.
    if (usage.workerType === "" && usage.gpuUs === 0) continue;
    const rate = rateIn(terms, usage);
    at(keyOf(usage, rate), rate).usage.push(usage);
  }
  return [...places.values()];
}

function loadsOf(terms: CostTerms): Reckoning["loads"] {
  const loads = new Map<string, { loadUs: number; loads: number }>();
  for (const one of terms.shapes) {
    if (one.tenant !== "" || one.adapterDigest === "") continue;
    const key = loadKey(keyOf(one, rateIn(terms, one)), one.adapterDigest);
    const had = loads.get(key) ?? { loadUs: 0, loads: 0 };
    loads.set(key, { loadUs: had.loadUs + one.loadUs, loads: had.loads + one.loads });
  }
  return loads;
}

const loadKey = (place: string, digest: string): string => `${place} ${digest}`;

function reckon(reckoning: Reckoning, place: Place): void {
  const { terms, unattributed } = reckoning;
  const price = new RunningPrice(money(terms.currency, place.rate?.perGpuHour ?? "0"));
  const us = place.usage.map(({ gpuUs }) => gpuUs);
  const unattributedUs = place.requestsUs - us.reduce((sum, one) => sum + one, 0);
  const loads = loadShares(reckoning, place);
  const restUs = place.sharedUs + place.loadUs - loads.reduce((sum, one) => sum + one, 0);
  const shared = shareOut(restUs, [...us, Math.max(0, unattributedUs)]);
  for (const [index, usage] of place.usage.entries()) {
    const of = { allocated: shared?.[index] ?? 0, load: loads[index] ?? 0 };
    charge(reckoning, { usage, place, price, of });
  }
  const ofNobody = unattributedUs + (shared === undefined ? restUs : (shared.at(-1) ?? 0));
  unattributed.gpuUs += ofNobody;
  unattributed.nanos += price.next(ofNobody).nanos;
  if (place.rate === undefined) {
    reckoning.unpricedUs += place.requestsUs + place.sharedUs + place.loadUs;
  }
}

interface Charged {
  readonly usage: UsageGroup;
  readonly place: Place;
  readonly price: RunningPrice;
  readonly of: Pick<Parts, "allocated" | "load">;
}

function charge(reckoning: Reckoning, { usage, place, price, of }: Charged): void {
  const { shape } = usage;
  const parts = { ...reckoning.kinds(usage), ...of };
  const cost = costOf(reckoning, shape);
  addUsage(cost, usage, parts.isKnown);
  cost.loads += reckoning.loads.get(loadKey(place.key, shape.adapterDigest))?.loads ?? 0;
  for (const part of partNames) {
    cost.us[part] += parts[part];
    cost.nanos[part] += price.next(parts[part]).nanos;
  }
}

const partNames: readonly (keyof Parts)[] = [
  "prefill",
  "decode",
  "adapter",
  "recompute",
  "allocated",
  "load",
];

/** An adapter's coming in, to those who ran with it there; of one that nobody ran with to all, as other time that no request had. */
function loadShares({ loads }: Reckoning, { key, usage, loadUs }: Place): readonly number[] {
  const shares = usage.map(() => 0);
  let leftUs = loadUs;
  const byDigest = Map.groupBy(usage.keys(), (index) => usage[index]?.shape.adapterDigest ?? "");
  for (const [digest, indexes] of byDigest) {
    const told = Math.min(leftUs, loads.get(loadKey(key, digest))?.loadUs ?? 0);
    const parts = shareOut(
      told,
      indexes.map((index) => usage[index]?.gpuUs ?? 0),
    );
    if (parts === undefined) continue;
    leftUs -= told;
    for (const [place, index] of indexes.entries()) shares[index] = parts[place] ?? 0;
  }
  return shares;
}

function costOf({ costs }: Reckoning, shape: Shape): Writable {
  const name = shapeName(shape);
  const standing = costs.get(name);
  if (standing !== undefined) return standing;
  const cost: Writable = {
    shape,
    us: { prefill: 0, decode: 0, adapter: 0, recompute: 0, allocated: 0, load: 0 },
    nanos: { prefill: 0n, decode: 0n, adapter: 0n, recompute: 0n, allocated: 0n, load: 0n },
    promptTokens: 0,
    cachedTokens: 0,
    outputTokens: 0,
    requests: 0,
    preemptions: 0,
    attempts: 0,
    loads: 0,
    isSplitByWallTime: false,
  };
  costs.set(name, cost);
  return cost;
}

function addUsage(cost: Writable, usage: UsageGroup, isKnown: boolean): void {
  cost.promptTokens += usage.promptTokens;
  cost.cachedTokens += Math.min(usage.cachedTokens, usage.promptTokens);
  cost.outputTokens += usage.outputTokens;
  cost.requests += usage.requests;
  cost.preemptions += usage.preemptions;
  cost.attempts += usage.attempts;
  if (!isKnown && usage.gpuUs > 0) cost.isSplitByWallTime = true;
}
