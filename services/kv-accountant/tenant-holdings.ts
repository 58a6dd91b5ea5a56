// What each tenant holds over all workers of the pool, beside its budget. Laws: what a tenant holds is the sum of its
// bookings; no reservation takes it above its burst; what it holds above its guarantee is on loan, and is named, most
// first, to a tenant inside its guarantee that finds no blocks. Absent budget: nothing guaranteed, nothing forbidden.

import type { KvLoan } from "#shared/model/kv-blocks.ts";
import type { TenantId } from "#shared/model/ids.ts";

/** In the pool's blocks, as a reservation brings it. */
export interface KvBudgetBlocks {
  readonly guaranteedBlocks?: number;
  readonly burstBlocks?: number;
}

export interface TenantHolding {
  readonly tenant: TenantId;
  heldBlocks: number;
  bookings: number;
  guaranteedBlocks: number;
  /** Infinite: no bound. */
  burstBlocks: number;
  /** Its router has named its budget in this epoch. Until then nobody may say that it is above its guarantee. */
  isTold: boolean;
}

/** Tenants named to one that may take blocks back. */
const loansMax = 8;
/** Tenants remembered; above it, those that hold nothing are forgotten. */
const tenantsMax = 16_384;

export class TenantHoldings {
  readonly #holdings: Map<TenantId, TenantHolding> = new Map();

  /** The tenant's, opened if need be. */
  of(tenant: TenantId): TenantHolding {
    const known = this.#holdings.get(tenant);
    if (known !== undefined) return known;
    if (this.#holdings.size >= tenantsMax) this.#forgetIdle();
    const opened: TenantHolding = {
      tenant,
      heldBlocks: 0,
      bookings: 0,
      guaranteedBlocks: 0,
      burstBlocks: Number.POSITIVE_INFINITY,
      isTold: false,
    };
    this.#holdings.set(tenant, opened);
    return opened;
  }

  all(): Iterable<TenantHolding> {
    return this.#holdings.values();
  }

  /** Those above their guarantee, most above first, but for the one that asks. O(tenants). */
  loans(asking: TenantHolding): readonly KvLoan[] {
    const loans: KvLoan[] = [];
    for (const holding of this.#holdings.values()) {
      const blocks = loanOf(holding);
      if (blocks === 0 || holding === asking) continue;
      const place = loans.findIndex((loan) => loan.blocks < blocks);
      if (place < 0 && loans.length >= loansMax) continue;
      loans.splice(place < 0 ? loans.length : place, 0, { tenant: holding.tenant, blocks });
      if (loans.length > loansMax) loans.pop();
    }
    return loans;
  }

  // One that still holds blocks is kept: there are never more of those than sequences.
  #forgetIdle(): void {
    for (const holding of this.#holdings.values()) {
      if (holding.bookings === 0) this.#holdings.delete(holding.tenant);
    }
  }
}

/** The newest word about its budget stands. */
export function learnBudget(holding: TenantHolding, budget: KvBudgetBlocks): void {
  holding.guaranteedBlocks = budget.guaranteedBlocks ?? 0;
  holding.burstBlocks = budget.burstBlocks ?? Number.POSITIVE_INFINITY;
  holding.isTold = true;
}

export const fitsBurst = (holding: TenantHolding, more: number): boolean =>
  holding.heldBlocks + more <= holding.burstBlocks;

export const isGuaranteed = (holding: TenantHolding, more: number): boolean =>
  holding.heldBlocks + more <= holding.guaranteedBlocks;

/** What it holds above its guarantee: others' by right, should they ask inside theirs. */
export const loanOf = ({ heldBlocks, guaranteedBlocks, isTold }: TenantHolding): number =>
  isTold ? Math.max(0, heldBlocks - guaranteedBlocks) : 0;
