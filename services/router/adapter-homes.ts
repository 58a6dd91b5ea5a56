// Where each adapter is at home: the workers to which its requests go, as long as these are not much busier than others.
// By rendezvous hashing (Thaler & Ravishankar 1998), so that every router agrees, that a worker that comes or goes moves only
// its own, and that what left a slot comes back where its bytes are still in RAM. A popular one has several homes, for one
// worker could not bear it; the others have one each, so that few are in each worker's slots at once.
// Law: a look costs nothing that grows with the number of adapters; what is remembered is bounded.

import type { Address } from "#shared/actor/actor.ts";
import type { Pinned } from "#shared/messages/to-router.ts";
import type { PlacementName } from "#shared/model/adapter-policy.ts";
import { fmix32, fnv1a32 } from "#shared/model/hash-32.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { flatLoadTokens, loadTokens } from "./adapter-price.ts";
import type { WorkerView } from "./worker-view.ts";

const rememberedMax = 4096;
/** Half of the demand of so long ago still counts. */
const halfLifeMs = 10_000;
/** A worker's part of all that is placed, times this, is what one home bears: above it, there is one more. */
const homesPerShare = 2;
/** Before so many requests nobody is popular. */
const heatLeast = 64;

interface Known {
  /** Requests placed, decayed. */
  heat: number;
  heatAtMs: number;
  /** 0: nobody said. */
  bytes: number;
  readonly inRam: Set<Address>;
  /** Where a host that was not known to have it in RAM had it, when it was last loaded on one. */
  elsewhere: "host" | "disk";
  /** As of `version`, and until then. */
  homes: readonly WorkerView[];
  version: number;
  homesUntilMs: number;
}

const hostsMax = 256;
/** How popular it is is asked again after so long: an offer is looked at many times while it waits. */
const homesForMs = 500;

const nowhere: readonly WorkerView[] = [];

export class AdapterHomes {
  readonly placement: PlacementName;
  readonly #workers: ReadonlyMap<unknown, WorkerView>;
  /** Least recently placed first. */
  readonly #known: Map<AdapterDigest, Known> = new Map();
  #heat = 0;
  #heatAtMs = 0;
  #version = 0;

  constructor(placement: PlacementName, workers: ReadonlyMap<unknown, WorkerView>) {
    this.placement = placement;
    this.#workers = workers;
  }

  /** Adapters that it knows something of. */
  get remembered(): number {
    return this.#known.size;
  }

  /** Workers came, went, or were cordoned. */
  membersChanged(): void {
    this.#version += 1;
  }

  /** A request with it was placed. */
  placed(digest: AdapterDigest, nowMs: number): void {
    const known = this.#known.get(digest) ?? {
      heat: 0,
      heatAtMs: nowMs,
      bytes: 0,
      inRam: new Set(),
      elsewhere: "host",
      homes: nowhere,
      version: -1,
      homesUntilMs: 0,
    };
    known.heat = decayed(known.heat, nowMs - known.heatAtMs) + 1;
    known.heatAtMs = nowMs;
    this.#heat = decayed(this.#heat, nowMs - this.#heatAtMs) + 1;
    this.#heatAtMs = nowMs;
    this.#known.delete(digest);
    this.#known.set(digest, known);
    if (this.#known.size <= rememberedMax) return;
    const oldest = this.#known.keys().next();
    if (oldest.done !== true) this.#known.delete(oldest.value);
  }

  /** A cache loaded it: from then on it is in that host's RAM, as far as is known. */
  loaded(
    digest: AdapterDigest,
    { cache }: WorkerView,
    { bytes, tier }: Pick<Pinned, "bytes" | "tier">,
  ): void {
    const known = this.#known.get(digest);
    if (known === undefined || bytes === undefined || tier === undefined) return;
    known.bytes = bytes;
    if (!known.inRam.has(cache)) known.elsewhere = tier;
    if (known.inRam.size < hostsMax) known.inRam.add(cache);
  }

  /** What a load of it is worth there, in prompt tokens. */
  loadTokens(digest: AdapterDigest, { cache }: WorkerView): number {
    if (this.placement === "least-work") return flatLoadTokens;
    const known = this.#known.get(digest);
    if (known === undefined) return loadTokens(0, "host");
    return loadTokens(known.bytes, known.inRam.has(cache) ? "host" : known.elsewhere);
  }

  homesOf(digest: AdapterDigest, nowMs: number): readonly WorkerView[] {
    if (this.placement === "random" || this.placement === "least-work") return nowhere;
    const known = this.#known.get(digest);
    if (known === undefined) return homesAmong(this.#workers.values(), digest, 1);
    if (known.version === this.#version && nowMs < known.homesUntilMs) return known.homes;
    known.homes = homesAmong(this.#workers.values(), digest, this.#homesWanted(known, nowMs));
    known.version = this.#version;
    known.homesUntilMs = nowMs + homesForMs;
    return known.homes;
  }

  #homesWanted(known: Known, nowMs: number): number {
    const all = decayed(this.#heat, nowMs - this.#heatAtMs);
    if (this.placement === "home" || all < heatLeast) return 1;
    const share = decayed(known.heat, nowMs - known.heatAtMs) / all;
    return Math.min(this.#workers.size, 1 + Math.floor(share * this.#workers.size * homesPerShare));
  }
}

const decayed = (heat: number, forMs: number): number =>
  forMs <= 0 ? heat : heat * 0.5 ** (forMs / halfLifeMs);

/** Those of the highest weights, highest first. Cordoned ones are nobody's home. */
export function homesAmong(
  workers: Iterable<WorkerView>,
  digest: AdapterDigest,
  count: number,
): readonly WorkerView[] {
  const hash = fnv1a32(digest);
  const homes: { readonly view: WorkerView; readonly weight: number }[] = [];
  for (const view of workers) {
    if (view.isCordoned || view.adapterSlots === 0) continue;
    const weight = fmix32(hash ^ view.hash);
    const at = homes.findIndex((home) => home.weight < weight);
    if (at < 0 && homes.length >= count) continue;
    homes.splice(at < 0 ? homes.length : at, 0, { view, weight });
    if (homes.length > count) homes.pop();
  }
  return homes.map(({ view }) => view);
}
