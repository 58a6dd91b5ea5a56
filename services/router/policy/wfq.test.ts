import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Offer } from "#shared/messages/to-router.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { Charge, TenantAccount } from "#services/router/tenant-account.ts";
import { openAccount } from "#services/router/tenant-account.ts";
import type { Policy } from "./policy.ts";
import { policyNamed } from "./policy-named.ts";
import { lagMax, standingMax } from "./virtual-clock.ts";
import type { WaitingOffer } from "#services/router/waiting-offer.ts";
import { waitingOffer } from "#services/router/waiting-offer.ts";

let requests = 0;

function first(policy: Policy): TenantAccount | undefined {
  let least: TenantAccount | undefined;
  policy.visit({ limit: 1, nowMs: 0 }, (account) => {
    least = account;
    return false;
  });
  return least;
}

function offerOf(account: TenantAccount, cost: number, band: number = 0): WaitingOffer {
  requests += 1;
  const offer = {
    requestId: `r${requests}`,
    position: requests,
    weight: account.weight,
    band,
    cost,
    promptTokens: 1,
    outputTokensPredicted: 1,
  } as unknown as Offer;
  return waitingOffer(offer, 16, 0);
}

const tenant = (name: string, weight: number = 1): TenantAccount =>
  openAccount(name as TenantId, 0, weight);

test("the finish tag is the start tag plus cost by weight, and the next offer stands behind it", () => {
  const policy = policyNamed("wfq");
  const acme = tenant("acme", 2);
  policy.enter(acme, offerOf(acme, 1000), 0);
  policy.enter(acme, offerOf(acme, 600), 0);
  assert.deepEqual([acme.startTag, acme.finishTag], [0, 500]);
  const charge = policy.take(acme, 0);
  assert.deepEqual([charge.startTag, charge.finishTag], [0, 500]);
  assert.deepEqual([acme.startTag, acme.finishTag], [500, 800]);
});

test("what its worker is believed to hold is not charged at the pick, and what then runs corrects it", () => {
  const policy = policyNamed("wfq");
  const acme = tenant("acme");
  policy.enter(acme, offerOf(acme, 5_000_000), 0);
  const charge = policy.take(acme, 0, { cachedTokens: 3000 });
  assert.equal(acme.clock, 2_000_000);
  policy.executed(acme, charge, 4_500_000);
  assert.equal(acme.clock, 4_500_000);
  policy.settle(acme, charge, 5_000_000);
  assert.equal(acme.clock, 5_000_000);
});

test("a tenant unknown here starts at its queue's tag once, never below virtual time", () => {
  const policy = policyNamed("wfq");
  const [acme, bolt] = [tenant("acme"), tenant("bolt")];
  policy.enter(acme, offerOf(acme, 100), 5000);
  assert.equal(acme.startTag, 5000);
  assert.equal(policy.virtualTime(0), 5000);
  policy.enter(bolt, offerOf(bolt, 100), 40);
  assert.equal(bolt.startTag, 5000);
  policy.settle(acme, policy.take(acme, 0), 100);
  policy.enter(acme, offerOf(acme, 100), 999_999);
  assert.equal(acme.startTag, 5100);
});

test("virtual time survives emptiness: who comes back to an empty pool starts where it stood", () => {
  const policy = policyNamed("wfq");
  const [acme, bolt] = [tenant("acme"), tenant("bolt")];
  for (let round = 0; round < 3; round++) {
    policy.enter(acme, offerOf(acme, 1000), 0);
    policy.settle(acme, policy.take(acme, 0), 1000);
  }
  policy.enter(bolt, offerOf(bolt, 1000), 0);
  assert.equal(bolt.startTag, 2000);
});

test("overshoot moves the clock at once, the rest is refunded at the end, and both happen once", () => {
  const policy = policyNamed("wfq");
  const acme = tenant("acme");
  policy.enter(acme, offerOf(acme, 1000), 0);
  const charge = policy.take(acme, 0);
  policy.executed(acme, charge, 400);
  assert.equal(acme.clock, 1000);
  policy.executed(acme, charge, 1500);
  policy.executed(acme, charge, 1200);
  assert.equal(acme.clock, 1500);
  policy.settle(acme, charge, 1600);
  assert.equal(acme.clock, 1600);
  assert.throws(() => policy.settle(acme, charge, 1600), /settled once/);
});

