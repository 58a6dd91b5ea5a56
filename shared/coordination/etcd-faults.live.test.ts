// What a fleet of three goes through with etcd: a network that swallows, a member that stops answering, a leader
// that is killed; and the only member of a small one restarted. No call outlasts its deadline, no change is missed.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { EtcdServers } from "#deploy/local/servers/etcd-servers.ts";
import { startEtcdServers } from "#deploy/local/servers/etcd-servers.ts";
import type { KeyList } from "./coordination.ts";
import { connectEtcd } from "./etcd-connection.ts";
import type { OpenCoordination } from "./etcd-coordination.ts";
import { openEtcdCoordination } from "./etcd-coordination.ts";
import type { FaultyProxy } from "./etcd-faulty-proxy.ts";
import { startFaultyProxy } from "./etcd-faulty-proxy.ts";
import { ask, claimOf, eventually, leaderAmong, leaseOf } from "./etcd-store.cases.ts";

/** The longest deadline of a call, or of a read and its second try, and a slow machine. */
const answerMaxMs = 1_400;

function serversOf(members: 1 | 3): () => EtcdServers {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-etcd-"));
  let servers: EtcdServers | undefined;
  before(async () => {
    servers = await startEtcdServers({ folder, members });
  });
  after(async () => {
    // What a test stopped hears no other signal.
    for (const member of servers?.members ?? []) member.signal("SIGKILL");
    await servers?.stop();
    rmSync(folder, { recursive: true });
  });
  return () => {
    assert.ok(servers !== undefined);
    return servers;
  };
}

/** Closed after the test, however it ended. */
async function opened(t: TestContext, endpoints: readonly string[]): Promise<OpenCoordination> {
  const store = await openEtcdCoordination({ endpoints });
  t.after(() => store.close());
  return store;
}

async function proxied(t: TestContext, endpoint: string): Promise<FaultyProxy> {
  const proxy = await startFaultyProxy(endpoint);
  t.after(() => proxy.stop());
  return proxy;
}

/** The newest list that a watch told; revisions that went back fail the test that asks. */
function watched(store: OpenCoordination, prefix: string): () => KeyList {
  let newest: KeyList = { revision: 0, entries: [] };
  let wentBack = "";
  store.watch(prefix, (list) => {
    if (list.revision < newest.revision) wentBack = `${newest.revision} → ${list.revision}`;
    newest = list;
  });
  return () => {
    assert.equal(wentBack, "", "revisions went back");
    return newest;
  };
}

const holds = (list: KeyList, key: string): boolean => list.entries.some((one) => one.key === key);

/** Asks until the key is ours, each time within the deadline; how often it was unknown. */
async function claimAtLast(store: OpenCoordination, key: string, lease: string): Promise<number> {
  for (let unknowns = 0; unknowns < 20; unknowns++) {
    const beganMs = performance.now();
    const outcome = await claimOf(store, key, { lease });
    assert.ok(performance.now() - beganMs < answerMaxMs, "answered within its deadline");
    if (outcome.kind === "claimed") return unknowns;
    assert.equal(outcome.kind, "unknown", JSON.stringify(outcome));
  }
  throw new Error(`${key} was never claimed`);
}

