// Whether a token is what it says: signed by a key that its issuer publishes, with an algorithm that the issuer may use here, for
// this audience, in its time. Signatures and the registered claims are judged by jose; ours are read here.

import type { JWTPayload } from "jose";
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from "jose";
import type { Refusal } from "#shared/model/refusal.ts";
import type { TokenIssuer } from "#shared/model/token-issuer.ts";
import type { KeySet } from "./issuer-keys.ts";

/** Before its signature was looked at: good for finding a key, and for nothing else. */
export interface Claimed {
  readonly issuer: string;
  readonly alg: string;
  readonly kid: string | undefined;
}

export interface Verified {
  readonly tenant: string;
  readonly tier: string | undefined;
  readonly models: readonly string[] | undefined;
  /** Its clock's skew included. */
  readonly untilEpochMs: number;
}

const modelsMax = 64;
const modelLengthMax = 200;

/** Undefined: it is no token. */
export function readClaimed(token: string): Claimed | undefined {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    const { iss } = decodeJwt(token);
    const isToken = typeof alg === "string" && typeof iss === "string";
    const isKid = kid === undefined || typeof kid === "string";
    return isToken && isKid ? { issuer: iss, alg, kid } : undefined;
  } catch {
    return undefined;
  }
}

export async function verifyToken(
  token: string,
  issuer: TokenIssuer,
  { find }: KeySet,
  nowEpochMs: number,
): Promise<Verified | Refusal> {
  try {
    const { payload } = await jwtVerify(token, find, {
      issuer: issuer.issuer,
      audience: issuer.audience,
      algorithms: [...issuer.algorithms],
      clockTolerance: issuer.clockSkewS,
      currentDate: new Date(nowEpochMs),
      requiredClaims: ["exp"],
    });
    return readClaims(payload, issuer);
  } catch (error) {
    return refusalOf(error);
  }
}

function readClaims(payload: JWTPayload, { claims, clockSkewS }: TokenIssuer): Verified | Refusal {
  const tenant = payload[claims.tenant];
  const tier = payload[claims.tier];
  const models = payload[claims.models];
  if (typeof tenant !== "string") return wrongClaim(claims.tenant);
  if (tier !== undefined && typeof tier !== "string") return wrongClaim(claims.tier);
  if (models !== undefined && !isModels(models)) return wrongClaim(claims.models);
  return { tenant, tier, models, untilEpochMs: ((payload.exp ?? 0) + clockSkewS) * 1000 };
}

const isModels = (claim: unknown): claim is readonly string[] =>
  Array.isArray(claim) &&
  claim.length <= modelsMax &&
  claim.every((name) => typeof name === "string" && name.length <= modelLengthMax);

export const tokenInvalid = (message: string): Refusal => ({ code: "token_invalid", message });

const wrongClaim = (name: string): Refusal =>
  tokenInvalid(`The token's claim \`${name}\` is missing or not what it must be.`);

export const tokenExpired: Refusal = {
  code: "token_expired",
  message: "The token has expired.",
};

function refusalOf(error: unknown): Refusal {
  if (error instanceof errors.JWTExpired) return tokenExpired;
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === "nbf" && error.reason === "check_failed"
      ? tokenInvalid("The token is not valid yet.")
      : wrongClaim(error.claim);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return tokenInvalid("The token's signature is not its issuer's.");
  }
  return tokenInvalid("The token cannot be verified with the keys of its issuer.");
}
