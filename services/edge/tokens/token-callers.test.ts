import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { Fleet } from "#shared/model/fleet.ts";
import { rolloutAccount } from "#shared/model/rollout.ts";
import type { TokenIssuer } from "#shared/model/token-issuer.ts";
import type { Authentication } from "#services/edge/authenticate.ts";
import type { FleetView } from "#services/edge/fleet-view.ts";
import { viewFleet } from "#services/edge/fleet-view.ts";
import { fleetOfTests } from "#services/edge/scripted-edge.cases.ts";
import type { FetchJwks } from "./fetch-jwks.ts";
import { fetchJwks } from "./fetch-jwks.ts";
import type { IssuerStage } from "./issuer-stage.cases.ts";
import { issuerStage } from "./issuer-stage.cases.ts";
import { TokenCallers } from "./token-callers.ts";

interface Stage extends IssuerStage {
  /** `acme business inference all`, or why not. */
  readonly say: (token: string) => Promise<string>;
  readonly ask: (token: string) => Authentication | Promise<Authentication>;
  readonly failures: string[];
  /** The edge's clock goes on by so much. */
  readonly pass: (ms: number) => void;
  /** From now on the keys are these. */
  readonly publish: (keys: FetchJwks) => void;
  /** Somebody sets the edge's clock back. */
  readonly setBack: (ms: number) => void;
  readonly setIssuers: (issuers: readonly TokenIssuer[]) => void;
  readonly setFleet: (fleet: Fleet) => void;
}

async function stage(context: TestContext, change: Partial<TokenIssuer> = {}): Promise<Stage> {
  const real = await issuerStage(context, change);
  const failures: string[] = [];
  let aheadMs = 0;
  let setBackMs = 0;
  let fetchKeys = fetchJwks;
  let view: FleetView = viewFleet({ ...fleetOfTests, issuers: [real.issuer] }, "");
  const callers = new TokenCallers({
    view: () => view,
    fetchJwks: (url) => fetchKeys(url),
    nowEpochMs: () => Date.now() + aheadMs - setBackMs,
    nowMs: () => performance.now() + aheadMs,
    onFailure: (issuer, error) => failures.push(`${issuer} ${String(error)}`),
  });
  const setFleet = (fleet: Fleet): void => {
    view = viewFleet(fleet, "");
    callers.follow();
  };
  return {
    ...real,
    failures,
    ask: (token) => callers.authenticate(token),
    say: async (token) => {
      const known = await callers.authenticate(token);
      if (known.kind === "refused") return known.refusal.code;
      const { tenant, scopes, models } = known.caller;
      const { policy } = tenant;
      return `${policy.tenant} ${policy.tier} ${scopes?.join()} ${models?.join() ?? "all"}`;
    },
    publish: (keys) => {
      fetchKeys = keys;
    },
    setBack: (ms) => {
      setBackMs = ms;
    },
    pass: (ms) => {
      aheadMs += ms;
    },
    setIssuers: (issuers) => setFleet({ ...fleetOfTests, issuers }),
    setFleet,
  };
}

const nowS = (): number => Math.floor(Date.now() / 1000);

test("a good token names its tenant, whichever of its issuer's algorithms signed it", async (context) => {
  const { say, token, rotate, asked } = await stage(context);
  await rotate("rsa", { alg: "RS256" });
  await rotate("ed", { alg: "EdDSA" });
  assert.equal(await say(await token()), "acme business inference all");
  assert.equal(await say(await token({}, { with: "rsa" })), "acme business inference all");
  assert.equal(await say(await token({}, { with: "ed" })), "acme business inference all");
  const narrowed = await token({ tenant_id: "bolt", tier: undefined, allowed_models: ["fair-8b"] });
  assert.equal(await say(narrowed), "bolt business inference fair-8b");
  assert.equal(
    await say(await token({ aud: ["other", "fairlead"] })),
    "acme business inference all",
  );
  assert.equal(await asked(), 1);
});

