import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConversationRequest } from "./conversations.ts";
import { conversationsOf } from "./conversations.ts";
import { InfiniteCache, infiniteHitRates } from "./infinite-cache.ts";
import { blockBytes } from "./block-bytes.ts";

const request = (promptTokens: number, prefixBlocks: readonly number[]): ConversationRequest => ({
  client: 0,
  atMs: 0,
  promptTokens,
  outputTokens: 1,
  prefixBlocks,
});

test("what is held is the blocks in common, in whole KV blocks, and a token is left to compute", () => {
  const cache = new InfiniteCache(16);
  cache.add("a", request(300, [0, 1, 2]));
  assert.equal(cache.heldTokens("a", request(500, [0, 1, 3, 4])), 256);
  assert.equal(cache.heldTokens("a", request(300, [0, 1, 2])), 288);
  assert.equal(cache.heldTokens("a", request(400, [0, 1, 2, 5])), 288);
  assert.equal(cache.heldTokens("a", request(256, [0, 1])), 240);
  assert.equal(cache.heldTokens("a", request(250, [1, 0])), 0);
  assert.equal(cache.heldTokens("b", request(300, [0, 1, 2])), 0);
});

test("what others hold of a request leaves out what only it had computed", () => {
  const cache = new InfiniteCache(16);
  cache.add("a", request(300, [0, 1, 2]));
  assert.equal(cache.heldByOthersTokens("a", request(300, [0, 1, 2])), 0);
  cache.add("a", request(400, [0, 1, 3, 4]));
  assert.equal(cache.heldByOthersTokens("a", request(300, [0, 1, 2])), 256);
  cache.add("a", request(300, [0, 1, 2]));
  assert.equal(cache.heldByOthersTokens("a", request(300, [0, 1, 2])), 288);
});

test("isolation costs what tenants could have shared", () => {
  const both = [request(128, [0]), { ...request(256, [0, 1]), client: 1 }];
  assert.deepEqual(infiniteHitRates(both, 16), { inNamespaces: 0, inOne: 128 / 384 });
});

test("equal ids are equal bytes, others are not, and the length is the prompt's", () => {
  const one = blockBytes([3, 4], 200);
  const other = blockBytes([3, 5], 150);
  assert.equal(one.length, 800);
  assert.deepEqual(one.subarray(0, 512), other.subarray(0, 512));
  assert.notDeepEqual(one.subarray(512, 528), other.subarray(512, 528));
});

test("the generator's conversations have the structure of the trace that they follow", () => {
  const slice = { minutes: 60, speed: 1, tenants: 16 };
  const requests = conversationsOf(undefined, slice, 1);
  const tokens = requests.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
  assert.ok(requests.length > 10_000 && requests.length < 14_000, `${requests.length} requests`);
  assert.ok(tokens / requests.length > 2_250 && tokens / requests.length < 3_750);
  const { inOne, inNamespaces } = infiniteHitRates(requests, 16);
  assert.ok(inOne > 0.3 && inOne < 0.45, `${inOne} of an infinite cache`);
  assert.ok(inNamespaces <= inOne && inNamespaces > inOne - 0.02);
  assert.ok(requests.every(({ client }) => client >= 0 && client < 16));
  assert.deepEqual(conversationsOf(undefined, slice, 1), requests);
});
