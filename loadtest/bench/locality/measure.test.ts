import assert from "node:assert/strict";
import { test } from "node:test";
import { conversationsOf } from "./conversations.ts";
import { foreignTokens, measure } from "./measure.ts";

const fleet = { replicas: 2, tenants: 4, horizonS: 70 };
const requests = conversationsOf(undefined, { minutes: 2, speed: 1.7, tenants: 4 }, 1);

test("prefixes are found through the whole house, and never another tenant's", () => {
  const { figures, extra } = measure(requests, { policy: "wfq", width: 1_000_000 }, fleet);
  assert.equal(figures.served, requests.length);
  assert.equal(extra["cross_namespace_hit_tokens"], 0);
  const { hit_rate: hitRate = 0, hit_rate_infinite: most = 0 } = extra;
  assert.ok(hitRate > most / 2 && hitRate <= most, `${hitRate} of ${most}`);
});

test("what a tenant alone asked for is foreign to all that read it", () => {
  const [mine, alike] = [0, 1].map((client) => ({
    request: { client, atMs: 0, promptTokens: 256, outputTokens: 1, prefixBlocks: [7, 8] },
    tokensAtMs: [1],
    cachedTokens: client * 240,
  }));
  assert.ok(mine !== undefined && alike !== undefined);
  assert.equal(foreignTokens([mine, alike]), 240);
  assert.equal(foreignTokens([mine, { ...mine, cachedTokens: 240 }]), 0);
});
