// The most and the least served of a set of tenants, and Jain's index over them, taken in one pass.

import type { TenantId } from "#shared/model/ids.ts";

export class Spread {
  #count = 0;
  #sum = 0;
  #squares = 0;
  #most = Number.NEGATIVE_INFINITY;
  #least = Number.POSITIVE_INFINITY;
  mostServed: TenantId | undefined;
  leastServed: TenantId | undefined;

  add(tenant: TenantId, served: number): void {
    this.#count += 1;
    this.#sum += served;
    this.#squares += served * served;
    if (served > this.#most) {
      this.#most = served;
      this.mostServed = tenant;
    }
    if (served < this.#least) {
      this.#least = served;
      this.leastServed = tenant;
    }
  }

  get count(): number {
    return this.#count;
  }

  /** 0 for fewer than two. */
  get gap(): number {
    return this.#count < 2 ? 0 : this.#most - this.#least;
  }

  /** Parts per million: (Σx)² / (n·Σx²). Undefined for fewer than two, or where nothing was served. */
  get jainPpm(): number | undefined {
    if (this.#count < 2 || this.#squares === 0) return undefined;
    return Math.round((this.#sum * this.#sum * 1_000_000) / (this.#count * this.#squares));
  }
}
