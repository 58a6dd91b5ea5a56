// How much of this engine each tenant has had lately, in tags: cost per weight, integers. Law (start-time fair queueing,
// Goyal et al. 1996, with a bounded lead): a tenant that begins to wait starts at the virtual time at least, so that
// idle time is no credit, and `leadMax` above it at most, so that what lies back longer is forgotten and every
// tenant's turn comes.

import type { TenantId } from "#shared/model/ids.ts";
import type { EngineSequence } from "./engine-sequence.ts";

// A prompt token costs half of an output token, as in the router; the scale keeps a weight of 1,000 exact to a thousandth.
const promptTokenCost = 1_000_000;
const outputTokenCost = 2_000_000;
/** Tags start again from here, all of them by the same amount: exact however long the engine lives. */
const rebaseAt = 2 ** 50;
const sharesMax = 1024;
/** What a tenant had lately: a quarter of it is forgotten each second of the engine's own time. */
const fadeUs = 1_000_000;
/** Nothing of it is left after so many. */
const fadesMax = 128;

/** `yields`: its prompts come after those of others; `sits-out`: its decodes too, if there is room. */
export type Standing = "inside" | "yields" | "sits-out";

export interface TenantShare {
  readonly tenant: TenantId;
  /** As its latest sequence has them. */
  weight: number;
  band: number;
  tag: number;
  /** Cost of what it had in the last seconds. */
  recentCost: number;
  /** In the step being planned; how is said in yielding.ts. */
  standing: Standing;
  /** Steps in a row in which it sat out. */
  satOutSteps: number;
  /** It had prompt tokens to compute when the last step was planned. */
  isBacklogged: boolean;
  /** For the step being planned: its sequences with prompt tokens to compute, and those that have not begun. */
  readonly prefills: EngineSequence[];
  readonly waiting: EngineSequence[];
}

export class TenantShares {
  readonly #shares = new Map<TenantId, TenantShare>();
  readonly #leadCost: number;
  #virtualTime = 0;
  #fadedUs: number;

  /** `recentTokens`: a tenant of weight 1 can be ahead by so many prompt tokens at most. */
  constructor(recentTokens: number, nowUs: number = 0) {
    this.#leadCost = recentTokens * promptTokenCost;
    this.#fadedUs = nowUs;
  }

  get size(): number {
    return this.#shares.size;
  }

  of(tenant: TenantId, { weight, band }: { weight: number; band: number }): TenantShare {
    const known = this.#shares.get(tenant);
    if (known !== undefined) return Object.assign(known, { weight, band });
    if (this.#shares.size >= sharesMax) this.#forgetIdle();
    const tag = this.#virtualTime;
    const fresh: TenantShare = {
      tenant,
      weight,
      band,
      tag,
      recentCost: 0,
      standing: "inside",
      satOutSteps: 0,
      isBacklogged: false,
      prefills: [],
      waiting: [],
    };
    this.#shares.set(tenant, fresh);
    return fresh;
  }

  /** These tenants have prompt tokens to compute, and nobody else has. */
  backlogged(shares: ReadonlySet<TenantShare>): void {
    let least = Infinity;
    for (const { isBacklogged, tag } of shares) if (isBacklogged) least = Math.min(least, tag);
    if (least !== Infinity) this.#virtualTime = Math.max(this.#virtualTime, least);
    for (const share of this.#shares.values()) {
      const isBacklogged = shares.has(share);
      if (isBacklogged && !share.isBacklogged) {
        share.tag = Math.max(share.tag, this.#virtualTime);
      }
      share.isBacklogged = isBacklogged;
      const leadMax = Math.floor(this.#leadCost / share.weight);
      share.tag = Math.min(share.tag, this.#virtualTime + leadMax);
    }
    if (this.#virtualTime >= rebaseAt) this.#rebase();
  }

  /** Time passes. `timeScale`: of the engine's clock. */
  fade(nowUs: number, timeScale: number): void {
    const everyUs = fadeUs * timeScale;
    const fades = Math.floor((nowUs - this.#fadedUs) / everyUs);
    if (fades <= 0) return;
    this.#fadedUs += fades * everyUs;
    for (const share of this.#shares.values()) {
      for (let fade = 0; fade < Math.min(fades, fadesMax) && share.recentCost > 0; fade++) {
        share.recentCost = Math.floor((share.recentCost * 3) / 4);
      }
    }
  }

  #rebase(): void {
    for (const share of this.#shares.values()) {
      share.tag = Math.max(0, share.tag - this.#virtualTime);
    }
    this.#virtualTime = 0;
  }

  #forgetIdle(): void {
    for (const [tenant, share] of this.#shares) {
      if (!share.isBacklogged) this.#shares.delete(tenant);
    }
  }
}

export function chargePrompt(share: TenantShare, tokens: number): void {
  share.tag += Math.floor((tokens * promptTokenCost) / share.weight);
  share.recentCost += tokens * promptTokenCost;
}

export function chargeOutput(share: TenantShare): void {
  share.tag += Math.floor(outputTokenCost / share.weight);
  share.recentCost += outputTokenCost;
}

/** What a tenant had lately, in prompt tokens. */
export const recentTokens = ({ recentCost }: TenantShare): number => recentCost / promptTokenCost;

/** Prompt tokens that bring one tenant as far as another is. */
export const tokensUntil = (share: TenantShare, tag: number): number =>
  Math.max(0, Math.ceil(((tag - share.tag) * share.weight) / promptTokenCost));
