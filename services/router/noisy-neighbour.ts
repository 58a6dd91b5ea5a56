// Who is noisy: a tenant far over its share, with more waiting, while others inside theirs wait much longer for first
// tokens than their prompts need. Decided by the pool's router, which sees all of them at once:
// decisions/2026-11-28-noisy-neighbour.md.

import type { TenantId } from "#shared/model/ids.ts";
import { TwoGenerations } from "#shared/model/two-generations.ts";
import { FirstTokenTime, RunningMedian, slownessOf } from "./noisy-estimate.ts";
import type { TenantAccount } from "./tenant-account.ts";

/** Places over share from which a tenant can be the cause, in thousandths of its share; and how many places at least. */
const overShare = 1500;
const placesMin = 4;
/** A victim's median is so many times what is normal here, in thousandths; and rests on so many requests. */
const deviates = 2000;
const samplesMin = 4;
/** A tenant of which nothing was heard for so long is no victim: what was measured is past. */
const heardWithinMs = 10_000;
/** Seconds in a row. */
const patienceLooks = 3;
const tenantsMax = 4096;
const promptly = 1000;

interface Heard {
  readonly median: RunningMedian;
  heardMs: number;
}

export interface FirstToken {
  readonly tenant: TenantId;
  /** From its offer to the start, and in steps of prefill. */
  readonly waitedMs: number;
  readonly prefillMs: number;
  readonly computedTokens: number;
}

export interface Verdict {
  readonly noisy: TenantAccount;
  readonly victim: TenantId;
  /** The victim's, in thousandths of what its prompts need. */
  readonly slowness: number;
}

interface Suspicion {
  readonly tenant: TenantId;
  looks: number;
}

export class NoisyNeighbour {
  readonly #time = new FirstTokenTime();
  readonly #heard = new TwoGenerations<TenantId, Heard>(tenantsMax / 2);
  /** Of tenants inside their share, while nobody disturbs them. */
  readonly #calm = new RunningMedian(promptly);
  #isCalm = true;
  #suspicion: Suspicion | undefined;

  /** A request's first token is out. */
  firstToken({ tenant, waitedMs, prefillMs, computedTokens }: FirstToken, nowMs: number): void {
    const prefillUs = Math.round(prefillMs * 1000);
    this.#time.add(computedTokens, prefillUs);
    const ttftUs = Math.round(waitedMs * 1000) + prefillUs;
    const slowness = slownessOf(ttftUs, this.#time.expectedUs(computedTokens));
    const heard = this.#heard.get(tenant) ?? { median: new RunningMedian(promptly), heardMs: 0 };
    heard.median.add(slowness);
    heard.heardMs = nowMs;
    this.#heard.set(tenant, heard);
    if (this.#isCalm) this.#calm.add(slowness);
  }

  /** In thousandths of what its prompts need; absent: too little was heard of it. */
  slownessOf(tenant: TenantId): number | undefined {
    const median = this.#heard.get(tenant)?.median;
    return median === undefined || median.samples < samplesMin ? undefined : median.value;
  }

  /** Once a second: whom to narrow, if it has been so for some seconds. */
  look(busy: readonly TenantAccount[], nowMs: number): Verdict | undefined {
    const suspect = mostOverShare(busy);
    this.#isCalm = suspect === undefined;
    const victim = suspect === undefined ? undefined : this.#worstOff(busy, nowMs);
    if (suspect === undefined || victim === undefined) {
      this.#suspicion = undefined;
      return undefined;
    }
    const suspicion =
      this.#suspicion?.tenant === suspect.tenant
        ? this.#suspicion
        : { tenant: suspect.tenant, looks: 0 };
    suspicion.looks += 1;
    this.#suspicion = suspicion;
    if (suspicion.looks < patienceLooks) return undefined;
    this.#suspicion = undefined;
    return { noisy: suspect, ...victim };
  }

  #worstOff(
    busy: readonly TenantAccount[],
    nowMs: number,
  ): Pick<Verdict, "victim" | "slowness"> | undefined {
    const shares = sharesOf(busy);
    let worst: Pick<Verdict, "victim" | "slowness"> | undefined;
    const normal = Math.max(promptly, this.#calm.value);
    for (const [tenant, { heardMs }] of this.#heard) {
      if (nowMs - heardMs > heardWithinMs || (shares.get(tenant) ?? 0) > promptly) continue;
      const slowness = this.slownessOf(tenant) ?? 0;
      if (slowness * 1000 < deviates * normal) continue;
      if (worst === undefined || slowness > worst.slowness) worst = { victim: tenant, slowness };
    }
    return worst;
  }
}

/** Places over share by weight, in thousandths: at 1000 a tenant has what it is entitled to. */
function sharesOf(busy: readonly TenantAccount[]): ReadonlyMap<TenantId, number> {
  let weights = 0;
  let places = 0;
  for (const { weight, placements } of busy) {
    weights += weight;
    places += placements;
  }
  const shares = new Map<TenantId, number>();
  for (const { tenant, weight, placements } of busy) {
    const entitled = places * weight;
    shares.set(tenant, entitled === 0 ? 0 : Math.round((placements * weights * 1000) / entitled));
  }
  return shares;
}

function mostOverShare(busy: readonly TenantAccount[]): TenantAccount | undefined {
  const shares = sharesOf(busy);
  const shareOf = ({ tenant }: TenantAccount): number => shares.get(tenant) ?? 0;
  let most: TenantAccount | undefined;
  for (const account of busy) {
    if (account.placements < placesMin || account.waiting.size === 0) continue;
    if (shareOf(account) < overShare) continue;
    if (most === undefined || shareOf(account) > shareOf(most)) most = account;
  }
  return most;
}
