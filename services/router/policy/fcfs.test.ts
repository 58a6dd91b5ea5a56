import assert from "node:assert/strict";
import { test } from "node:test";
import type { Offer } from "#shared/messages/to-router.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { openAccount } from "#services/router/tenant-account.ts";
import { waitingOffer } from "#services/router/waiting-offer.ts";
import { policyNamed } from "./policy-named.ts";

interface Came {
  readonly tenant: string;
  readonly waitedMs?: number;
  readonly nowMs: number;
}

/** Whose request goes first, if these are offered in this order. */
const check = (came: readonly Came[], expected: string): void => {
  const policy = policyNamed("fcfs");
  for (const { tenant, nowMs, waitedMs } of came) {
    const account = openAccount(tenant as TenantId, 0, 1);
    const words = { requestId: tenant, position: 1, weight: 1, band: 0, promptTokens: 1 };
    const offer = { ...words, ...(waitedMs === undefined ? {} : { waitedMs }) };
    policy.enter(account, waitingOffer(offer as unknown as Offer, 16, nowMs), 0);
  }
  let first: string | undefined;
  policy.visit({ limit: 1, nowMs: 0 }, ({ tenant }) => {
    first = tenant;
    return false;
  });
  assert.equal(first, expected);
};

test("what came to its queue first goes first, though its queue offered it later", () => {
  check(
    [
      { tenant: "acme", nowMs: 1000, waitedMs: 100 },
      { tenant: "bolt", nowMs: 2000, waitedMs: 1500 },
    ],
    "bolt",
  );
});

test("what says nothing of a wait came when it was offered", () => {
  check(
    [
      { tenant: "acme", nowMs: 1000 },
      { tenant: "bolt", nowMs: 2000, waitedMs: 500 },
    ],
    "acme",
  );
});

test("of two that came at once the tenant met first goes first", () => {
  check(
    [
      { tenant: "bolt", nowMs: 1000 },
      { tenant: "acme", nowMs: 1000 },
    ],
    "bolt",
  );
});
