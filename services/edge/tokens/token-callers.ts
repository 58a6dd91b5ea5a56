// Who calls with a token. What was verified once is remembered until the token expires, so that a token costs its verification once
// per edge; the tenant that it names is looked up for every call, in the desired state of that moment.

import { hash } from "node:crypto";
import type { Refusal } from "#shared/model/refusal.ts";
import { isTenantName } from "#shared/model/tenant-name.ts";
import type { TokenIssuer } from "#shared/model/token-issuer.ts";
import type { Authentication } from "#services/edge/authenticate.ts";
import type { FleetView } from "#services/edge/fleet-view.ts";
import type { FetchJwks } from "./fetch-jwks.ts";
import { IssuerKeys } from "./issuer-keys.ts";
import type { KeySet } from "./issuer-keys.ts";
import type { Claimed, Verified } from "./verify-token.ts";
import { readClaimed, tokenExpired, tokenInvalid, verifyToken } from "./verify-token.ts";

export interface TokenCallersOptions {
  readonly view: () => FleetView;
  readonly fetchJwks: FetchJwks;
  /** For what tokens say of their time. */
  readonly nowEpochMs: () => number;
  /** For the age of keys: a clock that nobody sets. */
  readonly nowMs: () => number;
  readonly onFailure: (issuer: string, error: unknown) => void;
}

interface Remembered extends Verified {
  readonly issuer: string;
  readonly kid: string | undefined;
  /** The key that signed it, as text; of a token without a `kid` all keys of that moment, one of which did. */
  readonly key: string | KeySet | undefined;
}

/** Some kilobytes each at most, mostly far less. */
const rememberedMax = 10_000;
/** Tokens whose verification is under way; each issuer has its own bound of those that wait for it. */
const verifyingMax = 4_000;
const markLength = 12;
/** Each for terms that changed while the one before was under way. */
const turnsMax = 3;

export class TokenCallers {
  readonly #options: TokenCallersOptions;
  /** By the URL that they come from. */
  readonly #keys = new Map<string, IssuerKeys>();
  readonly #remembered = new Map<string, Remembered>();
  readonly #verifying = new Map<string, Promise<Remembered | Refusal>>();
  #issuers = "";
  /** Of the issuers' terms: what was verified under earlier ones does not count. */
  #terms = 0;

  constructor(options: TokenCallersOptions) {
    this.#options = options;
    this.follow();
  }

  /** The desired state has changed. What other issuers said does not count any more. */
  follow(): void {
    const { issuers } = this.#options.view();
    const text = JSON.stringify([...issuers.values()]);
    if (text === this.#issuers) return;
    this.#issuers = text;
    this.#terms += 1;
    this.#remembered.clear();
    const urls = new Set([...issuers.values()].map(({ jwksUrl }) => jwksUrl));
    for (const url of this.#keys.keys()) if (!urls.has(url)) this.#keys.delete(url);
  }

  authenticate(token: string): Authentication | Promise<Authentication> {
    const digest = hash("sha256", token, "hex");
    const known = this.#recall(digest);
    if (known !== undefined) return this.#callerOf(known, digest);
    const verifying = this.#verifying.get(digest);
    if (verifying === undefined && this.#verifying.size >= verifyingMax) return refused(busy);
    return this.#verified(verifying ?? this.#begin(token, digest), digest);
  }

  /** One odd token never harms another: whatever is thrown ends here. */
  async #verified(
    verifying: Promise<Remembered | Refusal>,
    digest: string,
  ): Promise<Authentication> {
    try {
      const outcome = await verifying;
      return "code" in outcome ? refused(outcome) : this.#callerOf(outcome, digest);
    } catch (bug) {
      this.#options.onFailure("", bug);
      return refused({ code: "internal", message: "Something here is broken." });
    }
  }

  /** Undefined too if the key that signed it is not its issuer's any more. */
  #recall(digest: string): Remembered | undefined {
    const known = this.#remembered.get(digest);
    const issuer = known === undefined ? undefined : this.#options.view().issuers.get(known.issuer);
    if (known === undefined || issuer === undefined) return undefined;
    const keys = this.#keysOf(issuer).standing(this.#options.nowMs());
    if (
      keys !== undefined &&
      known.untilEpochMs > this.#options.nowEpochMs() &&
      keyNamed(keys, known.kid) === known.key
    )
      return known;
    this.#remembered.delete(digest);
    return undefined;
  }

  #begin(token: string, digest: string): Promise<Remembered | Refusal> {
    const verifying = this.#verifyOnce(token, digest);
    this.#verifying.set(digest, verifying);
    return verifying;
  }

