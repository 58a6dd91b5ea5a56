// Who is calling: from the presented key alone, never from a field or another header. Keys are known by hash;
// a candidate is found by part of the hash and then compared in constant time. What is no key of ours may be a token.

import { hash, timingSafeEqual } from "node:crypto";
import type { KeyScope } from "#shared/model/api-key.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { isTenantName } from "#shared/model/tenant-name.ts";
import type { Asker, FleetView, KnownKey } from "./fleet-view.ts";
import { hashPrefixLength } from "./fleet-view.ts";

export interface Caller extends Asker {
  /** Public handle of the key, for logs; of a token its issuer's handle and a mark of its own, with a slash between. */
  readonly keyId: string;
  /** Absent: every one. */
  readonly scopes?: readonly KeyScope[] | undefined;
}

export type Authentication =
  | { readonly kind: "authenticated"; readonly caller: Caller }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** What may be a signed token: who sent it is for its issuer's keys to say. */
interface Token {
  readonly kind: "token";
  readonly token: string;
}

/** Longer than any key of ours: hashing a header of many kilobytes is work for nothing. */
const keyLengthMax = 512;
/** Of a token: half of what all headers may have. */
const tokenLengthMax = 8_192;
const bearer = /^bearer +(\S+) *$/i;
const tokenForm = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;

/** `authorization`: that header or metadata entry, as it came. */
export function authenticate(
  view: FleetView,
  authorization: string | undefined,
  nowEpochMs: number = Date.now(),
): Authentication | Token {
  if (authorization === undefined || authorization === "") {
    return refused("No API key was given. Send it as `Authorization: Bearer KEY`.");
  }
  const isLong = authorization.length > keyLengthMax;
  const given = isLong ? undefined : bearer.exec(authorization)?.[1];
  const known = given === undefined ? undefined : findKey(view, given);
  if (known === undefined) {
    const token = view.issuers.size === 0 ? undefined : tokenIn(authorization);
    if (token !== undefined) return { kind: "token", token };
    return refused(given === undefined ? malformed : "The API key is not valid.");
  }
  const { id, models, scopes } = known.key;
  const ended = keyEnd(known, nowEpochMs);
  if (ended !== undefined) return { kind: "refused", refusal: ended };
  return { kind: "authenticated", caller: { keyId: id, tenant: known.tenant, models, scopes } };
}

const malformed = "The Authorization header is not of the form `Bearer KEY`.";

function tokenIn(authorization: string): string | undefined {
  const given = authorization.length > tokenLengthMax ? undefined : bearer.exec(authorization)?.[1];
  return given !== undefined && tokenForm.test(given) ? given : undefined;
}

/** At once, but for a token that is to be verified first. */
export function whenKnown(
  authentication: Authentication | Promise<Authentication>,
  use: (known: Authentication) => void,
): void {
  if (authentication instanceof Promise) void useLater(authentication, use);
  else use(authentication);
}

async function useLater(
  authentication: Promise<Authentication>,
  use: (known: Authentication) => void,
): Promise<void> {
  use(await authentication);
}

function findKey(view: FleetView, key: string): KnownKey | undefined {
  const digestHex = hash("sha256", key, "hex");
  const candidates = view.keys.get(digestHex.slice(0, hashPrefixLength)) ?? [];
  const digest = Buffer.from(digestHex, "hex");
  return candidates.find(
    (candidate) =>
      candidate.digest.length === digest.length && timingSafeEqual(candidate.digest, digest),
  );
}

function keyEnd({ key }: KnownKey, nowEpochMs: number): Refusal | undefined {
  if (key.revoked) return keyRevoked;
  return key.expiresAtEpochMs !== undefined && key.expiresAtEpochMs <= nowEpochMs
    ? keyExpired
    : undefined;
}

/** Why a caller of before is none now. Undefined: it still is. */
export function endOf(
  view: FleetView,
  { keyId, tenant }: { readonly keyId: string; readonly tenant: TenantId },
  nowEpochMs: number,
): Refusal | undefined {
  const known = view.keysById.get(keyId);
  if (known !== undefined) return keyEnd(known, nowEpochMs);
  const slash = keyId.indexOf("/");
  return slash > 0 && maySpeakFor(view, keyId.slice(0, slash), tenant) ? undefined : keyRevoked;
}

/** A call that a token began goes on when the token expires; not when its issuer is not heard any more. */
function maySpeakFor(view: FleetView, issuerId: string, tenant: TenantId): boolean {
  const issuer = view.fleet.issuers?.find(({ id }) => id === issuerId);
  if (issuer === undefined || !isTenantName(tenant) || !view.tenants.has(tenant)) return false;
  return issuer.tenants === undefined || issuer.tenants.includes(tenant);
}

/** What a stream must be of for this caller to read it on. */
export const narrowedTo = ({ models }: Caller): { readonly models?: readonly string[] } =>
  models === undefined ? {} : { models };

/** Undefined: it may. */
export const scopeRefusal = (
  { scopes }: Caller,
  scope: KeyScope | undefined,
): Refusal | undefined =>
  scope === undefined || scopes === undefined || scopes.includes(scope)
    ? undefined
    : {
        code: "scope_missing",
        message: `This key may not do that: it lacks the scope \`${scope}\`.`,
      };

const keyRevoked: Refusal = {
  code: "key_revoked",
  message: "This API key has been revoked.",
};

const keyExpired: Refusal = {
  code: "key_expired",
  message: "This API key has expired.",
};

const refused = (message: string): Authentication => ({
  kind: "refused",
  refusal: { code: "unauthenticated", message },
});
