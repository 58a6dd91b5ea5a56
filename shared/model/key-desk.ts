// The registry's desk for keys, as operators use it: what is asked, and what comes of it.

import type { KeyTerms } from "./api-key.ts";

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