test("a place that fell through costs nothing, and its offer stands where it stood", () => {
  const policy = policyNamed("wfq");
  const [acme, bolt] = [tenant("acme"), tenant("bolt")];
  const waiting = offerOf(acme, 1000);
  policy.enter(acme, waiting, 0);
  const charge = policy.take(acme, 0);
  policy.enter(bolt, offerOf(bolt, 5000), 7000);
  policy.take(bolt, 0);
  policy.settle(acme, charge, 0);
  policy.reenter(acme, waiting, charge.startTag);
  assert.deepEqual([acme.clock, acme.startTag, acme.finishTag], [0, 0, 1000]);
});

test("a tenant that only runs holds virtual time back, but not for ever", () => {
  const policy = policyNamed("wfq");
  const [acme, bolt] = [tenant("acme"), tenant("bolt")];
  policy.enter(bolt, offerOf(bolt, 1000), 0);
  policy.take(bolt, 0);
  policy.enter(acme, offerOf(acme, 1000), 0);
  policy.enter(acme, offerOf(acme, 1000), 0);
  policy.take(acme, 0);
  assert.equal(policy.virtualTime(0), 0);
  policy.enter(acme, offerOf(acme, 10 * lagMax), 0);
  policy.take(acme, 0);
  policy.enter(acme, offerOf(acme, 1000), 0);
  policy.take(acme, 0);
  assert.equal(policy.virtualTime(0), acme.startTag - lagMax);
});

test("a tenant that runs keeps its place when it asks again, within bounds; one that is idle is lifted", () => {
  const startOf = (isRunning: boolean, aheadBy: number): number => {
    const policy = policyNamed("wfq");
    const [acme, bolt] = [tenant("acme"), tenant("bolt")];
    policy.enter(bolt, offerOf(bolt, 1000), 0);
    const charge = policy.take(bolt, 0);
    policy.enter(acme, offerOf(acme, aheadBy), 0);
    policy.take(acme, 0);
    policy.enter(acme, offerOf(acme, 1000), 0);
    policy.take(acme, 0);
    policy.enter(acme, offerOf(acme, 1000), 0);
    if (!isRunning) policy.settle(bolt, charge, 1000);
    policy.enter(bolt, offerOf(bolt, 1000), 0);
    return bolt.startTag;
  };
  assert.equal(startOf(true, 2 * lagMax), 1000);
  assert.equal(startOf(true, 2 * standingMax), 2 * standingMax + 1000 - lagMax - standingMax);
  assert.equal(startOf(false, 2 * lagMax), 2 * lagMax + 1000);
});

test("bands have their own time: a band that starves below does not hold the upper one back", () => {
  const policy = policyNamed("wfq");
  const [low, high, late] = [tenant("low"), tenant("high"), tenant("late")];
  policy.enter(low, offerOf(low, 1000, 1), 0);
  for (let round = 0; round < 5; round++) {
    policy.enter(high, offerOf(high, 1000), 0);
    assert.equal(first(policy), high);
    policy.settle(high, policy.take(high, 0), 1000);
  }
  policy.enter(late, offerOf(late, 1000), 0);
  assert.equal(late.startTag, 4000);
  assert.equal(policy.virtualTime(1), 0);
});

test("whatever happens: virtual time never falls, tags are integers, and at rest nothing is owed", () => {
  const act = fc.tuple(
    fc.constantFrom("enter", "take", "run", "settle"),
    fc.nat(3),
    fc.integer({ min: 0, max: 5000 }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
      const policy = policyNamed("wfq");
      const accounts = [1, 2, 3, 7].map((weight, index) => tenant(`t${index}`, weight));
      const charges: [TenantAccount, Charge][] = [];
      let before = 0;
      for (const [kind, index, cost] of acts) {
        const account = accounts[index] as TenantAccount;
        const running = charges[index % Math.max(1, charges.length)];
        if (kind === "enter") policy.enter(account, offerOf(account, cost), cost);
        else if (kind === "take" && account.waiting.size > 0) {
          charges.push([account, policy.take(account, 0)]);
        } else if (kind === "run" && running !== undefined) policy.executed(...running, cost);
        else if (kind === "settle" && running !== undefined) {
          charges.splice(charges.indexOf(running), 1);
          policy.settle(...running, cost);
        }
        assert.ok(policy.virtualTime(0) >= before);
        before = policy.virtualTime(0);
        assert.ok(accounts.every(({ clock: at }) => Number.isSafeInteger(at) && at >= 0));
      }
      for (const [account, charge] of charges) policy.settle(account, charge, 0);
      for (const { placements, unexecutedTag } of accounts) {
        assert.deepEqual([placements, unexecutedTag], [0, 0]);
      }
    }),
  );
});
