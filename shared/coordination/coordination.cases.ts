// The contract of every coordination store, as one suite: the twin in memory passes it, and etcd has to.

import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  ClaimOutcome,
  Coordination,
  GetOutcome,
  KeyList,
  LeaseGrant,
  PutOutcome,
  PutQuestion,
  Unknown,
} from "./coordination.ts";

/** A store under test, and the one way to let its time pass. */
export interface CoordinationHarness {
  readonly store: Coordination;
  /** Let so much of the store's time pass, and everything due meanwhile be answered. */
  advance(ms: number): Promise<void>;
  /** Break every watch, as a lost connection or a compaction does. */
  interruptWatches(): Promise<void>;
  stop(): Promise<void>;
}

export type StartCoordination = () => Promise<CoordinationHarness>;

/** The shortest lease that etcd grants by default. */
const ttlMs = 2_000;
const moreThanTtlMs = 3_000;

/** Whatever the store answers, or a failure if it is `unknown`. */
async function answerOf<Outcome extends { readonly kind: string }>(
  harness: CoordinationHarness,
  ask: (answer: (outcome: Outcome | Unknown) => void) => void,
): Promise<Outcome> {
  const answers: (Outcome | Unknown)[] = [];
  ask((outcome) => answers.push(outcome));
  assert.equal(answers.length, 0, "an answer never comes inside the call");
  await until(harness, () => answers.length > 0);
  const [answered] = answers;
  assert.equal(answers.length, 1, "answered once, and in time");
  assert.ok(answered !== undefined && answered.kind !== "unknown", JSON.stringify(answered));
  return answered as Outcome;
}

/** Of the store's time. A store that has to cross the network and a disk may take some of it. */
const patienceMs = 2_000;

/** Let time pass until it holds, or patience ends. */
async function until(harness: CoordinationHarness, holds: () => boolean): Promise<void> {
  for (let passedMs = 0; !holds() && passedMs < patienceMs; passedMs++) await harness.advance(1);
}

const leaseFrom = async (harness: CoordinationHarness): Promise<string> =>
  (await answerOf<LeaseGrant>(harness, (answer) => harness.store.grantLease(ttlMs, answer))).lease;

const claim = (
  harness: CoordinationHarness,
  key: string,
  by: { readonly lease: string; readonly value?: string },
): Promise<ClaimOutcome> =>
  answerOf(harness, (answer) =>
    harness.store.claim({ key, value: by.value ?? "p1", lease: by.lease }, answer),
  );

async function epochOf(harness: CoordinationHarness, key: string, lease: string): Promise<number> {
  const outcome = await claim(harness, key, { lease });
  assert.ok(outcome.kind === "claimed", `${key} was to be had: ${outcome.kind}`);
  return outcome.epoch;
}

const keysOf = (list: KeyList | undefined): readonly string[] | undefined =>
  list?.entries.map(({ key }) => key);

type Law = (sentence: string, check: (harness: CoordinationHarness) => Promise<void>) => void;

export function coordinationCases(storeName: string, start: StartCoordination): void {
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
  claimCases(law);
  leaseCases(law);
  writeCases(law);
  swapCases(law);
  leasedPutCases(law);
  watchCases(law);
}

function claimCases(law: Law): void {
  law("a free key goes to the first who asks; the second learns who holds it", async (harness) => {
    const [first, second] = [await leaseFrom(harness), await leaseFrom(harness)];
    const epoch = await epochOf(harness, "/own/a", first);
    const outcome = await claim(harness, "/own/a", { lease: second, value: "p2" });
    assert.deepEqual(outcome, { kind: "held", value: "p1", epoch });
  });

  law("a holder that asks again gets its standing epoch", async (harness) => {
    const lease = await leaseFrom(harness);
    const epoch = await epochOf(harness, "/own/a", lease);
    assert.equal(await epochOf(harness, "/own/a", lease), epoch);
  });

  law("each claim has a larger epoch than every earlier one, of any key", async (harness) => {
    const lease = await leaseFrom(harness);
    const epochs: number[] = [];
    for (const key of ["/own/a", "/own/b", "/own/a", "/own/c", "/own/b"]) {
      epochs.push(await epochOf(harness, key, lease));
      await answerOf(harness, (answer) => harness.store.release(key, lease, answer));
    }
    assert.deepEqual(
      epochs,
      [...new Set(epochs)].toSorted((a, b) => a - b),
    );
  });

  law("only its holder releases a key", async (harness) => {
    const [holder, other] = [await leaseFrom(harness), await leaseFrom(harness)];
    const epoch = await epochOf(harness, "/own/a", holder);
    await answerOf(harness, (answer) => harness.store.release("/own/a", other, answer));
    assert.deepEqual(await claim(harness, "/own/a", { lease: other }), {
      kind: "held",
      value: "p1",
      epoch,
    });
    await answerOf(harness, (answer) => harness.store.release("/own/a", holder, answer));
    assert.ok((await epochOf(harness, "/own/a", other)) > epoch);
  });

  law("many claims at once are all answered, each with its own epoch", async (harness) => {
    const lease = await leaseFrom(harness);
    const keys = Array.from({ length: 256 }, (_, shard) => `/own/shard/${shard}`);
    const outcomes = await Promise.all(keys.map((key) => epochOf(harness, key, lease)));
    assert.equal(new Set(outcomes).size, keys.length);
  });
}

