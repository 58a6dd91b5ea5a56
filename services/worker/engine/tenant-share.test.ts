import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TenantId } from "#shared/model/ids.ts";
import { chargeOutput, chargePrompt, TenantShares, tokensUntil } from "./tenant-share.ts";

const acme = "acme" as TenantId;
const bolt = "bolt" as TenantId;
const equal = { weight: 1, band: 0 };

test("a tenant that begins to wait has no credit for its idle time", () => {
  const shares = new TenantShares(1000);
  const busy = shares.of(acme, equal);
  const idle = shares.of(bolt, equal);
  for (let step = 0; step < 10; step++) {
    shares.backlogged(new Set([busy]));
    chargePrompt(busy, 500);
  }
  shares.backlogged(new Set([busy, idle]));
  assert.equal(tokensUntil(idle, busy.tag), 0);
});

test("what a tenant had counts while others wait, and no further than the lead", () => {
  const shares = new TenantShares(1000);
  const ahead = shares.of(acme, equal);
  const behind = shares.of(bolt, equal);
  shares.backlogged(new Set([ahead, behind]));
  chargePrompt(ahead, 300);
  chargeOutput(ahead);
  shares.backlogged(new Set([ahead, behind]));
  assert.equal(tokensUntil(behind, ahead.tag), 302);
  chargePrompt(ahead, 5000);
  shares.backlogged(new Set([ahead, behind]));
  assert.equal(tokensUntil(behind, ahead.tag), 1000);
});

test("twice the weight moves half as far", () => {
  const shares = new TenantShares(100_000);
  const heavy = shares.of(acme, { weight: 2, band: 0 });
  const light = shares.of(bolt, equal);
  chargePrompt(heavy, 200);
  chargePrompt(light, 100);
  assert.equal(heavy.tag, light.tag);
});

test("tags stay exact however much is computed, and idle tenants are forgotten when there are many", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3000), { minLength: 1, maxLength: 2000 }), (tenants) => {
      const shares = new TenantShares(4096);
      for (const number of tenants) {
        const share = shares.of(`tenant ${number}` as TenantId, equal);
        shares.backlogged(new Set([share]));
        chargePrompt(share, 2 ** 28);
        assert.ok(Number.isSafeInteger(share.tag));
        assert.ok(shares.size <= 1024);
      }
    }),
    { numRuns: 20 },
  );
});
