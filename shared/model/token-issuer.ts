// Who may say in a signed token (JWT) for which tenant it speaks: as the fleet file has it. Only signatures that are checked with a
// public key: with a shared secret whoever can check a token could also make one.

import type { KeyScope } from "./api-key.ts";
import type { TenantId } from "./ids.ts";

export const tokenAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
] as const;

export type TokenAlgorithm = (typeof tokenAlgorithms)[number];

export interface TokenIssuer {
  /** Public handle for logs. */
  readonly id: string;
  /** What the claim `iss` must be, to the letter. */
  readonly issuer: string;
  /** Where it publishes its public keys. */
  readonly jwksUrl: string;
  /** What the claim `aud` must be or have. */
  readonly audience: string;
  readonly algorithms: readonly TokenAlgorithm[];
  /** By how much its clock may differ from ours. */
  readonly clockSkewS: number;
  /** Which claims say it. */
  readonly claims: TokenClaims;
  /** What its tokens may do. */
  readonly scopes: readonly KeyScope[];
  /** For whom it may speak. Absent: for every tenant. */
  readonly tenants?: readonly TenantId[];
}

export interface TokenClaims {
  readonly tenant: string;
  readonly tier: string;
  readonly models: string;
}
