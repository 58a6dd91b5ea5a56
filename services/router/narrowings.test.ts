import assert from "node:assert/strict";
import { test } from "node:test";
import type { TenantId, WorkerId } from "#shared/model/ids.ts";
import { Narrowings } from "./narrowings.ts";

const tenant = (name: string): TenantId => name as TenantId;
const pool = (count: number): WorkerId[] =>
  Array.from({ length: count }, (_, index) => `w${index}` as WorkerId);

const detect = (narrowings: Narrowings, name: string, nowMs: number, tenants = 8) =>
  narrowings.byDetection({ tenant: tenant(name), tenants, nowMs }, 2, pool(8));

test("a tenant is kept to so many workers, the same ones while they stay", () => {
  const narrowings = new Narrowings();
  const narrowing = detect(narrowings, "acme", 0);
  assert.ok(narrowing !== undefined);
  assert.equal(narrowing.members.size, 2);
  const before = new Set(narrowing.members);
  narrowings.renew(narrowing, 2, pool(8).toReversed());
  assert.deepEqual(narrowing.members, before);
  assert.equal(narrowings.of(tenant("acme")), narrowing);
  assert.equal(narrowings.of(tenant("bolt")), undefined);
});

test("never in a pool of one worker, never to all of them, never to none", () => {
  const narrowings = new Narrowings();
  const about = { tenant: tenant("acme"), tenants: 8, nowMs: 0 };
  assert.equal(narrowings.byDetection(about, 1, pool(1)), undefined);
  assert.equal(narrowings.byDetection(about, 4, pool(4)), undefined);
  assert.equal(narrowings.byOperator(tenant("acme"), 1, pool(1)), undefined);
  assert.equal(narrowings.byOperator(tenant("acme"), 0, pool(3))?.members.size, 1);
});

test("detection narrows a quarter of the tenants at most, and four in all are narrowed at most", () => {
  const narrowings = new Narrowings();
  assert.ok(detect(narrowings, "a", 0) !== undefined);
  assert.ok(detect(narrowings, "b", 0) !== undefined);
  assert.equal(detect(narrowings, "c", 0), undefined, "two of eight");
  assert.equal(detect(narrowings, "a", 0), undefined, "it is already");
  for (const name of ["d", "e"]) {
    assert.ok(narrowings.byOperator(tenant(name), 1, pool(8)) !== undefined);
  }
  assert.equal(narrowings.byOperator(tenant("f"), 1, pool(8)), undefined);
  assert.equal(narrowings.byOperator(tenant("e"), 3, pool(8))?.workers, 3, "anew");
});

test("what detection narrowed ends by itself; soon again, it is held twice as long, but not for ever", () => {
  const narrowings = new Narrowings();
  const held: number[] = [];
  let nowMs = 0;
  for (let round = 0; round < 7; round++) {
    const narrowing = detect(narrowings, "acme", nowMs);
    assert.ok(narrowing !== undefined);
    held.push((narrowing.untilMs - nowMs) / 1000);
    nowMs = narrowing.untilMs;
    assert.equal(narrowings.end(tenant("acme"), nowMs), true);
    nowMs += 5000;
  }
  assert.deepEqual(held, [30, 60, 120, 240, 480, 480, 480]);
  assert.equal(narrowings.end(tenant("acme"), nowMs), false);
  nowMs += 60_000;
  assert.equal((detect(narrowings, "acme", nowMs)?.untilMs ?? 0) - nowMs, 30_000, "forgotten");
});

test("what the operator narrowed stays until widened", () => {
  const narrowings = new Narrowings();
  const narrowing = narrowings.byOperator(tenant("acme"), 1, pool(4));
  assert.equal(narrowing?.untilMs, Number.POSITIVE_INFINITY);
  assert.equal(narrowings.all().length, 1);
  narrowings.end(tenant("acme"), 1);
  assert.deepEqual(narrowings.all(), []);
});
