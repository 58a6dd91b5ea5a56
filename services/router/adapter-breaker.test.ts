import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { AdapterBreakers } from "./adapter-breaker.ts";
import { adapterFailed, adapterLoaded, adapterOpenUntil, adapterTried } from "./adapter-breaker.ts";

const lora = "lora" as AdapterDigest;

function failed(times: number): AdapterBreakers {
  const breakers: AdapterBreakers = new Map();
  for (let time = 0; time < times; time++) adapterFailed(breakers, lora, 0);
  return breakers;
}

test("two failures are tolerated, the third pauses the adapter, each further one twice as long", () => {
  assert.equal(adapterOpenUntil(failed(2), lora, 0), 0);
  assert.equal(adapterOpenUntil(failed(3), lora, 0), 1000);
  assert.equal(adapterOpenUntil(failed(3), lora, 1000), 0);
  assert.equal(adapterOpenUntil(failed(4), lora, 0), 2000);
  assert.equal(adapterOpenUntil(failed(40), lora, 0), 30_000);
});

test("when its time is over one canary asks, and the others wait for it, but not for ever", () => {
  const breakers = failed(3);
  assert.equal(adapterOpenUntil(breakers, lora, 1000), 0);
  adapterTried(breakers, lora, 1000);
  assert.equal(adapterOpenUntil(breakers, lora, 1001), 3000);
  assert.equal(adapterOpenUntil(breakers, lora, 3000), 0);
  adapterTried(breakers, lora, 3000);
  adapterLoaded(breakers, lora);
  assert.equal(adapterOpenUntil(breakers, lora, 3001), 0);
});

test("an adapter that has failed less is nobody's canary", () => {
  const breakers = failed(2);
  adapterTried(breakers, lora, 0);
  assert.equal(adapterOpenUntil(breakers, lora, 1), 0);
});

test("a load that succeeds forgets the failures; other adapters are untouched", () => {
  const breakers = failed(3);
  assert.equal(adapterOpenUntil(breakers, "other" as AdapterDigest, 0), 0);
  adapterLoaded(breakers, lora);
  adapterFailed(breakers, lora, 0);
  assert.equal(adapterOpenUntil(breakers, lora, 0), 0);
});
