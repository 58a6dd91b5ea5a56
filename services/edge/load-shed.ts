// What this edge refuses before it reads a body, because the work would be in vain: all that a late event loop has no time for,
// the lowest band first; and, for a moment, what a tenant's queue has just called overload; and everything while
// its usage could not be billed. Who reads an accepted stream on is not asked to wait.

import type { TenantId } from "#shared/model/ids.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { TenantPolicy } from "#shared/model/tenant-policy.ts";

/** As often as the loop is looked at. */
export const beatMs = 250;
/** Where the lowest band is shed; each band above bears twice as much. */
const lagFirstMs = 1_000;
/** A single long pause counts half, and a quarter in the next beat. */
const memory = 0.5;
/** A queue's word on its backlog ages fast; of so many one is let through, to hear another. */
const overloadMostMs = 2_000;
const probeEvery = 8;
const tenantsMax = 1024;

interface Overload {
  readonly untilMs: number;
  refused: number;
}

export class LoadShed {
  readonly #nowMs: () => number;
  #beatAtMs: number;
  #lagMs = 0;
  #bands: readonly number[] = [];
  #isUsageKept = true;
  readonly #overloads: Map<TenantId, Overload> = new Map();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#beatAtMs = nowMs();
  }

  /** Of all tenants: the highest number is the lowest band. */
  setBands(bands: Iterable<number>): void {
    this.#bands = [...new Set(bands)].toSorted((a, b) => b - a);
  }

  /** Whether what is used from now on is sure to be billed. */
  setUsageKept(isUsageKept: boolean): void {
    this.#isUsageKept = isUsageKept;
  }

  /** Every `beatMs`, if the loop has time for it. */
  beat(): void {
    const nowMs = this.#nowMs();
    const lateMs = Math.max(0, nowMs - this.#beatAtMs - beatMs);
    this.#beatAtMs = nowMs;
    this.#lagMs = memory * this.#lagMs + (1 - memory) * lateMs;
  }

  /** The tenant's queue would have it wait in vain. */
  learn(tenant: TenantId, { code, retryAfterMs = 0 }: Refusal): void {
    if (code !== "overloaded") return;
    this.#overloads.delete(tenant);
    const untilMs = this.#nowMs() + Math.min(retryAfterMs, overloadMostMs);
    this.#overloads.set(tenant, { untilMs, refused: 0 });
    const longest = this.#overloads.keys().next();
    if (this.#overloads.size > tenantsMax && longest.done !== true) {
      this.#overloads.delete(longest.value);
    }
  }

  /** Undefined: go on. */
  refusalFor({ tenant, band }: Pick<TenantPolicy, "tenant" | "band">): Refusal | undefined {
    if (!this.#isUsageKept) return usageNotKept;
    const rank = Math.max(0, this.#bands.indexOf(band));
    if (this.#lagMs >= lagFirstMs * 2 ** rank) {
      return { ...edgeLate, retryAfterMs: Math.ceil(this.#lagMs) };
    }
    const overload = this.#overloads.get(tenant);
    if (overload === undefined) return undefined;
    const leftMs = overload.untilMs - this.#nowMs();
    if (leftMs <= 0) {
      this.#overloads.delete(tenant);
      return undefined;
    }
    overload.refused += 1;
    return overload.refused % probeEvery === 0 ? undefined : { ...queueLong, retryAfterMs: leftMs };
  }
}

const usageNotKept: Refusal = {
  code: "usage_not_kept",
  message: "This edge cannot keep account of usage now. Try again shortly, or at another.",
  retryAfterMs: 5_000,
};

const edgeLate: Refusal = {
  code: "overloaded",
  message: "This edge is behind with its work. Try again shortly, or at another.",
};

const queueLong: Refusal = {
  code: "overloaded",
  message: "Requests of this tenant would wait longer than they may. Try again shortly.",
};
