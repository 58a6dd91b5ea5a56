// An issuer of tokens as an entry of a fleet file. What could let anyone make a token of his own is not there to be chosen: shared
// secrets, `none`, keys over an open line.

import type { KeyScope } from "#shared/model/api-key.ts";
import type { TokenAlgorithm, TokenClaims } from "#shared/model/token-issuer.ts";
import { tokenAlgorithms } from "#shared/model/token-issuer.ts";
import { z } from "zod";
import { scopes } from "./key-schema.ts";
import { isPrivateHost } from "./private-url.ts";
import { name, whole } from "./schema-words.ts";

export interface IssuerEntry {
  readonly id: string;
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly audience: string;
  readonly algorithms: readonly TokenAlgorithm[];
  readonly clockSkewS: number;
  readonly claims: TokenClaims;
  readonly scopes: readonly KeyScope[];
  readonly tenants?: readonly string[];
}

const algorithmsDefault: readonly TokenAlgorithm[] = ["RS256", "ES256", "EdDSA"];
const claimsDefault: TokenClaims = { tenant: "tenant_id", tier: "tier", models: "allowed_models" };
const text = (expected: string): z.ZodString =>
  z.string({ error: expected }).min(1, { error: expected }).max(512, { error: expected });

const jwksUrl = text("the URL of a JWKS").refine(isKeysUrl, {
  error: "an https URL without credentials; http only on loopback or a private network",
});

export function isKeysUrl(given: string): boolean {
  const url = URL.parse(given);
  if (url === null || url.username + url.password + url.hash !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isPrivateHost(url.hostname));
}

const claim = text("the name of a claim");

export const issuer: z.ZodType<IssuerEntry> = z.strictObject({
  id: name,
  issuer: text("what the claim iss must be"),
  jwksUrl,
  audience: text("what the claim aud must be"),
  algorithms: z
    .array(z.enum(tokenAlgorithms, { error: tokenAlgorithms.join(", ") }), {
      error: `a list of ${tokenAlgorithms.join(", ")}`,
    })
    .min(1, { error: "at least one algorithm" })
    .default([...algorithmsDefault]),
  clockSkewS: whole(0, 300).default(30),
  claims: z
    .strictObject({
      tenant: claim.default(claimsDefault.tenant),
      tier: claim.default(claimsDefault.tier),
      models: claim.default(claimsDefault.models),
    })
    .default(claimsDefault),
  scopes: scopes.default(["inference"]),
  tenants: z.exactOptional(
    z.array(name, { error: "a list of tenant ids" }).min(1, { error: "at least one tenant" }),
  ),
});