test("what was verified is known at once, for as long as the token is good", async (context) => {
  const { ask, token, pass, say } = await stage(context);
  const mine = await token({ exp: nowS() + 30 });
  assert.ok(ask(mine) instanceof Promise);
  await ask(mine);
  const again = ask(mine);
  assert.ok(!(again instanceof Promise) && again.kind === "authenticated");
  assert.match(again.caller.keyId, /^idp\/[0-9a-f]{12}$/);
  pass(29_000);
  assert.ok(!(ask(mine) instanceof Promise));
  pass(7_000);
  assert.equal(await say(mine), "token_expired");
});

test("a token that does not hold is refused by what is wrong with it", async (context) => {
  const { say, token, rotate, issuer } = await stage(context, { algorithms: ["ES256"] });
  await rotate("rsa", { alg: "RS256" });
  const good = await token();
  const [head = "", body = "", signature = ""] = good.split(".");
  const base64 = (value: object): string =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
  // Signed with what everybody can read: the classic confusion of algorithms.
  const published = await (await fetch(issuer.jwksUrl)).text();
  const confused = `${base64({ alg: "HS256", kid: "first" })}.${body}`;
  const hmac = createHmac("sha256", published).update(confused).digest("base64url");
  const cases: readonly (readonly [name: string, token: string, code: string])[] = [
    ["wrong audience", await token({ aud: "another" }), "token_invalid"],
    ["no audience", await token({ aud: undefined }), "token_invalid"],
    ["another issuer", await token({ iss: "https://evil.example/" }), "token_invalid"],
    ["no issuer", await token({ iss: undefined }), "token_invalid"],
    ["no expiry", await token({ exp: undefined }), "token_invalid"],
    ["expired beyond the skew", await token({ exp: nowS() - 10 }), "token_expired"],
    ["not valid yet beyond the skew", await token({ nbf: nowS() + 15 }), "token_invalid"],
    ["an algorithm that is not its issuer's", await token({}, { with: "rsa" }), "token_invalid"],
    ["none", `${base64({ alg: "none", kid: "first" })}.${body}.`, "token_invalid"],
    ["HS256 with the public key", `${confused}.${hmac}`, "token_invalid"],
    [
      "another body",
      `${head}.${base64({ ...claims, tenant_id: "bolt" })}.${signature}`,
      "token_invalid",
    ],
    ["no signature", `${head}.${body}.`, "token_invalid"],
    ["another key of that name", await token({}, { with: "rsa", kid: "first" }), "token_invalid"],
    ["an unknown tenant", await token({ tenant_id: "nobody" }), "token_invalid"],
    ["a tenant that is not its issuer's", await token({ tenant_id: "idle" }), "token_invalid"],
    ["no tenant", await token({ tenant_id: undefined }), "token_invalid"],
    ["a tenant that is no text", await token({ tenant_id: 7 }), "token_invalid"],
    ["another tier", await token({ tier: "enterprise" }), "token_invalid"],
    ["models that are no list", await token({ allowed_models: "fair-8b" }), "token_invalid"],
    ["models without end", await token({ allowed_models: Array(65).fill("m") }), "token_invalid"],
    ["nonsense", "eyJ.eyJ.x", "token_invalid"],
  ];
  for (const [name, bad, code] of cases) assert.equal(await say(bad), code, name);
  assert.equal(
    await say(await token({ exp: nowS() - 2 })),
    "acme business inference all",
    "within the skew",
  );
  assert.equal(
    await say(await token({ nbf: nowS() + 3 })),
    "acme business inference all",
    "within the skew",
  );
});

test("an unknown tenant and one of another issuer's get the same answer", async (context) => {
  const { ask, token } = await stage(context);
  const of = async (tenant: string) => ask(await token({ tenant_id: tenant }));
  assert.deepEqual(await of("nobody"), await of("idle"));
});

