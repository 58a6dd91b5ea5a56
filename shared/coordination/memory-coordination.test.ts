import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { coordinationOutageCases } from "./coordination-outage.cases.ts";
import { coordinationCases } from "./coordination.cases.ts";
import { coordinationFile } from "./coordination-file.ts";
import type { CoordinationHarness } from "./coordination.cases.ts";
import type { ClaimOutcome, KeyList, LeaseGrant, Unknown } from "./coordination.ts";
import type { MemoryCoordinationOptions, QuestionFault } from "./memory-coordination.ts";
import { MemoryCoordination } from "./memory-coordination.ts";
import { VirtualClock } from "./virtual-clock.ts";

const harnessOf = (
  options: Omit<MemoryCoordinationOptions, "clock">,
  stop: () => void = () => {},
): CoordinationHarness => {
  const clock = new VirtualClock();
  const store = new MemoryCoordination({ ...options, clock });
  return {
    store,
    advance: async (ms) => {
      // The suite asks from promises: let what it has to say be said first.
      await Promise.resolve();
      clock.advance(ms);
    },
    interruptWatches: async () => store.interruptWatches(300),
    stop: async () => {
      store.close();
      stop();
    },
  };
};

coordinationCases("memory", async () => harnessOf({}));

coordinationOutageCases("memory", async () => {
  const clock = new VirtualClock();
  let hangs = false;
  // It takes effect or not, and nobody hears of it in either case.
  const hung: QuestionFault = { takesEffect: true, isAnswered: false, afterMs: 900 };
  const store = new MemoryCoordination({ clock, faultOf: () => (hangs ? hung : undefined) });
  return {
    store,
    advance: async (ms) => {
      await Promise.resolve();
      clock.advance(ms);
    },
    loseMajority: async () => store.setMajority(false),
    regainMajority: async () => store.setMajority(true),
    changeLeader: async () => store.refreshLeases(),
    hang: async () => {
      hangs = true;
    },
    unhang: async () => {
      hangs = false;
    },
    stop: async () => store.close(),
  };
});

const freshFolder = (): string => mkdtempSync(join(tmpdir(), "fairlead-coordination-"));

coordinationCases("memory, reopened from its file", async () => {
  const folder = freshFolder();
  const path = join(folder, "coordination");
  new MemoryCoordination({ file: coordinationFile(path) }).close();
  return harnessOf({ file: coordinationFile(path) }, () => rmSync(folder, { recursive: true }));
});

