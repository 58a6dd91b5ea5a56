// The tenants that are kept to a subset of the pool's workers, by the operator or as noisy neighbours. Laws: never below
// one worker nor what its fair share needs; never in a pool of one; never more than a quarter of the tenants by
// detection; what detection narrowed ends by itself.

import type { TenantId, WorkerId } from "#shared/model/ids.ts";
import { workerSubset } from "./worker-subset.ts";

export interface Narrowing {
  readonly tenant: TenantId;
  readonly by: "detection" | "operator";
  workers: number;
  members: ReadonlySet<WorkerId>;
  /** An offer of it found its workers full since the last look. */
  hasWaited: boolean;
  /** Infinite: until the operator widens it. */
  readonly untilMs: number;
}

/** Fewer than the first offers that a decision looks at, so that the others are always seen. */
const narrowingsMax = 4;
const holdMs = 30_000;
const holdMsMax = 480_000;
/** Narrowed again within this, it is held twice as long as the last time. */
const relapseMs = 60_000;

interface Past {
  readonly heldMs: number;
  readonly endedMs: number;
}

export class Narrowings {
  readonly #standing: Map<TenantId, Narrowing> = new Map();
  /** Of tenants that detection narrowed before. */
  readonly #past: Map<TenantId, Past> = new Map();

  of(tenant: TenantId): Narrowing | undefined {
    return this.#standing.size === 0 ? undefined : this.#standing.get(tenant);
  }

  all(): readonly Narrowing[] {
    return [...this.#standing.values()];
  }

  /** Undefined: there are too many, or there is nothing to keep it from. */
  byOperator(tenant: TenantId, workers: number, pool: readonly WorkerId[]): Narrowing | undefined {
    const isFull = this.#standing.size >= narrowingsMax && !this.#standing.has(tenant);
    if (isFull || pool.length < 2 || workers >= pool.length) return undefined;
    return this.#add({ tenant, by: "operator", workers, untilMs: Number.POSITIVE_INFINITY }, pool);
  }

  /** `tenants`: how many there are. Undefined: it stays as it is. */
  byDetection(
    {
      tenant,
      tenants,
      nowMs,
    }: { readonly tenant: TenantId; readonly tenants: number; readonly nowMs: number },
    workers: number,
    pool: readonly WorkerId[],
  ): Narrowing | undefined {
    const most = Math.min(narrowingsMax, Math.max(1, Math.floor(tenants / 4)));
    if (this.#standing.has(tenant) || this.#standing.size >= most) return undefined;
    if (tenants < 2 || pool.length < 2 || workers >= pool.length) return undefined;
    const past = this.#past.get(tenant);
    const isRelapse = past !== undefined && nowMs - past.endedMs < relapseMs;
    const heldMs = isRelapse ? Math.min(holdMsMax, past.heldMs * 2) : holdMs;
    this.#rememberPast(tenant, { heldMs, endedMs: nowMs + heldMs }, nowMs);
    return this.#add({ tenant, by: "detection", workers, untilMs: nowMs + heldMs }, pool);
  }

  /** False: it was not narrowed. */
  end(tenant: TenantId, nowMs: number): boolean {
    const past = this.#past.get(tenant);
    if (past !== undefined && past.endedMs > nowMs) {
      this.#past.set(tenant, { ...past, endedMs: nowMs });
    }
    return this.#standing.delete(tenant);
  }

  /** Workers have come or gone, or it needs more: its subset anew. */
  renew(narrowing: Narrowing, workers: number, pool: readonly WorkerId[]): void {
    narrowing.workers = Math.max(1, workers);
    narrowing.members = workerSubset(narrowing.tenant, pool, narrowing.workers);
  }

  #add(
    { tenant, by, workers, untilMs }: Omit<Narrowing, "members" | "hasWaited">,
    pool: readonly WorkerId[],
  ): Narrowing {
    const kept = Math.max(1, workers);
    const members = workerSubset(tenant, pool, kept);
    const narrowing: Narrowing = { tenant, by, workers: kept, members, untilMs, hasWaited: false };
    this.#standing.set(tenant, narrowing);
    return narrowing;
  }

  #rememberPast(tenant: TenantId, past: Past, nowMs: number): void {
    for (const [other, { endedMs }] of this.#past) {
      if (nowMs - endedMs >= relapseMs) this.#past.delete(other);
    }
    this.#past.set(tenant, past);
  }
}
