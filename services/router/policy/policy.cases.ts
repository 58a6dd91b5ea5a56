// What every policy promises, whatever it orders by. Rpm alone may offer nothing while something waits.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Policy } from "./policy.ts";
import type { Taken, Wish } from "./scripted-policy.ts";
import { ScriptedPolicy } from "./scripted-policy.ts";

const acts = ["enter", "take", "run", "end", "abort", "give back", "leave", "wait"] as const;

interface Act {
  readonly kind: (typeof acts)[number];
  readonly tenant: number;
  readonly tokens: number;
}

const weights = [1, 2, 3, 7];
const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom(...acts),
  tenant: fc.nat(weights.length - 1),
  tokens: fc.integer({ min: 1, max: 400 }),
});
const story: fc.Arbitrary<Act[]> = fc.array(act, { minLength: 1, maxLength: 150 });

const wishOf = ({ tenant, tokens }: Act): Partial<Wish> => ({
  promptTokens: tokens,
  predicted: 401 - tokens,
  weight: weights[tenant] ?? 1,
});

/** Plays a story; what was entered, taken and left is kept for the checks. */
class PlayedStory extends ScriptedPolicy {
  readonly running: Taken[] = [];
  readonly entered: string[] = [];
  /** Requests by what became of them, in that order. */
  readonly taken: string[] = [];
  readonly left: string[] = [];

  play(step: Act): void {
    const place = this.running[step.tokens % Math.max(1, this.running.length)];
    switch (step.kind) {
      case "enter":
        this.entered.push(this.enter(`t${step.tenant}`, wishOf(step)).offer.requestId);
        return;
      case "take":
        this.takeNext();
        return;
      case "run":
        if (place !== undefined) {
          this.policy.executed(place.account, place.charge, step.tokens * 2000);
        }
        return;
      case "leave":
        return this.#leave(`t${step.tenant}`);
      case "wait":
        this.nowMs += step.tokens * 100;
        return;
      default:
        if (place !== undefined) this.#end(place, step);
    }
  }

  takeNext(): Taken | undefined {
    const next = this.takeFirst();
    if (next === undefined) return undefined;
    this.running.push(next);
    this.taken.push(next.waiting.offer.requestId);
    return next;
  }

  #end(place: Taken, { kind, tokens }: Act): void {
    this.running.splice(this.running.indexOf(place), 1);
    const mayReturn = kind === "give back" && place.charge.executedCost === 0;
    if (mayReturn) {
      this.taken.splice(this.taken.indexOf(place.waiting.offer.requestId), 1);
      this.giveBack(place);
    } else this.end(place, kind === "abort" ? place.charge.executedCost : tokens * 3000);
  }

  #leave(tenant: string): void {
    const account = this.accounts.get(tenant);
    const last = account?.waiting.items().at(-1);
    if (account === undefined || last === undefined) return;
    this.policy.leave(account, last);
    this.left.push(last.offer.requestId);
  }

  waiting(): number {
    let waiting = 0;
    for (const account of this.accounts.values()) waiting += account.waiting.size;
    return waiting;
  }
}

const alwaysOffers = ({ name }: Policy): boolean => name !== "rpm";

