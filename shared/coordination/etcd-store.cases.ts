// What the live tests of etcd share: questions as promises, and waiting for something to become true.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClaimOutcome, Coordination, LeaseGrant, Unknown } from "./coordination.ts";

export const ask = <Outcome>(
  question: (answer: (outcome: Outcome) => void) => void,
): Promise<Outcome> => new Promise(question);

export async function leaseOf(store: Coordination, ttlMs: number = 2_000): Promise<string> {
  const granted = await ask<LeaseGrant | Unknown>((answer) => store.grantLease(ttlMs, answer));
  assert.ok(granted.kind === "granted", JSON.stringify(granted));
  return granted.lease;
}

export const claimOf = (
  store: Coordination,
  key: string,
  { lease, value = "p1" }: { readonly lease: string; readonly value?: string },
): Promise<ClaimOutcome | Unknown> => ask((answer) => store.claim({ key, value, lease }, answer));

/** Fails with what was waited for. */
export async function eventually(
  what: string,
  withinMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<number> {
  const beganMs = performance.now();
  for (;;) {
    if (await holds()) return performance.now() - beganMs;
    const waitedMs = performance.now() - beganMs;
    assert.ok(waitedMs < withinMs, `${what}: not within ${withinMs} ms`);
    await sleep(10);
  }
}
