import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readFleetFile } from "./fleet-file.ts";
import { isKeysUrl } from "./issuer-schema.ts";

const example = readFileSync(new URL("../../deploy/fleet.example.yaml", import.meta.url), "utf8");

const issuer = {
  id: "idp",
  issuer: "https://idp.example/",
  jwksUrl: "https://idp.example/keys",
  audience: "fairlead",
};

/** What is wrong once the first key of acme says this, and these are the issuers. */
function problems(key: string, ...issuers: readonly object[]): readonly string[] {
  const text = example
    .replace("        secret: fl-demo-acme\n", `        secret: fl-demo-acme\n${key}`)
    .concat(issuers.length === 0 ? "" : `\nissuers: ${JSON.stringify(issuers)}\n`);
  const reading = readFleetFile(text);
  return reading.kind === "fleet"
    ? []
    : reading.problems.map(({ path, problem }) => `${path}: ${problem}`);
}

test("what a key may do is told wrong by name", () => {
  const at = "tenants[0].keys[0]";
  const cases: readonly (readonly [string, RegExp])[] = [
    ["expiresAt: 2027-01-31", /expiresAt: expected a time with its zone/],
    ["expiresAt: soon", /expiresAt: expected a time with its zone/],
    ["models: []", /models: expected at least one model/],
    ["models: [other]", /models\[0\]: expected a model of acme \(llama-3\.1-8b\)/],
    ["models: ['llama-3.1-8b:a:b']", /models\[0\]: expected a model, or model:adapter/],
    ["scopes: [admin]", /scopes\[0\]: expected inference or adapters/],
    ["scopes: []", /scopes: expected at least one scope/],
  ];
  for (const [said, expected] of cases) {
    const [problem = "", ...more] = problems(`        ${said}\n`);
    assert.deepEqual(more, [], said);
    assert.ok(problem.startsWith(at), problem);
    assert.match(problem, expected);
  }
  assert.deepEqual(problems("        models: ['llama-3.1-8b:mine']\n"), []);
});

test("an issuer whose word anyone could forge or hear is refused", () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ algorithms: ["HS256"] }, /algorithms\[0\]: expected RS256, /],
    [{ algorithms: ["none"] }, /algorithms\[0\]: expected RS256, /],
    [{ algorithms: [] }, /algorithms: expected at least one algorithm/],
    [{ jwksUrl: "http://idp.example/keys" }, /jwksUrl: expected an https URL/],
    [{ jwksUrl: "file:///etc/keys" }, /jwksUrl: expected an https URL/],
    [{ audience: "" }, /audience: expected what the claim aud must be/],
    [{ clockSkewS: 301 }, /clockSkewS: expected a whole number from 0 to 300/],
    [{ tenants: ["nobody"] }, /tenants\[0\]: expected the id of a tenant/],
    [{ secret: "x" }, /secret: there is no such field/],
  ];
  for (const [change, expected] of cases) {
    const [problem = "", ...more] = problems("", { ...issuer, ...change });
    assert.deepEqual(more, []);
    assert.match(problem, expected);
  }
  assert.deepEqual(problems("", { ...issuer, algorithms: ["EdDSA"], clockSkewS: 0 }), []);
  assert.match(problems("", issuer, { ...issuer, id: "twin" })[0] ?? "", /has this issuer already/);
});

test("keys are fetched over https, or in clear from neighbours only", () => {
  const allowed = [
    "https://a.example/k?v=1",
    "http://127.0.0.1:9/keys",
    "http://idp:80/k",
    "http://[::1]/k",
  ];
  const refused = [
    "http://a.example/k",
    "https://u:p@a.example/k",
    "ftp://a/k",
    "keys",
    "http://8.8.8.8/k",
  ];
  assert.deepEqual(
    allowed.filter((url) => !isKeysUrl(url)),
    [],
  );
  assert.deepEqual(refused.filter(isKeysUrl), []);
});
