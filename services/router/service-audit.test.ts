import assert from "node:assert/strict";
import { test } from "node:test";
import type { Offer } from "#shared/messages/to-router.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { Policy } from "./policy/policy.ts";
import { policyNamed } from "./policy/policy-named.ts";
import { ServiceAudit } from "./service-audit.ts";
import { keepsBound, statedBound } from "./service-bound.ts";
import type { Charge, TenantAccount } from "./tenant-account.ts";
import { openAccount } from "./tenant-account.ts";
import { waitingOffer } from "./waiting-offer.ts";

const rules = { theta: 100, lag: 1000, isBounded: true };

/** Tenants of one band with a policy and its audit; the pool serves whom the test says. */
class Served {
  readonly audit: ServiceAudit;
  readonly policy: Policy = policyNamed("wfq");
  readonly #accounts = new Map<string, TenantAccount>();
  readonly #charges = new Map<string, Charge>();
  #offers = 0;
  #nowMs = 0;

  constructor(given: Partial<typeof rules> = {}) {
    this.audit = new ServiceAudit({ ...rules, ...given });
  }

  offer(tenant: string, cost: number, { weight = 1, band = 0, startTag = 0 } = {}): void {
    const account = this.#accounts.get(tenant) ?? openAccount(tenant as TenantId, band, weight);
    this.#accounts.set(tenant, account);
    const offer = {
      requestId: `r${++this.#offers}`,
      tenant,
      position: this.#offers,
      weight,
      band,
      cost,
      promptTokens: 1,
      outputTokensPredicted: 1,
    } as unknown as Offer;
    this.audit.returns(account, this.policy.virtualTime(band), startTag);
    this.policy.enter(account, waitingOffer(offer, 16, this.#nowMs), startTag);
    this.audit.entered(account);
  }

  place(tenant: string): void {
    const account = this.account(tenant);
    const charge = this.policy.take(account, this.#nowMs);
    this.#charges.set(tenant, charge);
    this.audit.placed(account, charge);
  }

  /** Its last place has now run for `cost` in all. */
  run(tenant: string, cost: number): void {
    const charge = this.#charges.get(tenant);
    assert.ok(charge !== undefined);
    const before = charge.executedCost;
    this.policy.executed(this.account(tenant), charge, cost);
    this.audit.served(this.account(tenant), charge, before, cost);
  }

  end(tenant: string): void {
    const charge = this.#charges.get(tenant);
    assert.ok(charge !== undefined);
    this.policy.settle(this.account(tenant), charge, charge.executedCost);
  }

  account(tenant: string): TenantAccount {
    const account = this.#accounts.get(tenant);
    assert.ok(account !== undefined);
    return account;
  }

  look(times: number = 1, exempt: readonly string[] = []): void {
    for (let time = 0; time < times; time++) {
      this.#nowMs += 1000;
      this.audit.look(this.#nowMs, (tenant) => exempt.includes(tenant));
    }
  }

  /** Gap, gap of the last ten looks, Jain's index. */
  figures(band: number = 0): readonly unknown[] {
    const reading = this.audit.readings.find((one) => one.band === band);
    return reading === undefined ? [] : [reading.gap, reading.recentGap, reading.jainPpm];
  }
}

test("three tenants, by hand: the gap is most less least per weight, and Jain's index theirs", () => {
  const served = new Served();
  for (const [tenant, weight] of [
    ["acme", 2],
    ["bolt", 1],
    ["corner", 1],
  ] as const) {
    served.offer(tenant, 9000, { weight });
    served.offer(tenant, 9000, { weight });
    served.place(tenant);
  }
  served.look();
  served.run("acme", 8000);
  served.run("bolt", 3000);
  served.run("corner", 1000);
  served.look();
  // Per weight 4000, 3000, 1000; the window of ten looks is not full yet.
  assert.deepEqual(served.figures(), [3000, 0, undefined]);
  served.look(8);
  assert.deepEqual(served.figures(), [3000, 0, undefined], "nor at the tenth");
  served.look();
  // (4000 + 3000 + 1000)² / (3 · (16 + 9 + 1)·10⁶) = 64 / 78.
  assert.deepEqual(served.figures(), [3000, 3000, 820_513]);
  const [reading] = served.audit.readings;
  assert.deepEqual(
    [reading?.mostServed, reading?.leastServed, reading?.tenants],
    ["acme", "corner", 3],
  );
  served.look();
  assert.deepEqual(served.figures(), [3000, 0, undefined], "ten looks later it is of the past");
});

test("the bound names what it rests on, by hand", () => {
  const served = new Served();
  served.offer("acme", 400);
  served.offer("acme", 700);
  served.offer("bolt", 300);
  served.place("acme");
  served.place("acme");
  served.run("acme", 750);
  served.look();
  assert.deepEqual(served.audit.terms(), {
    theta: 100,
    lag: 1000,
    chargeMax: 700,
    overshootMax: 50,
    placesMax: 2,
    unexecutedMax: 1100,
    carriedMax: 0,
  });
  // 1000 + 2 · (100 + 700 + 2 · 50 + 1100)
  assert.equal(statedBound(served.audit.terms()), 5000);
  assert.equal(served.audit.readings[0]?.bound, undefined, "one tenant has no gap");
  served.offer("bolt", 300);
  served.offer("acme", 300);
  served.look(2);
  assert.equal(served.audit.readings[0]?.bound, 5000);
});

test("who had nothing waiting and was lifted begins anew: idle time is not a gap", () => {
  const served = new Served();
  for (const tenant of ["acme", "bolt"]) {
    served.offer(tenant, 1000);
    served.offer(tenant, 1000);
    served.place(tenant);
    served.run(tenant, 1000);
    served.end(tenant);
  }
  served.look();
  served.place("bolt");
  served.end("bolt");
  for (let round = 0; round < 40; round++) {
    served.offer("acme", 1000);
    served.place("acme");
    served.run("acme", 1000);
    served.end("acme");
  }
  served.offer("bolt", 1000);
  served.offer("bolt", 1000);
  served.look(3);
  assert.deepEqual(served.figures(), [0, 0, undefined]);
});

test("a moment without a waiting offer, while virtual time waits for it, breaks nothing", () => {
  const served = new Served();
  for (const tenant of ["acme", "bolt"]) {
    served.offer(tenant, 1000);
    served.offer(tenant, 1000);
  }
  served.look();
  served.place("bolt");
  served.place("bolt");
  served.place("acme");
  served.run("acme", 900);
  served.offer("bolt", 1000);
  served.look();
  assert.deepEqual(served.figures(), [900, 0, undefined]);
});

test("bands are not compared with each other, and who is held back on purpose with nobody", () => {
  const served = new Served();
  for (const tenant of ["high", "low", "noisy"]) {
    served.offer(tenant, 1000, { band: tenant === "low" ? 1 : 0 });
    served.offer(tenant, 1000, { band: tenant === "low" ? 1 : 0 });
  }
  served.look(1, ["noisy"]);
  served.place("high");
  served.run("high", 1000);
  served.look(1, ["noisy"]);
  assert.deepEqual([served.figures(0), served.figures(1)], [[], []]);
});

test("a long window begins anew, so that one who came later is compared too", () => {
  const served = new Served();
  const run = (tenant: string): void => {
    served.offer(tenant, 1000);
    served.place(tenant);
    served.run(tenant, 1000);
  };
  for (const tenant of ["acme", "bolt"]) {
    served.offer(tenant, 1000);
    run(tenant);
  }
  served.look();
  served.offer("late", 1000);
  served.look(310);
  run("acme");
  run("bolt");
  served.look();
  assert.deepEqual(served.figures(), [1000, 1000, 666_667]);
  served.look(60);
  assert.deepEqual(served.figures().slice(0, 2), [1000, 0], "the long window still knows");
});

test("a policy that promises no bound is measured without one", () => {
  const served = new Served({ isBounded: false });
  for (const tenant of ["acme", "bolt"]) served.offer(tenant, 1000);
  served.look(2);
  assert.deepEqual([served.audit.readings.length, served.audit.readings[0]?.bound], [1, undefined]);
  assert.deepEqual([keepsBound("wfq"), keepsBound("fcfs")], [true, false]);
});

test("at rest nothing is kept", () => {
  const served = new Served();
  for (const tenant of ["acme", "bolt"]) served.offer(tenant, 1000);
  served.look(2);
  assert.equal(served.audit.lately().length, 2);
  served.audit.rest();
  assert.deepEqual([served.audit.readings, served.audit.lately()], [[], []]);
});

test("a tenant that waits and runs no more is forgotten ten looks later", () => {
  const served = new Served();
  served.offer("acme", 1000);
  served.place("acme");
  served.run("acme", 1000);
  served.end("acme");
  served.look(9);
  assert.deepEqual(
    served.audit.lately().map((one) => one.served),
    [1000],
  );
  served.look(2);
  assert.deepEqual(served.audit.lately(), []);
});