describe("one etcd", () => {
  const servers = serversOf(1);

  test("a restart of the only member keeps keys, leases and epochs, and watches go on", async (t) => {
    const { endpoints, members } = servers();
    const store = await opened(t, endpoints);
    const lease = await leaseOf(store, 10_000);
    const claimed = await claimOf(store, "/own/a", { lease });
    assert.ok(claimed.kind === "claimed");
    await ask((answer) => store.put({ key: "/state/x", value: "kept" }, answer));
    const list = watched(store, "/own/");
    await eventually("listed", 2_000, () => holds(list(), "/own/a"));
    await members[0]?.restart();
    await eventually("kept again", 3_000, async () => {
      const kept = await ask<{ readonly kind: string }>((answer) => store.keepLease(lease, answer));
      assert.notEqual(kept.kind, "lost");
      return kept.kind === "kept";
    });
    assert.deepEqual(await claimOf(store, "/own/a", { lease }), claimed);
    const got = await ask<{ readonly kind: string; readonly value?: string }>((answer) =>
      store.get("/state/x", answer),
    );
    assert.equal(got.value, "kept");
    const next = await claimOf(store, "/own/b", { lease });
    assert.ok(next.kind === "claimed" && next.epoch > claimed.epoch);
    await eventually("watched on", 4_000, () => holds(list(), "/own/b"));
  });

  test("what is compacted while a watch is cut off is in its next list", async (t) => {
    const [endpoint = ""] = servers().endpoints;
    const proxy = await proxied(t, endpoint);
    const cutOff = await opened(t, [proxy.endpoint]);
    const store = await opened(t, [endpoint]);
    const lease = await leaseOf(store, 10_000);
    await claimOf(store, "/pool/a", { lease });
    const list = watched(cutOff, "/pool/");
    await eventually("listed", 2_000, () => holds(list(), "/pool/a"));
    proxy.blackhole();
    await ask((answer) => store.release("/pool/a", lease, answer));
    const claimed = await claimOf(store, "/pool/b", { lease });
    assert.ok(claimed.kind === "claimed");
    const connection = connectEtcd(endpoint);
    const options = { deadline: Date.now() + 2_000 };
    await connection.kv.compact({ revision: String(claimed.epoch), physical: true }, options);
    connection.close();
    proxy.heal();
    await eventually("listed anew", 3_000, () => holds(list(), "/pool/b"));
    assert.ok(!holds(list(), "/pool/a"));
  });
});

describe("three etcds", { concurrency: false }, () => {
  const servers = serversOf(3);

  test("an endpoint behind a network that swallows all: every call answered in time, the next elsewhere", async (t) => {
    const { endpoints } = servers();
    const [nearest = "", ...others] = endpoints;
    const proxy = await proxied(t, nearest);
    const store = await opened(t, [proxy.endpoint, ...others]);
    const lease = await leaseOf(store, 10_000);
    const list = watched(store, "/zone/");
    await claimAtLast(store, "/zone/a", lease);
    await eventually("listed", 2_000, () => holds(list(), "/zone/a"));
    proxy.blackhole();
    const beganMs = performance.now();
    const outcomes = await Promise.all([
      ask<{ readonly kind: string }>((answer) => store.keepLease(lease, answer)),
      claimOf(store, "/zone/b", { lease }),
      ask<{ readonly kind: string }>((answer) => store.grantLease(5_000, answer)),
      ask<{ readonly kind: string }>((answer) => store.put({ key: "/s", value: "1" }, answer)),
      ask<{ readonly kind: string }>((answer) => store.get("/state/none", answer)),
    ]);
    assert.ok(performance.now() - beganMs < answerMaxMs, "all within their deadlines");
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ["unknown", "unknown", "unknown", "unknown", "absent"],
    );
    assert.equal(await claimAtLast(store, "/zone/b", lease), 0, "the next call went elsewhere");
    await eventually("the watch moved too", 3_500, () => holds(list(), "/zone/b"));
  });

  test("a stopped member: its callers go to another, and nothing is missed", async (t) => {
    const { endpoints, members } = servers();
    const store = await opened(t, endpoints);
    const lease = await leaseOf(store, 10_000);
    const list = watched(store, "/stop/");
    await claimAtLast(store, "/stop/a", lease);
    await eventually("listed", 2_000, () => holds(list(), "/stop/a"));
    members[0]?.signal("SIGSTOP");
    await claimAtLast(store, "/stop/b", lease);
    const waitedMs = await eventually("the watch moved", 5_000, () => holds(list(), "/stop/b"));
    assert.ok(waitedMs < 5_000);
    members[0]?.signal("SIGCONT");
  });

  test("the leader is killed during claims, keeps and puts: epochs grow, no two own at once", async (t) => {
    const { endpoints, members } = servers();
    const stores = await Promise.all(
      [0, 1, 2].map((first) =>
        opened(t, [...endpoints.slice(first), ...endpoints.slice(0, first)]),
      ),
    );
    const leader = await leaderAmong(members);
    const list = watched(stores[0] as OpenCoordination, "/own/");
    const contest = new Contest();
    const untilMs = performance.now() + 5_500;
    const kill = sleep(700).then(() => leader.signal("SIGKILL"));
    await Promise.all(stores.map((store, index) => contest.contend(store, `p${index}`, untilMs)));
    await kill;
    assert.deepEqual(contest.violations, []);
    assert.ok(contest.claims > 20, `${contest.claims} claims`);
    assert.ok(
      contest.claimsAfterMs(performance.now() - 1_500) > 5,
      "claims go on after the election",
    );
    // The watch agrees with what the store says in the end.
    const [store] = stores as [OpenCoordination];
    const lease = await leaseOf(store);
    assert.equal((await claimOf(store, "/own/last", { lease })).kind, "claimed");
    await eventually("the watch saw it", 4_000, () => holds(list(), "/own/last"));
  });
});

