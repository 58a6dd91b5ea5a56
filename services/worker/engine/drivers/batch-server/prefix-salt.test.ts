import assert from "node:assert/strict";
import { test } from "node:test";
import { drawSecret, saltOf } from "./prefix-salt.ts";

const adapter = "a".repeat(64);
const pairs = [
  { namespace: "one", adapterDigest: "" },
  { namespace: "one", adapterDigest: adapter },
  { namespace: `one${adapter}`, adapterDigest: "" },
  { namespace: "on", adapterDigest: `e${adapter}` },
  { namespace: `one64:${adapter}`, adapterDigest: "" },
];

test("no two pairs of namespace and digest have one salt, and none has it twice in two lives", () => {
  const secrets = [drawSecret(), drawSecret()];
  const salts = secrets.flatMap((secret) => pairs.map((pair) => saltOf(secret, pair)));
  assert.equal(new Set(salts).size, salts.length);
  assert.ok(salts.every((salt) => salt.length === 43));
});

test("a pair keeps its salt for the whole life", () => {
  const secret = drawSecret();
  for (const pair of pairs) assert.equal(saltOf(secret, pair), saltOf(secret, { ...pair }));
});
