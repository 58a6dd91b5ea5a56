import assert from "node:assert/strict";
import { test } from "node:test";
import { authenticate } from "./authenticate.ts";
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
