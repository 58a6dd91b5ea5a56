// A key that opens the doors to tenants, and what it may do there. One from the fleet file and one made by command are the
// same to an edge; the secret itself is nowhere but with whoever was told it once.

import type { TenantId } from "./ids.ts";

/** What the tenants' doors offer. Reading the list of models needs none. */
export const keyScopes = ["inference", "adapters", "usage"] as const;

export type KeyScope = (typeof keyScopes)[number];

/** What a key may do, of what its tenant may. An absent field narrows nothing. */
export interface KeyTerms {
  /** From this moment on it opens nothing. */
  readonly expiresAtEpochMs?: number;
  /** `model`: it and its adapters; `model:adapter`: that alone. */
  readonly models?: readonly string[];
  readonly scopes?: readonly KeyScope[];
}

export interface ApiKey extends KeyTerms {
  /** Public handle for logs: never the key. */
  readonly id: string;
  readonly tenant: TenantId;
  /** Lower-case hex SHA-256 of the key. */
  readonly sha256: string;
  readonly revoked: boolean;
}