  async #verifyOnce(token: string, digest: string): Promise<Remembered | Refusal> {
    try {
      return await this.#verifyUnderStanding(token, digest);
    } finally {
      this.#verifying.delete(digest);
    }
  }

  /** While its issuer was asked for keys, the terms may have changed: then it is judged by the new ones. */
  async #verifyUnderStanding(token: string, digest: string): Promise<Remembered | Refusal> {
    for (let turn = 1; turn <= turnsMax; turn++) {
      const terms = this.#terms;
      const outcome = await this.#verify(token);
      if (terms !== this.#terms) continue;
      if (!("code" in outcome)) this.#remember(digest, outcome);
      return outcome;
    }
    return changing;
  }

  async #verify(token: string): Promise<Remembered | Refusal> {
    const claimed = readClaimed(token);
    if (claimed === undefined) return tokenInvalid("The token is not a JSON Web Token.");
    const issuer = this.#options.view().issuers.get(claimed.issuer);
    if (issuer === undefined) return tokenInvalid("The token's issuer is not known here.");
    // Before any key is asked for: a token that nobody may send costs its issuer nothing.
    if (!issuer.algorithms.some((known) => known === claimed.alg)) return wrongAlgorithm;
    const keys = await this.#keysOf(issuer).find(claimed.kid, this.#options.nowMs());
    if (keys === "unavailable") return unavailable;
    if (keys === "unknown-key") return unknownKey;
    const verified = await verifyToken(token, issuer, keys, this.#options.nowEpochMs());
    return "code" in verified ? verified : { ...verified, ...signedBy(claimed, keys) };
  }

  #keysOf({ id, jwksUrl }: TokenIssuer): IssuerKeys {
    const { fetchJwks, onFailure } = this.#options;
    const known =
      this.#keys.get(jwksUrl) ??
      new IssuerKeys(jwksUrl, fetchJwks, (error) => onFailure(id, error));
    this.#keys.set(jwksUrl, known);
    return known;
  }

  #remember(digest: string, verified: Remembered): void {
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= rememberedMax && oldest !== undefined) {
      this.#remembered.delete(oldest);
    }
    this.#remembered.set(digest, verified);
  }

  /** Who it is comes from the token; what a tenant is worth, from the registry alone. */
  #callerOf(verified: Remembered, digest: string): Authentication {
    const view = this.#options.view();
    const issuer = view.issuers.get(verified.issuer);
    if (issuer === undefined) return refused(tokenInvalid("The token's issuer is not known here."));
    if (verified.untilEpochMs <= this.#options.nowEpochMs()) return refused(tokenExpired);
    const tenant = [...(issuer.tenants ?? [verified.tenant])].includes(verified.tenant)
      ? tenantNamed(view, verified.tenant)
      : undefined;
    if (tenant === undefined) return refused(foreignTenant);
    if (verified.tier !== undefined && verified.tier !== tenant.policy.tier)
      return refused(otherTier);
    const keyId = `${issuer.id}/${digest.slice(0, markLength)}`;
    const { models } = verified;
    return { kind: "authenticated", caller: { keyId, tenant, models, scopes: issuer.scopes } };
  }
}

/** An account of ours is nobody that a token could speak for, whatever its issuer may. */
const tenantNamed = ({ tenants }: FleetView, id: string) =>
  isTenantName(id)
    ? (tenants as ReadonlyMap<string, FleetView["fleet"]["tenants"][number]>).get(id)
    : undefined;

const signedBy = (
  { issuer, kid }: Claimed,
  keys: KeySet,
): Pick<Remembered, "issuer" | "kid" | "key"> => ({
  issuer,
  kid,
  key: keyNamed(keys, kid),
});

const keyNamed = (keys: KeySet, kid: string | undefined): string | KeySet | undefined =>
  kid === undefined ? keys : keys.keys.get(kid);

const refused = (refusal: Refusal): Authentication => ({ kind: "refused", refusal });

const wrongAlgorithm = tokenInvalid(
  "The token's algorithm is not one that its issuer may use here.",
);
const unknownKey = tokenInvalid("The token is signed with a key that its issuer does not publish.");
/** The same for one that there is not. */
const foreignTenant = tokenInvalid("The token names no tenant that its issuer may speak for.");
const otherTier = tokenInvalid("The token's tier is not the one of its tenant.");

const unavailable: Refusal = {
  code: "issuer_unavailable",
  message: "The keys of the token's issuer cannot be read at the moment. Try again shortly.",
  retryAfterMs: 2_000,
};

const changing: Refusal = {
  code: "issuer_unavailable",
  message: "What the token's issuer may say is changing at the moment. Try again shortly.",
  retryAfterMs: 1_000,
};

const busy: Refusal = {
  code: "issuer_unavailable",
  message: "Too many tokens are being verified at once. Try again shortly.",
  retryAfterMs: 1_000,
};
