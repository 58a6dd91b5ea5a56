import assert from "node:assert/strict";
import { test } from "node:test";
import { isInner, isOperators } from "./inner-messages.ts";

test("nobody outside a process places its actors, fires their timers or poses as their devices", () => {
  assert.ok(isInner("tenant-queue", "placed"));
  assert.ok(isInner("router", "timer-fired"));
  assert.ok(isInner("worker", "step"));
  assert.ok(isInner("worker", "sequence-failed"));
  assert.ok(isInner("session", "tokens"));
  assert.ok(isInner("worker", "engine-crashed"));
  assert.ok(isInner("owner", "lease-granted"));
});

test("what processes say to each other passes", () => {
  assert.ok(!isInner("tenant-queue", "submit"));
  assert.ok(!isInner("router", "offer"));
  assert.ok(!isInner("worker", "drain"));
  assert.ok(!isInner("owner", "hand-over"));
});

test("only operators put workers and processes out of service and keep tenants to some workers", () => {
  assert.ok(isOperators("worker", "drain"));
  assert.ok(isOperators("worker", "cordon"));
  assert.ok(isOperators("owner", "hand-over"));
  assert.ok(isOperators("router", "narrow"));
  assert.ok(isOperators("router", "widen"));
  assert.ok(!isOperators("worker", "void"));
  assert.ok(!isOperators("router", "offer"));
});
