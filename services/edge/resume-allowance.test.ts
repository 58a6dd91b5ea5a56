import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TenantId } from "#shared/model/ids.ts";
import { ResumeAllowance } from "./resume-allowance.ts";

const acme = "acme" as TenantId;

let nowMs = 0;
const allowanceAt0 = (): ResumeAllowance => {
  nowMs = 0;
  return new ResumeAllowance(() => nowMs);
};

test("no more are open at once than the tenant's own streams, and another tenant's are its own", () => {
  const allowance = allowanceAt0();
  for (let one = 0; one < 16; one++) assert.equal(allowance.take(acme, 16), 0);
  nowMs = 5000;
  assert.equal(allowance.take(acme, 16), 1000);
  assert.equal(allowance.take("bolt" as TenantId, 16), 0);
  allowance.release(acme);
  assert.equal(allowance.take(acme, 16), 0);
});

test("whoever reads on again and again gets 32 a second beyond the first burst", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 100 }), { maxLength: 400 }), (pausesMs) => {
      const allowance = allowanceAt0();
      let taken = 0;
      for (const pauseMs of pausesMs) {
        nowMs += pauseMs;
        const waitMs = allowance.take(acme, 20);
        if (waitMs > 0) continue;
        allowance.release(acme);
        taken += 1;
      }
      assert.ok(taken <= 20 + (nowMs * 32) / 1000 + 1);
    }),
  );
});

test("told to wait, it waits no longer than that", () => {
  const allowance = allowanceAt0();
  for (let one = 0; one < 500; one++) {
    const waitMs = allowance.take(acme, 4);
    nowMs += waitMs;
    if (waitMs > 0) assert.equal(allowance.take(acme, 4), 0);
    allowance.release(acme);
  }
  assert.ok(nowMs > 10_000);
});
