// Who is calling: from the presented key alone, never from a field or another header. Keys are known by hash;
// a candidate is found by part of the hash and then compared in constant time.

import { hash, timingSafeEqual } from "node:crypto";
import type { Tenant } from "#shared/model/fleet.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { FleetView } from "./fleet-view.ts";
import { hashPrefixLength } from "./fleet-view.ts";

export interface Caller {
  /** Public handle of the key, for logs. */
  readonly keyId: string;
  readonly tenant: Tenant;
}

export type Authentication =
  | { readonly kind: "authenticated"; readonly caller: Caller }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Longer than any key of ours: hashing a header of many kilobytes is work for nothing. */
const keyLengthMax = 512;
const bearer = /^bearer +(\S+) *$/i;

/** `authorization`: that header or metadata entry, as it came. */
export function authenticate(view: FleetView, authorization: string | undefined): Authentication {
  if (authorization === undefined || authorization === "") {
    return refused("No API key was given. Send it as `Authorization: Bearer KEY`.");
  }
  const key = authorization.length > keyLengthMax ? undefined : bearer.exec(authorization)?.[1];
  if (key === undefined) {
    return refused("The Authorization header is not of the form `Bearer KEY`.");
  }
  const digestHex = hash("sha256", key, "hex");
  const candidates = view.keys.get(digestHex.slice(0, hashPrefixLength)) ?? [];
  const digest = Buffer.from(digestHex, "hex");
  const known = candidates.find(
    (candidate) =>
      candidate.digest.length === digest.length && timingSafeEqual(candidate.digest, digest),
  );
  if (known === undefined) return refused("The API key is not valid.");
  if (known.isRevoked) {
    return { kind: "refused", refusal: keyRevoked };
  }
  return { kind: "authenticated", caller: { keyId: known.id, tenant: known.tenant } };
}

export const keyRevoked: Refusal = {
  code: "key_revoked",
  message: "This API key has been revoked.",
};

const refused = (message: string): Authentication => ({
  kind: "refused",
  refusal: { code: "unauthenticated", message },
});