test("a token names no account of ours, though its issuer may speak for every tenant", async (context) => {
  const { ask, token, issuer, setIssuers, setFleet } = await stage(context);
  const { tenants: _, ...everyTenant } = issuer;
  setIssuers([everyTenant]);
  const nobody = await ask(await token({ tenant_id: "nobody", tier: undefined }));
  const [acme] = fleetOfTests.tenants;
  assert.ok(acme);
  const account = { ...acme, policy: { ...acme.policy, tenant: rolloutAccount } };
  setFleet({ ...fleetOfTests, issuers: [everyTenant], tenants: [acme, account] });
  const mine = await token({ tenant_id: rolloutAccount, tier: undefined });
  assert.deepEqual(await ask(mine), nobody);
  assert.equal(nobody.kind === "refused" ? nobody.refusal.code : "", "token_invalid");
});

test("a new key of the issuer is known with the first token that it signs", async (context) => {
  const { say, token, rotate, asked, pass } = await stage(context);
  await say(await token());
  pass(2_000);
  await rotate("second");
  assert.equal(await say(await token({}, { with: "second" })), "acme business inference all");
  assert.equal(await asked(), 2);
});

test("a key that the issuer took back signs nothing any more, also nothing that was verified before", async (context) => {
  const { say, ask, token, rotate, pass } = await stage(context);
  const old = await token({ exp: nowS() + 3600 });
  const nameless = await token({ exp: nowS() + 3600, jti: "n" }, { withoutKid: true });
  for (const mine of [old, nameless]) assert.equal(await say(mine), "acme business inference all");
  await rotate("second", { keepsOld: false });
  pass(300_000);
  await ask(old);
  // Asked in the background: whoever waits for it sees the new keys.
  await say(await token({ exp: nowS() + 3600 }, { with: "second" }));
  assert.equal(await say(old), "token_invalid");
  assert.equal(await say(nameless), "token_invalid");
});

test("a key that shares its name with one of another type is taken back alone, and nothing that it signed lives on", async (context) => {
  const { say, ask, token, rotate, publish, pass, issuer } = await stage(context);
  await rotate("rsa", { alg: "RS256" });
  const published = await fetchJwks(issuer.jwksUrl);
  const twins = published.keys.map((key) => ({ ...key, kid: "twin" }));
  publish(() => Promise.resolve({ keys: twins }));
  const exp = nowS() + 3600;
  const byFirst = await token({ exp }, { kid: "twin" });
  const byRsa = await token({ exp }, { with: "rsa", kid: "twin" });
  for (const mine of [byFirst, byRsa]) assert.equal(await say(mine), "acme business inference all");
  publish(() => Promise.resolve({ keys: twins.filter(({ kty }) => kty === "RSA") }));
  pass(300_000);
  await ask(byRsa);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await say(byFirst), "token_invalid");
  assert.equal(await say(byRsa), "acme business inference all");
});

test("a clock that is set back makes no key younger than it is", async (context) => {
  const { say, token, kill, pass, setBack } = await stage(context);
  const mine = await token({ exp: nowS() + 30_000 });
  assert.equal(await say(mine), "acme business inference all");
  await kill();
  setBack(3_600_000);
  pass(3_600_000);
  assert.equal(await say(mine), "issuer_unavailable");
});

test("a token whose issuer's terms change while its keys are fetched is judged by the new ones", async (context) => {
  const { say, token, publish, setIssuers, issuer } = await stage(context);
  const mine = await token();
  const { promise, resolve } = Promise.withResolvers<void>();
  publish(async (url) => {
    await promise;
    return fetchJwks(url);
  });
  const first = say(mine);
  const joined = say(mine);
  setIssuers([{ ...issuer, audience: "another" }]);
  resolve();
  assert.deepEqual([await first, await joined, await say(mine)], Array(3).fill("token_invalid"));
  setIssuers([issuer]);
  assert.equal(await say(mine), "acme business inference all");
});

