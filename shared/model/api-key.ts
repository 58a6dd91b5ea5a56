// A key that opens the doors to tenants, and what it may do there. One from the fleet file and one made by command are the
// same to an edge; the secret itself is nowhere but with whoever was told it once.

import type { TenantId } from "./ids.ts";

/** What the tenants' doors offer. Reading the list of models needs none. */
export const keyScopes = ["inference", "adapters"] as const;

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

/** As an operator sees it: no secret, no hash. */
export interface KeyStanding extends KeyTerms {
  readonly id: string;
  readonly tenant: string;
  readonly state: "live" | "expired" | "revoked";
  /** `file`: the fleet file has it. `command`: it stands beside the fleet. */
  readonly from: "file" | "command";
  /** Of one made by command. */
  readonly createdAtEpochMs?: number;
}

export interface NewKey extends KeyTerms {
  readonly tenant: string;
}

/** Told once. */
export interface MadeKey {
  readonly key: KeyStanding;
  readonly secret: string;
  readonly version: number;
}

export interface RotateKey {
  readonly id: string;
  /** For so long the old key still works. */
  readonly overlapMs: number;
  /** Of the new one. Absent: the old one's. */
  readonly expiresAtEpochMs?: number;
}

export interface RotatedKey extends MadeKey {
  readonly replaced: { readonly id: string; readonly endsAtEpochMs: number };
}

/** Why nothing was done to a key. */
export type KeyRefusal =
  | { readonly kind: "unknown-tenant" }
  | { readonly kind: "unknown-key" }
  | { readonly kind: "unknown-model"; readonly model: string; readonly known: readonly string[] }
  | { readonly kind: "too-many"; readonly keysMax: number }
  | { readonly kind: "ended"; readonly state: "expired" | "revoked" };

export interface KeyRevoked {
  readonly id: string;
  readonly tenant: string;
  readonly version: number;
  /** False: it was revoked already. */
  readonly isChanged: boolean;
}

/** The registry's desk for keys. `actor` is who asked, for the audit. */
export interface KeyDesk {
  /** Undefined: of all tenants. */
  list(tenant: string | undefined): Promise<readonly KeyStanding[]>;
  create(key: NewKey, actor: string): Promise<MadeKey | KeyRefusal>;
  rotate(rotation: RotateKey, actor: string): Promise<RotatedKey | KeyRefusal>;
  revoke(id: string, actor: string): Promise<KeyRevoked | KeyRefusal>;
}
