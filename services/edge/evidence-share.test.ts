import assert from "node:assert/strict";
import { test } from "node:test";
import type { TenantId } from "#shared/model/ids.ts";
import { EvidenceShare } from "./evidence-share.ts";

const loud = "loud" as TenantId;
const quiet = "quiet" as TenantId;

function taken(share: EvidenceShare, tenant: TenantId, asked: number, nowMs = 0): number {
  let count = 0;
  for (let one = 0; one < asked; one++) if (share.take(tenant, nowMs)) count++;
  return count;
}

test("who asks most is counted no more often than all others together", () => {
  const share = new EvidenceShare();
  assert.equal(taken(share, quiet, 100), 100);
  assert.equal(taken(share, loud, 10_000), 101);
  assert.equal(taken(share, loud, 10_000, 10_000), 0, "still in sight");
  assert.equal(taken(share, quiet, 1, 10_000), 1);
  assert.equal(taken(share, loud, 10_000, 10_000), 1);
});

test("two that ask as often as each other are both counted to the end", () => {
  const share = new EvidenceShare();
  let count = 0;
  for (let one = 0; one < 500; one++) count += taken(share, quiet, 1) + taken(share, loud, 1);
  assert.equal(count, 1_000);
});

test("a few of each are counted, whatever others ask", () => {
  const share = new EvidenceShare();
  assert.equal(taken(share, quiet, 1), 1);
  assert.equal(taken(share, loud, 100), 16);
});

test("where only one asks, all of it counts, and what is long past bounds nobody", () => {
  const share = new EvidenceShare();
  assert.equal(taken(share, quiet, 1), 1);
  assert.equal(taken(share, loud, 100, 20_000), 100);
});