test("tokens with keys that nobody knows cost their issuer a question now and then", async (context) => {
  const { say, token, asked, pass } = await stage(context);
  await say(await token());
  pass(2_000);
  const unknown = await Promise.all(
    Array.from({ length: 200 }, (_, index) => token({ jti: String(index) }, { kid: `k${index}` })),
  );
  const codes = await Promise.all(unknown.map(say));
  assert.deepEqual(new Set(codes), new Set(["token_invalid"]));
  assert.equal(await asked(), 2);
  for (const one of unknown.slice(0, 50)) await say(one);
  assert.equal(await asked(), 2);
  pass(2_000);
  // The one that was asked for is remembered as unknown; another is worth a question.
  await say(unknown[0] ?? "");
  assert.equal(await asked(), 2);
  await say(unknown[7] ?? "");
  assert.ok((await asked()) <= 3);
});

test("while the issuer is away its keys serve for an hour, and then nobody's word is taken", async (context) => {
  const { say, token, kill, pass } = await stage(context);
  const mine = await token({ exp: nowS() + 30_000 });
  const other = await token({ exp: nowS() + 30_000, jti: "other" });
  const strange = await token({ jti: "strange" }, { kid: "strange" });
  assert.equal(await say(mine), "acme business inference all");
  await kill();
  pass(3_500_000);
  assert.equal(await say(mine), "acme business inference all");
  assert.equal(await say(other), "acme business inference all");
  pass(10_000);
  assert.equal(await say(strange), "issuer_unavailable");
  pass(91_000);
  assert.equal(await say(mine), "issuer_unavailable");
  assert.equal(await say(other), "issuer_unavailable");
});

for (const mood of ["html", "huge", "empty", "broken", "moved"] as const) {
  test(`an issuer that is ${mood} opens nothing, takes nothing that it said before, and mends`, async (context) => {
    const { say, token, serve, asked, pass, failures } = await stage(context);
    await serve(mood);
    const mine = await token({ exp: nowS() + 3600 });
    for (let turn = 0; turn < 20; turn++) assert.equal(await say(mine), "issuer_unavailable");
    assert.equal(await asked(), 1, "an issuer in trouble is not asked for every call");
    assert.match(failures[0] ?? "", /^idp /);
    await serve("well");
    pass(2_000);
    assert.equal(await say(mine), "acme business inference all");
    await serve(mood);
    pass(300_000);
    await say(mine);
    assert.equal(await say(mine), "acme business inference all");
  });
}

test("who comes while a slow issuer is asked waits for that answer", async (context) => {
  const { say, token, serve, asked } = await stage(context);
  await serve("slow");
  const tokens = await Promise.all(Array.from({ length: 50 }, (_, n) => token({ jti: String(n) })));
  const said = await Promise.all(tokens.map(say));
  assert.deepEqual(new Set(said), new Set(["acme business inference all"]));
  assert.equal(await asked(), 1);
});

test("an issuer that says nothing is waited for three seconds", async (context) => {
  const { say, token, serve } = await stage(context);
  await serve("silent");
  const beganMs = performance.now();
  assert.equal(await say(await token()), "issuer_unavailable");
  assert.ok(performance.now() - beganMs < 6_000);
});

test("an issuer that the fleet does not name any more, or names otherwise, is not heard", async (context) => {
  const { say, token, issuer, setIssuers } = await stage(context);
  const mine = await token();
  assert.equal(await say(mine), "acme business inference all");
  setIssuers([{ ...issuer, audience: "another" }]);
  assert.equal(await say(mine), "token_invalid");
  setIssuers([]);
  assert.equal(await say(mine), "token_invalid");
  setIssuers([issuer]);
  assert.equal(await say(mine), "acme business inference all");
});

test("a token's mark in the log says nothing of it", async (context) => {
  const { ask, token } = await stage(context);
  const mine = await token();
  const known = await ask(mine);
  assert.ok(known.kind === "authenticated");
  const digest = createHash("sha256").update(mine).digest("hex");
  assert.equal(known.caller.keyId, `idp/${digest.slice(0, 12)}`);
});
