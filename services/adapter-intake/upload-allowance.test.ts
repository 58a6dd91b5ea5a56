import assert from "node:assert/strict";
import { test } from "node:test";
import { UploadAllowance } from "./upload-allowance.ts";

test("a tenant may begin 32 at once, then one in ten seconds, and is in nobody else's way", () => {
  const allowance = new UploadAllowance();
  for (let upload = 0; upload < 32; upload++) assert.equal(allowance.take("acme", 1_000), 0);
  assert.equal(allowance.take("acme", 1_000), 10_000);
  assert.equal(allowance.take("acme", 5_000), 6_000);
  assert.equal(allowance.take("bolt", 5_000), 0);
  assert.equal(allowance.take("acme", 11_000), 0);
  assert.ok(allowance.take("acme", 11_000) > 0);
});

test("a day of it is no more than the bucket and what flowed in", () => {
  const allowance = new UploadAllowance();
  let begun = 0;
  for (let nowMs = 0; nowMs < 86_400_000; nowMs += 500) {
    if (allowance.take("acme", nowMs) === 0) begun += 1;
  }
  assert.ok(begun <= 32 + 8_640, `${begun}`);
  assert.ok(begun >= 8_640, `${begun}`);
});
