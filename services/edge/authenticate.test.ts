import assert from "node:assert/strict";
import { test } from "node:test";
import { rolloutAccount } from "#shared/model/rollout.ts";
import type { TokenIssuer } from "#shared/model/token-issuer.ts";
import { authenticate, endOf } from "./authenticate.ts";
import { viewFleet } from "./fleet-view.ts";
import { fleetOfTests } from "./scripted-edge.cases.ts";

function check(authorization: string | undefined): string {
  const outcome = authenticate(viewFleet(fleetOfTests, ""), authorization);
  assert.notEqual(outcome.kind, "token");
  if (outcome.kind === "authenticated") return outcome.caller.tenant.policy.tenant;
  return outcome.kind === "refused" ? outcome.refusal.code : "";
}

test("a key names its tenant, whatever the case of the scheme", () => {
  assert.equal(check("Bearer key-acme"), "acme");
  assert.equal(check("bearer  key-bolt "), "bolt");
});

test("a missing, malformed, unknown or ownerless key opens nothing", () => {
  const bad = [
    undefined,
    "",
    "key-acme",
    "Bearer",
    "Bearer ",
    "Basic key-acme",
    "Bearer a b",
    "Bearer key-orphan",
    "Bearer key-acmE",
    `Bearer ${"k".repeat(600)}`,
  ];
  for (const authorization of bad) assert.equal(check(authorization), "unauthenticated");
});

test("a key of an account of ours opens nothing, as if it were nobody's", () => {
  const [acme] = fleetOfTests.tenants;
  const [key] = fleetOfTests.keys;
  assert.ok(acme && key);
  const account = { ...acme, policy: { ...acme.policy, tenant: rolloutAccount } };
  const tenants = [...fleetOfTests.tenants, account];
  const ours = { ...key, tenant: rolloutAccount };
  const view = viewFleet({ ...fleetOfTests, tenants, keys: [ours] }, "");
  assert.deepEqual(
    authenticate(view, "Bearer key-acme"),
    authenticate(view, "Bearer key-of-nobody"),
  );
  const issuers = [{ id: "idp" } as TokenIssuer];
  const caller = { keyId: "idp/0123", tenant: rolloutAccount };
  const open = viewFleet({ ...fleetOfTests, tenants, issuers }, "");
  assert.equal(endOf(open, caller, 0)?.code, "key_revoked");
  assert.equal(endOf(open, { ...caller, tenant: acme.policy.tenant }, 0), undefined);
});

test("a revoked key is told so", () => {
  assert.equal(check("Bearer key-revoked"), "key_revoked");
});

test("keys whose hashes begin alike are told apart by the whole hash", () => {
  const [first] = fleetOfTests.keys;
  assert.ok(first);
  const twin = { ...first, sha256: `${first.sha256.slice(0, 16)}${"0".repeat(48)}`, id: "twin" };
  const view = viewFleet({ ...fleetOfTests, keys: [twin, first] }, "");
  const outcome = authenticate(view, "Bearer key-acme");
  assert.equal(outcome.kind === "authenticated" ? outcome.caller.keyId : "", first.id);
});
