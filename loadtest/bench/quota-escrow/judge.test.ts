import assert from "node:assert/strict";
import { test } from "node:test";
import type { Receipt } from "#loadtest/bench/billing-accuracy/client.ts";
import { promptTokens } from "./clients.ts";
import { judge } from "./judge.ts";

const receipt = (received: number, end: Receipt["end"], code = ""): Receipt =>
  ({ received, end, code }) as Receipt;

test("overrun is what was given or billed beyond the limit, forfeited what was taken and billed to nobody", () => {
  const receipts = [
    receipt(100, "whole"),
    receipt(30, "cut"),
    receipt(20, "failed", "insufficient_quota"),
    receipt(0, "refused", "insufficient_quota"),
    receipt(0, "refused", "503"),
  ];
  const delivered = 150 + 3 * promptTokens;
  const evidence = { receipts, kills: { owner: 2, etcd: 1 }, slice: 4, seconds: 1 };
  const kept = judge({
    ...evidence,
    limit: delivered + 5,
    billed: delivered,
    taken: delivered + 4,
  });
  assert.deepEqual([kept.delivered, kept.overrun_tokens, kept.forfeited_tokens], [delivered, 0, 4]);
  assert.deepEqual([kept.given, kept.refused_for_quota, kept.failed], [3, 2, 1]);
  const limit = delivered - 10;
  const given = judge({ ...evidence, limit, billed: limit, taken: limit });
  assert.equal(given.overrun_tokens, 10);
  const billed = judge({ ...evidence, limit, billed: limit + 11, taken: limit });
  assert.deepEqual([billed.overrun_tokens, billed.forfeited_tokens], [11, 0]);
});