const inFolder = async (check: (path: string) => Promise<void>): Promise<void> => {
  const folder = freshFolder();
  try {
    await check(join(folder, "deep", "coordination"));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const ask = <Outcome>(question: (answer: (outcome: Outcome) => void) => void): Promise<Outcome> =>
  new Promise(question);

async function claimFrom(store: MemoryCoordination, key: string): Promise<number> {
  const granted = await ask<LeaseGrant | Unknown>((answer) => store.grantLease(5_000, answer));
  assert.ok(granted.kind === "granted");
  const claimed = await ask<ClaimOutcome | Unknown>((answer) =>
    store.claim({ key, value: "p1", lease: granted.lease }, answer),
  );
  assert.ok(claimed.kind === "claimed", claimed.kind);
  return claimed.epoch;
}

test("a restart continues revisions, keeps what was put, and forgets leases", async () => {
  await inFolder(async (path) => {
    const before = new MemoryCoordination({ file: coordinationFile(path) });
    const epoch = await claimFrom(before, "/own/a");
    await ask((answer) => before.put({ key: "/state/x", value: "kept" }, answer));
    const lastEpoch = await claimFrom(before, "/own/b");
    before.close();

    const after = new MemoryCoordination({ file: coordinationFile(path) });
    assert.deepEqual(
      await ask<{ readonly kind: string }>((answer) => after.get("/own/a", answer)),
      { kind: "absent" },
    );
    const kept = await ask<{ readonly kind: string }>((answer) => after.get("/state/x", answer));
    assert.deepEqual({ ...kept, epoch: 0 }, { kind: "found", value: "kept", epoch: 0 });
    assert.ok(epoch < lastEpoch && lastEpoch < (await claimFrom(after, "/own/a")));
    after.close();
  });
});

test("revisions stay ahead of the file however many are handed out", async () => {
  await inFolder(async (path) => {
    const before = new MemoryCoordination({ file: coordinationFile(path) });
    let last = 0;
    for (let count = 0; count < 4_000; count++) {
      const granted = await ask<LeaseGrant | Unknown>((answer) => before.grantLease(1e6, answer));
      assert.ok(granted.kind === "granted");
      const { lease } = granted;
      for (const key of ["/own/a", "/own/b"]) {
        const question = { key: `${key}/${count}`, value: "", lease };
        const claimed = await ask<ClaimOutcome | Unknown>((answer) =>
          before.claim(question, answer),
        );
        if (claimed.kind === "claimed") last = claimed.epoch;
      }
      await ask((answer) => before.revokeLease(lease, answer));
    }
    assert.ok(last > 10_000, "past the first promise");
    before.close();
    const after = new MemoryCoordination({ file: coordinationFile(path) });
    assert.ok((await claimFrom(after, "/own/a")) > last);
    after.close();
  });
});

test("a torn, altered or empty file is an error that names it, never a fresh start", async () => {
  await inFolder(async (path) => {
    const store = new MemoryCoordination({ file: coordinationFile(path) });
    await ask((answer) => store.put({ key: "/state/x", value: "1" }, answer));
    store.close();
    const whole = readFileSync(path, "utf8");
    for (const damaged of [whole.slice(0, -5), whole.replace('"1"', '"2"'), "", "{}"]) {
      writeFileSync(path, damaged);
      assert.throws(() => new MemoryCoordination({ file: coordinationFile(path) }), /is damaged/);
    }
    writeFileSync(path, whole);
    new MemoryCoordination({ file: coordinationFile(path) }).close();
  });
});

test("puts of one turn share a write, and none is answered before it", async () => {
  const events: string[] = [];
  const store = new MemoryCoordination({
    file: { read: () => undefined, write: ({ keys }) => events.push(`write ${keys.length}`) },
  });
  const puts = ["a", "b", "c"].map((key) =>
    ask((answer) => store.put({ key: `/state/${key}`, value: "" }, answer)).then(() =>
      events.push(`answer ${key}`),
    ),
  );
  await Promise.all(puts);
  assert.deepEqual(events, ["write 0", "write 3", "answer a", "answer b", "answer c"]);
  store.close();
});

test("a disk that refuses makes a put unknown", async () => {
  let isFull = false;
  const store = new MemoryCoordination({
    file: {
      read: () => undefined,
      write: () => {
        if (isFull) throw new Error("no space left");
      },
    },
  });
  isFull = true;
  const outcome = await ask<{ readonly kind: string }>((answer) =>
    store.put({ key: "/state/x", value: "1" }, answer),
  );
  assert.equal(outcome.kind, "unknown");
  store.close();
});

const faulty = (fault: QuestionFault) => {
  const clock = new VirtualClock();
  const answers: unknown[] = [];
  const store = new MemoryCoordination({
    clock,
    faultOf: (question) => (question.startsWith("claim") ? fault : undefined),
  });
  store.grantLease(5_000, (granted) => {
    if (granted.kind !== "granted") return;
    store.claim({ key: "/own/a", value: "p1", lease: granted.lease }, (outcome) =>
      answers.push({ kind: outcome.kind, atMs: clock.nowMs() }),
    );
  });
  clock.advance(1_000);
  let list: KeyList | undefined;
  store.watch("/own/", (keys) => {
    list = keys;
  });
  clock.advance(1);
  return { answers, keys: list?.entries.length };
};

test("an unanswered claim may have taken effect, or not, and an answer may be late", () => {
  assert.deepEqual(faulty({ takesEffect: true, isAnswered: false, afterMs: 600 }), {
    answers: [{ kind: "unknown", atMs: 600 }],
    keys: 1,
  });
  assert.deepEqual(faulty({ takesEffect: false, isAnswered: false, afterMs: 600 }), {
    answers: [{ kind: "unknown", atMs: 600 }],
    keys: 0,
  });
  assert.deepEqual(faulty({ takesEffect: true, isAnswered: true, afterMs: 700 }), {
    answers: [{ kind: "claimed", atMs: 700 }],
    keys: 1,
  });
});

test("a change of leader gives leases their whole length anew", () => {
  const clock = new VirtualClock();
  const store = new MemoryCoordination({ clock });
  let lease = "";
  store.grantLease(2_000, (granted) => {
    if (granted.kind === "granted") lease = granted.lease;
  });
  clock.advance(1_500);
  store.refreshLeases();
  clock.advance(1_500);
  const outcomes: string[] = [];
  store.keepLease(lease, ({ kind }) => outcomes.push(kind));
  clock.advance(2_500);
  store.keepLease(lease, ({ kind }) => outcomes.push(kind));
  clock.advance(1);
  assert.deepEqual(outcomes, ["kept", "lost"]);
});

test("on the real clock a lease ends by itself", async () => {
  const store = new MemoryCoordination({});
  const granted = await ask<LeaseGrant | Unknown>((answer) => store.grantLease(30, answer));
  assert.ok(granted.kind === "granted");
  const { lease } = granted;
  await ask((answer) => store.claim({ key: "/own/a", value: "", lease }, answer));
  const lists: KeyList[] = [];
  store.watch("/own/", (list) => lists.push(list));
  await sleep(80);
  assert.deepEqual(
    lists.map(({ entries }) => entries.length),
    [1, 0],
  );
  store.close();
});