/** Several processes that contend for one key, write under its fence, and give it back. */
class Contest {
  readonly violations: string[] = [];
  #highestEpoch = 0;
  readonly #claimedAtMs: number[] = [];
  #holder = "";
  /** What was acknowledged, or may have been written, in order. */
  #acknowledged = 0;

  get claims(): number {
    return this.#claimedAtMs.length;
  }

  claimsAfterMs(ms: number): number {
    return this.#claimedAtMs.filter((atMs) => atMs > ms).length;
  }

  async contend(store: OpenCoordination, process: string, untilMs: number): Promise<void> {
    const lease = await leaseOf(store, 8_000);
    let keptAtMs = performance.now();
    while (performance.now() < untilMs) {
      if (performance.now() - keptAtMs > 500) {
        const kept = await ask<{ readonly kind: string }>((answer) =>
          store.keepLease(lease, answer),
        );
        if (kept.kind === "lost") this.violations.push(`${process} lost a lease that was kept`);
        keptAtMs = performance.now();
      }
      await this.#turn(store, { process, lease });
    }
  }

  async #turn(
    store: OpenCoordination,
    { process, lease }: { readonly process: string; readonly lease: string },
  ): Promise<void> {
    const key = "/own/contested";
    const outcome = await claimOf(store, key, { lease, value: process });
    if (outcome.kind !== "claimed") {
      await sleep(5);
      return;
    }
    if (this.#holder !== "") this.violations.push(`${process} beside ${this.#holder}`);
    if (outcome.epoch <= this.#highestEpoch) this.violations.push(`epoch ${outcome.epoch} again`);
    this.#holder = process;
    this.#highestEpoch = outcome.epoch;
    this.#claimedAtMs.push(performance.now());
    await this.#write(store, { key, epoch: outcome.epoch });
    this.#holder = "";
    await eventually("released", 6_000, async () => {
      const released = await ask<{ readonly kind: string }>((answer) =>
        store.release(key, lease, answer),
      );
      return released.kind === "released";
    });
  }

  /** A put that was not answered may stand: read back, it is the value before or its own, never less. */
  async #write(
    store: OpenCoordination,
    fence: { readonly key: string; readonly epoch: number },
  ): Promise<void> {
    const value = this.#acknowledged + 1;
    const put = await ask<{ readonly kind: string }>((answer) =>
      store.put({ key: "/state/count", value: String(value), fence }, answer),
    );
    if (put.kind === "fenced") this.violations.push(`a standing claim was fenced: ${fence.epoch}`);
    let stands: number | undefined;
    await eventually("read back", 6_000, async () => {
      stands = await this.#standing(store);
      return stands !== undefined;
    });
    const isRight = stands === value || (put.kind === "unknown" && stands === value - 1);
    if (!isRight) this.violations.push(`${stands} stands after ${put.kind} of ${value}`);
    this.#acknowledged = stands ?? value;
  }

  async #standing(store: OpenCoordination): Promise<number | undefined> {
    const got = await ask<{ readonly kind: string; readonly value?: string }>((answer) =>
      store.get("/state/count", answer),
    );
    if (got.kind === "unknown") return undefined;
    return got.kind === "absent" ? 0 : Number(got.value);
  }
}
