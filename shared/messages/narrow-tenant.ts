// What an operator says to a pool's router about a tenant that is in the others' way. Part of its mailbox, `to-router.ts`.

import type { TenantId } from "#shared/model/ids.ts";

/** Keep a tenant to a few of the pool's workers until it is widened, or the pool has another owner. From an operator. */
export interface NarrowTenant {
  readonly kind: "narrow";
  readonly tenant: TenantId;
  /** Absent: a quarter of the pool's. Dropped if it is all of them, there is one only, or four tenants are narrowed already. */
  readonly workers?: number;
}

/** All of the pool's workers again, whoever narrowed it. From an operator. */
export interface WidenTenant {
  readonly kind: "widen";
  readonly tenant: TenantId;
}