export function policyCases(name: string, make: () => Policy): void {
  const check = (law: (played: PlayedStory, steps: readonly Act[]) => void): void =>
    fc.assert(fc.property(story, (steps) => law(new PlayedStory(make()), steps)));

  test(`${name}: nothing is lost and nothing is served twice`, () => {
    check((played, steps) => {
      for (const step of steps) played.play(step);
      // The longest that any policy makes anybody wait: rpm's minute, for each request.
      for (let left = 2 * steps.length; left > 0 && played.waiting() > 0; left--) {
        if (played.takeNext() === undefined) played.nowMs += 60_000;
      }
      const served = [...played.taken, ...played.left].toSorted();
      assert.deepEqual(served, played.entered.toSorted());
    });
  });

  test(`${name}: while something waits, something is offered, and looking changes nothing`, () => {
    check((played, steps) => {
      for (const step of steps) {
        played.play(step);
        const seen = played.order();
        assert.deepEqual(played.order(), seen);
        assert.equal(new Set(seen).size, seen.length);
        if (alwaysOffers(played.policy)) {
          const waiting = [...played.accounts.values()].filter(({ waiting }) => waiting.size > 0);
          assert.equal(seen.length, waiting.length);
        }
      }
    });
  });

  test(`${name}: within one tenant the order is by position`, () => {
    check((played, steps) => {
      for (const step of steps) {
        played.play(step);
        const head = played.takeFirst();
        if (head === undefined) continue;
        const { position } = head.waiting.offer;
        const later = head.account.waiting.items().every(({ offer }) => offer.position > position);
        assert.ok(later);
        played.giveBack(head);
      }
    });
  });

  test(`${name}: an offer that comes back stands where it stood`, () => {
    check((played, steps) => {
      for (const step of steps) {
        played.play(step);
        const before = played.order();
        const clocks = [...played.accounts.values()].map(({ clock }) => clock);
        const first = played.takeFirst();
        if (first === undefined) continue;
        played.giveBack(first);
        assert.deepEqual(played.order(), before);
        const after = [...played.accounts.values()].map(({ clock }) => clock);
        // A start tag lifted above the clock becomes the clock once it is taken: nobody stands better for it.
        assert.ok(after.every((clock, index) => clock >= (clocks[index] ?? 0)));
      }
    });
  });

  test(`${name}: what ran is charged, what did not is refunded, once`, () => {
    fc.assert(
      fc.property(act, fc.nat(2_000_000), fc.nat(2_000_000), (step, first, last) => {
        const played = new PlayedStory(make());
        played.enter("a", wishOf(step));
        const place = played.takeFirst();
        assert.ok(place !== undefined);
        const { account, charge } = place;
        played.policy.executed(account, charge, first);
        played.policy.executed(account, charge, Math.floor(first / 2));
        played.end(place, last);
        const ran = Math.floor(Math.max(first, last) / account.weight);
        assert.equal(account.clock, charge.startTag + ran);
        assert.equal(account.executedTag, ran);
        assert.deepEqual([account.placements, account.unexecutedTag], [0, 0]);
        assert.throws(() => played.end(place, last), /settled once/);
        played.policy.executed(account, charge, 9_000_000);
        assert.equal(account.clock, charge.startTag + ran);
      }),
    );
  });

  test(`${name}: virtual time never falls, tags are integers, and at rest nothing is owed`, () => {
    check((played, steps) => {
      let before = 0;
      for (const step of steps) {
        played.play(step);
        const now = played.policy.virtualTime(0);
        assert.ok(now >= before && Number.isSafeInteger(now));
        before = now;
        for (const { clock, startTag, finishTag, executedTag } of played.accounts.values()) {
          const tags = [clock, startTag, finishTag, executedTag];
          assert.ok(tags.every((tag) => Number.isSafeInteger(tag) && tag >= 0));
        }
      }
      for (const place of played.running) played.end(place, 0);
      for (const { placements, unexecutedTag } of played.accounts.values()) {
        assert.deepEqual([placements, unexecutedTag], [0, 0]);
      }
    });
  });

  test(`${name}: the same story has the same end`, () => {
    check((played, steps) => {
      const again = new PlayedStory(make());
      for (const step of steps) {
        played.play(step);
        again.play(step);
        assert.deepEqual(again.order(), played.order());
      }
      assert.deepEqual(again.taken, played.taken);
    });
  });

  test(`${name}: a lower band goes first, and a tenant takes along to another what it owes`, () => {
    const played = new PlayedStory(make());
    played.enter("low", { band: 1 });
    played.enter("high", { band: 0 });
    assert.deepEqual(played.order(), ["high"]);
    played.serve("high", 50_000);
    assert.deepEqual(played.order(), ["low"]);
    played.enter("high", { band: 1 });
    assert.deepEqual(played.order().toSorted(), ["high", "low"]);
    assert.equal(played.account("high").clock, 50_000);
  });

  test(`${name}: a new word about an offer that waits is heeded`, () => {
    const played = new PlayedStory(make());
    const waiting = played.enter("a");
    played.enter("a");
    waiting.offer = { ...waiting.offer, position: 99, weight: 4 };
    played.policy.changed(played.account("a"), waiting);
    assert.equal(played.takeFirst()?.waiting.offer.position, 2);
    assert.equal(played.account("a").weight, 4);
  });

  test(`${name}: a sequence found running brings its tenant no credit and no debt`, () => {
    const played = new PlayedStory(make());
    for (let round = 0; round < 5; round++) {
      played.enter("a");
      played.serve("a", 700_000);
    }
    played.enter("a");
    const late = played.account("late");
    const charge = played.policy.adopt(late, 900_000, 1);
    assert.equal(late.clock, played.policy.virtualTime(0));
    played.policy.executed(late, charge, 1_000_000);
    assert.equal(late.clock, played.policy.virtualTime(0) + 100_000);
    played.policy.settle(late, charge, 1_000_000);
    assert.equal(late.clock, played.policy.virtualTime(0) + 100_000);
  });
}