function leaseCases(law: Law): void {
  law("a lease that is not kept ends, and its keys with it", async (harness) => {
    const [lost, kept] = [await leaseFrom(harness), await leaseFrom(harness)];
    await epochOf(harness, "/own/a", lost);
    await epochOf(harness, "/own/b", kept);
    for (let passedMs = 0; passedMs < moreThanTtlMs; passedMs += ttlMs / 4) {
      await harness.advance(ttlMs / 4);
      const outcome = await answerOf(harness, (answer) => harness.store.keepLease(kept, answer));
      assert.deepEqual(outcome, { kind: "kept", ttlMs });
    }
    const outcome = await answerOf(harness, (answer) => harness.store.keepLease(lost, answer));
    assert.deepEqual(outcome, { kind: "lost" }, "the loss is an answer, not an error");
    await epochOf(harness, "/own/a", kept);
    assert.equal((await claim(harness, "/own/b", { lease: kept })).kind, "claimed");
  });

  law("a revoked lease frees all its keys at once and takes no more", async (harness) => {
    const [revoked, next] = [await leaseFrom(harness), await leaseFrom(harness)];
    const keys = ["/own/a", "/own/b", "/own/c"];
    for (const key of keys) await epochOf(harness, key, revoked);
    await answerOf(harness, (answer) => harness.store.revokeLease(revoked, answer));
    for (const key of keys) await epochOf(harness, key, next);
    assert.deepEqual(await claim(harness, "/own/d", { lease: revoked }), { kind: "lost" });
    await answerOf(harness, (answer) => harness.store.revokeLease(revoked, answer));
  });
}

function writeCases(law: Law): void {
  law("what was put is got, and outlives any lease", async (harness) => {
    const { store } = harness;
    assert.deepEqual(await answerOf(harness, (answer) => store.get("/state/x", answer)), {
      kind: "absent",
    });
    await answerOf(harness, (answer) => store.put({ key: "/state/x", value: "1" }, answer));
    const first = await answerOf<GetOutcome>(harness, (answer) => store.get("/state/x", answer));
    await answerOf(harness, (answer) => store.put({ key: "/state/x", value: "2" }, answer));
    const second = await answerOf<GetOutcome>(harness, (answer) => store.get("/state/x", answer));
    assert.ok(first.kind === "found" && second.kind === "found");
    assert.deepEqual([first.value, second.value], ["1", "2"]);
    assert.equal(first.epoch, second.epoch, "the key came to be once");
  });

  law("a write fenced by a claim fails once the claim has passed on", async (harness) => {
    const { store } = harness;
    const [old, next] = [await leaseFrom(harness), await leaseFrom(harness)];
    const epoch = await epochOf(harness, "/own/a", old);
    const write = (value: string, fenceEpoch: number) =>
      answerOf<{ readonly kind: string }>(harness, (answer) =>
        store.put({ key: "/state/x", value, fence: { key: "/own/a", epoch: fenceEpoch } }, answer),
      );
    assert.equal((await write("by the owner", epoch)).kind, "put");
    await answerOf(harness, (answer) => store.revokeLease(old, answer));
    assert.equal((await write("by nobody", epoch)).kind, "fenced");
    const nextEpoch = await epochOf(harness, "/own/a", next);
    assert.equal((await write("by a zombie", epoch)).kind, "fenced");
    assert.equal((await write("by the next", nextEpoch)).kind, "put");
    const found = await answerOf<GetOutcome>(harness, (answer) => store.get("/state/x", answer));
    assert.ok(found.kind === "found");
    assert.equal(found.value, "by the next");
  });
}

function leasedPutCases(law: Law): void {
  law("what is put under a lease goes with it, and only with its newest", async (harness) => {
    const { store } = harness;
    const [first, second] = [await leaseFrom(harness), await leaseFrom(harness)];
    const put = (value: string, lease: string, expected: { readonly value?: string }) =>
      answerOf<PutOutcome>(harness, (answer) =>
        store.put({ key: "/kept/a", value, lease, expected }, answer),
      );
    assert.equal((await put("1", first, {})).kind, "put");
    assert.deepEqual(await put("2", second, {}), { kind: "differs", value: "1" });
    assert.equal((await put("2", second, { value: "1" })).kind, "put");
    const read = () => answerOf<GetOutcome>(harness, (answer) => store.get("/kept/a", answer));
    await answerOf(harness, (answer) => store.revokeLease(first, answer));
    assert.equal((await read()).kind, "found", "it hangs on the first no more");
    await answerOf(harness, (answer) => store.revokeLease(second, answer));
    assert.deepEqual(await read(), { kind: "absent" });
  });
}

