import assert from "node:assert/strict";
import { test } from "node:test";
import type { Offer } from "#shared/messages/to-router.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { Obstacle } from "./pick-next.ts";
import { pickNext } from "./pick-next.ts";
import { openAccount } from "./tenant-account.ts";
import { policyNamed } from "./policy/policy-named.ts";
import type { PolicyName } from "#shared/model/policy-name.ts";
import type { WaitingOffer } from "./waiting-offer.ts";
import { waitingOffer } from "./waiting-offer.ts";
import type { WorkerView } from "./worker-view.ts";

type Answer = number | Obstacle;
const view = {} as WorkerView;

/** Tenants a, b, c… with these finish tags; what stands for each: a locality, or an obstacle. */
function decide(
  heads: readonly (readonly [number, Answer])[],
  window: number | { readonly theta: number; readonly passing: number },
  headsMax: number = 8,
) {
  const { theta, passing } =
    typeof window === "number" ? { theta: window, passing: window } : window;
  const policy = policyNamed("wfq");
  const answers = new Map<string, Answer>();
  for (const [index, [cost, answer]] of heads.entries()) {
    const name = String.fromCharCode(97 + index);
    const account = openAccount(name as TenantId, 0, 1);
    const offer = { requestId: name, position: 0, weight: 1, band: 0, cost } as unknown as Offer;
    policy.enter(account, waitingOffer(offer, 16, 0), 0);
    answers.set(name, answer);
  }
  const asked: string[] = [];
  const source = { policy, nowMs: 0 };
  const decision = pickNext(
    source,
    { thetaLocality: theta, thetaPassing: passing, thetaPreempt: 0, headsMax },
    {
      choose({ offer }) {
        asked.push(offer.requestId);
        const answer = answers.get(offer.requestId) ?? "capacity";
        return typeof answer === "number" ? { view, locality: answer, cachedTokens: 0 } : answer;
      },
      mayBeHeld: () => true,
      isHeld: () => true,
    },
  );
  return {
    picked: decision.picked?.waiting.offer.requestId,
    heldFor: decision.heldFor?.offer.requestId,
    ...(decision.lacksSlot ? { lacksSlot: true } : {}),
    hopeless: decision.hopeless.map(({ tenant }) => tenant as string),
    asked: asked.join(""),
  };
}

test("the least finish tag goes first", () => {
  const { picked } = decide(
    [
      [300, 2],
      [100, 2],
      [200, 2],
    ],
    0,
  );
  assert.equal(picked, "b");
});

test("within the window the best locality goes first; beyond it the order decides", () => {
  const heads = [
    [100, 0],
    [150, 2],
    [210, 3],
  ] as const;
  assert.equal(decide(heads, 100).picked, "b");
  assert.equal(decide(heads, 20).picked, "a");
  assert.equal(decide(heads, 110).picked, "c");
});

test("between equal localities the order decides", () => {
  const outcome = decide(
    [
      [100, 3],
      [101, 3],
    ],
    100,
  );
  assert.equal(outcome.picked, "a");
});

test("an offer that fits nowhere is passed over within the window, and capacity is held for it beyond", () => {
  const near = decide(
    [
      [100, "capacity"],
      [150, 0],
    ],
    50,
  );
  assert.deepEqual([near.picked, near.heldFor], ["b", "a"]);
  const far = decide(
    [
      [100, "capacity"],
      [151, 3],
    ],
    50,
  );
  assert.deepEqual([far.picked, far.heldFor, far.asked], [undefined, "a", "a"]);
});

test("one that lacks only a slot is passed by who needs none within the wider window, and held for beyond it", () => {
  const pass = (finish: number, obstacle: "slot" | "capacity") =>
    decide(
      [
        [100, obstacle],
        [finish, 0],
      ],
      { theta: 100, passing: 20 },
    );
  const { picked, heldFor, lacksSlot } = pass(190, "slot");
  assert.deepEqual([picked, heldFor, lacksSlot], ["b", "a", true]);
  assert.equal(pass(201, "slot").picked, undefined);
  assert.equal(pass(190, "capacity").picked, undefined);
});

test("an offer that nothing here can help holds nobody back", () => {
  const outcome = decide(
    [
      [100, "later"],
      [900, "capacity"],
      [940, 1],
    ],
    50,
  );
  assert.deepEqual(outcome, { picked: "c", heldFor: "b", hopeless: ["a"], asked: "abc" });
});

test("nothing is held for an offer whose tenant yields, and it holds nobody back", () => {
  const outcome = decide(
    [
      [100, "yields"],
      [900, 0],
    ],
    50,
  );
  assert.deepEqual(outcome, { picked: "b", heldFor: undefined, hopeless: [], asked: "ab" });
});

test("in a strict order an offer whose tenant yields is waited for", () => {
  const outcome = decide(
    [
      [100, "yields"],
      [900, 0],
    ],
    0,
  );
  assert.deepEqual([outcome.picked, outcome.heldFor], [undefined, "a"]);
});

test("no more offers are looked at than the rules say", () => {
  const heads = Array.from({ length: 20 }, (_, index) => [100 + index, 0] as const);
  assert.equal(decide(heads, 1000, 8).asked, "abcdefgh");
});

/** One tenant's offers in its order, each with the locality it finds; which one goes. */
function decideWithin(
  policyName: PolicyName,
  localities: readonly number[],
  facts: { readonly theta?: number; readonly timesPassed?: number; readonly attempt?: number } = {},
): string | undefined {
  const { theta = 100, timesPassed = 0, attempt = 1 } = facts;
  const policy = policyNamed(policyName);
  const account = openAccount("a" as TenantId, 0, 1);
  const found = new Map<string, number>();
  for (const [position, locality] of localities.entries()) {
    const requestId = `r${position}`;
    const terms = { requestId, position, attempt, weight: 1, band: 0, cost: 100, promptTokens: 1 };
    const waiting = waitingOffer(terms as unknown as Offer, 16, 0);
    if (position === 0) waiting.timesPassed = timesPassed;
    policy.enter(account, waiting, 0);
    found.set(requestId, locality);
  }
  const chooser = {
    choose: ({ offer }: WaitingOffer) => ({
      view,
      locality: found.get(offer.requestId) ?? 0,
      cachedTokens: 0,
    }),
    mayBeHeld: () => true,
    isHeld: ({ offer }: WaitingOffer) => (found.get(offer.requestId) ?? 0) > 0,
  };
  const rules = { thetaLocality: theta, thetaPassing: theta, thetaPreempt: 0, headsMax: 8 };
  return pickNext({ policy, nowMs: 0 }, rules, chooser).picked?.waiting.offer.requestId;
}

test("of a tenant's offers the one that finds most goes first, where locality may decide", () => {
  assert.equal(decideWithin("wfq", [0, 5, 9]), "r2");
  assert.equal(decideWithin("dlpm", [0, 5, 9]), "r2");
  assert.equal(decideWithin("wfq", [3, 3, 3]), "r0");
});

test("where it may not, position decides", () => {
  assert.equal(decideWithin("wfq", [0, 5], { theta: 0 }), "r0");
  for (const name of ["fcfs", "lcf", "vtc", "drr"] as const) {
    assert.equal(decideWithin(name, [0, 5]), "r0");
  }
});

test("an offer is not passed too often, nor a retry at all", () => {
  assert.equal(decideWithin("wfq", [0, 5], { timesPassed: 7 }), "r1");
  assert.equal(decideWithin("wfq", [0, 5], { timesPassed: 8 }), "r0");
  assert.equal(decideWithin("wfq", [0, 5], { attempt: 2 }), "r0");
});
