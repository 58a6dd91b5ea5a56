// What the live tests of etcd share: questions as promises, and waiting for something to become true.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClaimOutcome, Coordination, LeaseGrant, Unknown } from "./coordination.ts";
import { connectEtcd } from "./etcd-connection.ts";

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

export async function leaderAmong<Member extends { readonly port: number }>(
  members: readonly Member[],
): Promise<Member> {
  for (const member of members) {
    const connection = connectEtcd(`127.0.0.1:${member.port}`);
    const { header, leader } = await connection.maintenance.status({
      deadline: Date.now() + 2_000,
    });
    connection.close();
    if (header.member_id === leader) return member;
  }
  throw new Error("no member leads");
}

/** For the next law. */
export async function emptyEtcd(endpoint: string): Promise<void> {
  const connection = connectEtcd(endpoint);
  const options = { deadline: Date.now() + 2_000 };
  const everything = { key: Buffer.from([0]), range_end: Buffer.from([0]) };
  await connection.kv.deleteRange(everything, options);
  connection.close();
}