function swapCases(law: Law): void {
  const put = (harness: CoordinationHarness, question: PutQuestion): Promise<PutOutcome> =>
    answerOf(harness, (answer) => harness.store.put(question, answer));

  law(
    "a swap writes only over the value it expects, and else tells what is there",
    async (harness) => {
      const key = "/escrow/a";
      assert.equal((await put(harness, { key, value: "1", expected: {} })).kind, "put");
      assert.deepEqual(await put(harness, { key, value: "2", expected: {} }), {
        kind: "differs",
        value: "1",
      });
      assert.deepEqual(
        await put(harness, { key: "/escrow/b", value: "2", expected: { value: "1" } }),
        {
          kind: "differs",
        },
      );
      const swaps = ["2", "3", "4"].map((value) =>
        put(harness, { key, value, expected: { value: "1" } }),
      );
      const outcomes = (await Promise.all(swaps)).map(({ kind }) => kind);
      assert.deepEqual(outcomes.toSorted(), ["differs", "differs", "put"], "one of many wins");
    },
  );

  law("a swap by an owner that has been replaced is fenced, whatever is there", async (harness) => {
    const [old, next] = [await leaseFrom(harness), await leaseFrom(harness)];
    const fence = { key: "/own/shard/1", epoch: await epochOf(harness, "/own/shard/1", old) };
    const key = "/escrow/a";
    assert.equal((await put(harness, { key, value: "1", fence, expected: {} })).kind, "put");
    await answerOf(harness, (answer) => harness.store.release(fence.key, old, answer));
    const epoch = await epochOf(harness, fence.key, next);
    for (const value of ["1", "7"]) {
      const late = await put(harness, { key, value: "2", fence, expected: { value } });
      assert.equal(late.kind, "fenced");
    }
    const swap = { key, value: "2", fence: { ...fence, epoch }, expected: { value: "1" } };
    assert.equal((await put(harness, swap)).kind, "put");
  });
}

function watchCases(law: Law): void {
  law("a watch tells the list at once, empty or not, and again after changes", async (harness) => {
    const { store } = harness;
    let list: KeyList | undefined;
    const stop = store.watch("/own/", (keys) => {
      list = keys;
    });
    await until(harness, () => list !== undefined);
    assert.deepEqual(keysOf(list), []);
    const lease = await leaseFrom(harness);
    const epoch = await epochOf(harness, "/own/a", lease);
    await epochOf(harness, "/other/b", lease);
    await until(harness, () => list?.entries.length === 1);
    assert.deepEqual(list?.entries, [{ key: "/own/a", value: "p1", epoch }]);
    assert.ok((list?.revision ?? 0) >= epoch);
    await answerOf(harness, (answer) => store.revokeLease(lease, answer));
    await until(harness, () => list?.entries.length === 0);
    assert.deepEqual(keysOf(list), []);
    stop();
    await epochOf(harness, "/own/c", await leaseFrom(harness));
    await harness.advance(50);
    assert.deepEqual(keysOf(list), [], "a stopped watch tells nothing");
  });

  law("a watch sees keys go when their lease ends", async (harness) => {
    let list: KeyList | undefined;
    const stop = harness.store.watch("/own/", (keys) => {
      list = keys;
    });
    await epochOf(harness, "/own/a", await leaseFrom(harness));
    await until(harness, () => list?.entries.length === 1);
    assert.deepEqual(keysOf(list), ["/own/a"]);
    await harness.advance(ttlMs - 500);
    await until(harness, () => list?.entries.length === 0);
    assert.deepEqual(keysOf(list), []);
    stop();
  });

  law("a list is never older than a claim answered before it was asked for", async (harness) => {
    const lease = await leaseFrom(harness);
    const epoch = await epochOf(harness, "/own/a", lease);
    let list: KeyList | undefined;
    const stop = harness.store.watch("/edge/", (keys) => {
      list = keys;
    });
    await until(harness, () => list !== undefined);
    assert.ok((list?.revision ?? 0) >= epoch);
    stop();
  });

  law("an interrupted watch lists again and misses nothing", async (harness) => {
    const lease = await leaseFrom(harness);
    let list: KeyList | undefined;
    const stop = harness.store.watch("/own/", (keys) => {
      list = keys;
    });
    await epochOf(harness, "/own/a", lease);
    await until(harness, () => list?.entries.length === 1);
    await harness.interruptWatches();
    await answerOf(harness, (answer) => harness.store.release("/own/a", lease, answer));
    await epochOf(harness, "/own/b", lease);
    await until(harness, () => keysOf(list)?.join() === "/own/b");
    assert.deepEqual(keysOf(list), ["/own/b"]);
    stop();
  });
}
