// What a coordination store may do to those who ask it when it is not well, as one script: the simulator's model and a
// real etcd of three members both do exactly this, so what is proven against the one holds for the other.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { CoordinationHarness } from "./coordination.cases.ts";
import type {
  ClaimOutcome,
  GetOutcome,
  KeyList,
  LeaseGrant,
  LeaseKeep,
  PutOutcome,
  Unknown,
} from "./coordination.ts";

export interface OutageHarness extends Omit<CoordinationHarness, "interruptWatches"> {
  /** Two of three members die. */
  loseMajority(): Promise<void>;
  regainMajority(): Promise<void>;
  /** The leader dies, another is elected, and the dead one comes back. */
  changeLeader(): Promise<void>;
  /** Whatever is asked from now on disappears on its way, there or back. */
  hang(): Promise<void>;
  unhang(): Promise<void>;
}

/** Longer than an election, so that a lease that is not refreshed would have ended. */
const ttlMs = 4_000;
/** Longer than every deadline of a real client. */
const answerMs = 2_000;
const recoveryMs = 15_000;
const stepMs = 100;

type Ask<Outcome> = (answer: (outcome: Outcome | Unknown) => void) => void;

/** `unknown` is an answer too, and comes in time. */
async function answerTo<Outcome extends { readonly kind: string }>(
  harness: OutageHarness,
  ask: Ask<Outcome>,
): Promise<Outcome | Unknown> {
  const answers: (Outcome | Unknown)[] = [];
  ask((outcome) => answers.push(outcome));
  for (let passedMs = 0; answers.length === 0 && passedMs < answerMs; passedMs += 10) {
    await harness.advance(10);
  }
  const [answered] = answers;
  assert.ok(answered !== undefined, "answered within its deadline");
  return answered;
}

/** Asked again until it is known. */
async function knownAnswer<Outcome extends { readonly kind: string }>(
  harness: OutageHarness,
  ask: Ask<Outcome>,
): Promise<Outcome> {
  for (let passedMs = 0; passedMs < recoveryMs; passedMs += stepMs) {
    const outcome = await answerTo(harness, ask);
    if (outcome.kind !== "unknown") return outcome as Outcome;
    await harness.advance(stepMs);
  }
  throw new Error("never answered");
}

const leaseFrom = async (harness: OutageHarness): Promise<string> =>
  (await knownAnswer<LeaseGrant>(harness, (answer) => harness.store.grantLease(ttlMs, answer)))
    .lease;

const claim =
  ({ store }: OutageHarness, key: string, lease: string): Ask<ClaimOutcome> =>
  (answer) =>
    store.claim({ key, value: lease, lease }, answer);

async function epochOf(harness: OutageHarness, key: string, lease: string): Promise<number> {
  const outcome = await knownAnswer(harness, claim(harness, key, lease));
  assert.ok(outcome.kind === "claimed", JSON.stringify(outcome));
  return outcome.epoch;
}

type Law = (sentence: string, check: (harness: OutageHarness) => Promise<void>) => void;

export function coordinationOutageCases(
  storeName: string,
  start: () => Promise<OutageHarness>,
): void {
  const law: Law = (sentence, check) => {
    test(`${storeName}: ${sentence}`, async () => {
      const harness = await start();
      try {
        await check(harness);
      } finally {
        await harness.stop();
      }
    });
  };
  majorityCases(law);
  leaderCases(law);
  hungCases(law);
}

function majorityCases(law: Law): void {
  law("without a majority nothing is known, and no lease ends", async (harness) => {
    const { store } = harness;
    const [holder, other] = [await leaseFrom(harness), await leaseFrom(harness)];
    const epoch = await epochOf(harness, "/own/a", holder);
    const lists: KeyList[] = [];
    const stop = store.watch("/own/", (keys) => lists.push(keys));
    await harness.loseMajority();
    const asked: Ask<{ readonly kind: string }>[] = [
      (answer) => store.keepLease(holder, answer),
      (answer) => store.get("/state/x", answer),
      (answer) => store.put({ key: "/state/x", value: "1" }, answer),
      (answer) => store.grantLease(ttlMs, answer),
      claim(harness, "/own/b", other),
    ];
    for (const ask of asked) assert.equal((await answerTo(harness, ask)).kind, "unknown");
    await harness.advance(ttlMs + 1_000);
    await harness.regainMajority();
    const kept = await knownAnswer<LeaseKeep>(harness, (answer) => store.keepLease(holder, answer));
    assert.equal(kept.kind, "kept", "longer than its length, and not a moment of it is over");
    const held = await knownAnswer(harness, claim(harness, "/own/a", other));
    assert.deepEqual(held, { kind: "held", value: holder, epoch });
    for (let passedMs = 0; lists.length === 0 && passedMs < recoveryMs; passedMs += stepMs) {
      await harness.advance(stepMs);
    }
    assert.ok(
      lists.length > 0 && lists.every(({ entries }) => entries.some(({ key }) => key === "/own/a")),
      "nobody was told that it was free",
    );
    stop();
  });

  law("what was asked as the majority went may stand: asked again, it says so", async (harness) => {
    const { store } = harness;
    const lease = await leaseFrom(harness);
    await harness.loseMajority();
    const first = await answerTo(harness, claim(harness, "/own/a", lease));
    const swap = { key: "/escrow/a", value: "1", expected: {} };
    const put = await answerTo<PutOutcome>(harness, (answer) => store.put(swap, answer));
    assert.deepEqual([first.kind, put.kind], ["unknown", "unknown"]);
    await harness.regainMajority();
    await epochOf(harness, "/own/a", lease);
    const again = await knownAnswer<PutOutcome>(harness, (answer) => store.put(swap, answer));
    const isOurs = again.kind === "put" || (again.kind === "differs" && again.value === "1");
    assert.ok(isOurs, JSON.stringify(again));
    const found = await knownAnswer<GetOutcome>(harness, (answer) => store.get(swap.key, answer));
    assert.ok(found.kind === "found" && found.value === "1");
  });
}

function leaderCases(law: Law): void {
  law(
    "a change of the leader gives each lease its whole length anew, and then it ends",
    async (harness) => {
      const [dead, live] = [await leaseFrom(harness), await leaseFrom(harness)];
      await epochOf(harness, "/own/a", dead);
      await harness.advance(ttlMs * 0.6);
      await harness.changeLeader();
      await harness.advance(ttlMs * 0.6);
      const held = await knownAnswer(harness, claim(harness, "/own/a", live));
      assert.equal(held.kind, "held", "past its length, for it began again");
      for (let passedMs = 0; passedMs < ttlMs * 2; passedMs += ttlMs / 4) {
        await harness.advance(ttlMs / 4);
        await knownAnswer<LeaseKeep>(harness, (answer) => harness.store.keepLease(live, answer));
      }
      assert.equal((await knownAnswer(harness, claim(harness, "/own/a", live))).kind, "claimed");
    },
  );
}

function hungCases(law: Law): void {
  law(
    "a question that hangs is unknown in time, and asked again it says what stands",
    async (harness) => {
      const { store } = harness;
      const lease = await leaseFrom(harness);
      await harness.hang();
      const outcomes = [
        await answerTo<LeaseKeep>(harness, (answer) => store.keepLease(lease, answer)),
        await answerTo(harness, claim(harness, "/own/a", lease)),
      ];
      assert.deepEqual(
        outcomes.map(({ kind }) => kind),
        ["unknown", "unknown"],
      );
      await harness.unhang();
      const epoch = await epochOf(harness, "/own/a", lease);
      assert.equal(await epochOf(harness, "/own/a", lease), epoch);
    },
  );
}
