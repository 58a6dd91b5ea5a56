// Whose the GPU time and work of a replica were since its engine came up. Law: the accounts add up to what sequences had in
// all; every amount is whole.

import type { TenantGpuTime } from "#shared/messages/gpu-reading.ts";
import type { TenantId } from "#shared/model/ids.ts";

export interface TenantAccount {
  gpuUs: number;
  /** Of that: what was computed before, and lost. */
  recomputeUs: number;
  gflop: number;
  megabytes: number;
}

/** More tenants than one replica serves in its life; the rest share the last account, which has no name. */
const accountsMax = 4096;

export class TenantAccounts {
  readonly #accounts = new Map<TenantId | "", TenantAccount>();

  of(tenant: TenantId | ""): TenantAccount {
    const name = this.nameOf(tenant);
    return this.#accounts.get(name) ?? this.#open(name);
  }

  /** Under which its account is kept, from now on. */
  nameOf(tenant: TenantId | ""): TenantId | "" {
    const isKnown = this.#accounts.has(tenant) || this.#accounts.size < accountsMax;
    const name = isKnown ? tenant : "";
    if (!this.#accounts.has(name)) this.#open(name);
    return name;
  }

  /** In the order in which they came. */
  *all(): Iterable<readonly [TenantId | "", Readonly<TenantAccount>]> {
    yield* this.#accounts;
  }

  #open(tenant: TenantId | ""): TenantAccount {
    const account = { gpuUs: 0, recomputeUs: 0, gflop: 0, megabytes: 0 };
    this.#accounts.set(tenant, account);
    return account;
  }
}

export const toldAccounts = (accounts: TenantAccounts): readonly TenantGpuTime[] =>
  [...accounts.all()].map(([tenant, account]) => ({ tenant, ...account }));
