import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { after, describe, test } from "node:test";
import type { IEvent, IKeyValue, IWatchRequest } from "etcd3";
import type { KeyList } from "./coordination.ts";
import type { EtcdConnection } from "./etcd-connection.ts";
import type { EtcdEndpoints } from "./etcd-endpoints.ts";
import { eventually } from "./etcd-store.cases.ts";
import type { WatchPace } from "./etcd-watch.ts";
import { EtcdWatch } from "./etcd-watch.ts";

/** A stream whose other end is the test. */
class Stream extends EventEmitter {
  readonly asked: IWatchRequest[] = [];
  isCancelled = false;
  write(request: IWatchRequest): void {
    this.asked.push(request);
  }
  end(): void {}
  cancel(): void {
    this.isCancelled = true;
  }
  says(response: object): void {
    this.emit("data", { canceled: false, compact_revision: "0", events: [], ...response });
  }
}

const entry = (key: string, revision: number): IKeyValue => ({
  key: Buffer.from(key),
  value: Buffer.from(`at ${revision}`),
  create_revision: String(revision),
  mod_revision: String(revision),
  version: "1",
  lease: "0",
});
const put = (key: string, revision: number): IEvent =>
  ({ type: "Put", kv: entry(key, revision) }) as unknown as IEvent;
const gone = (key: string, revision: number): IEvent =>
  ({ type: "Delete", kv: entry(key, revision) }) as unknown as IEvent;

/** A tenth of the fleet's. */
const pace: WatchPace = {
  heartbeatEveryMs: 100,
  compareEveryMs: 500,
  compareGraceMs: 50,
  relistAfterMs: 10,
  relistAfterMaxMs: 100,
};

const watches: EtcdWatch[] = [];
after(() => {
  for (const watch of watches) watch.stop();
});

/** One watch over an etcd that is the test's to say. */
function started(entries: readonly IKeyValue[] = [], revision = 10) {
  const etcd = { revision, entries: [...entries], isDown: false };
  const streams: Stream[] = [];
  const lists: KeyList[] = [];
  const notes: string[] = [];
  const left: string[] = [];
  const connection = {
    kv: {
      range: async () => {
        if (etcd.isDown) throw new Error("no answer");
        return { header: { revision: String(etcd.revision) }, kvs: [...etcd.entries] };
      },
    },
    watchClient: {
      watch: async () => {
        const stream = new Stream();
        streams.push(stream);
        return stream;
      },
    },
  } as unknown as EtcdConnection;
  const endpoints = {
    current: () => connection,
    leave: (_: EtcdConnection, why: string) => left.push(why),
  } as unknown as EtcdEndpoints;
  const watch = new EtcdWatch({
    endpoints,
    prefix: "/own/",
    pace,
    onKeys: (list) => lists.push(list),
    note: (_event, { why }) => notes.push(String(why)),
  });
  watches.push(watch);
  const keys = (): string =>
    lists
      .at(-1)
      ?.entries.map(({ key }) => key)
      .join(" ") ?? "untold";
  const stream = (count: number): Promise<unknown> =>
    eventually(`stream ${count}`, 2_000, () => streams.length === count);
  return { etcd, streams, lists, notes, left, watch, keys, stream };
}

const told = (world: ReturnType<typeof started>, keys: string): Promise<unknown> =>
  eventually(`told "${keys}" (now "${world.keys()}")`, 2_000, () => world.keys() === keys);

describe("a watch of etcd", { concurrency: true }, () => {
  test("follows from the revision after its list, and tells bursts as one list", async () => {
    const world = started([entry("/own/a", 7)]);
    await world.stream(1);
    assert.deepEqual(world.streams[0]?.asked[0]?.create_request?.start_revision, "11");
    await told(world, "/own/a");
    world.streams[0]?.says({ events: [put("/own/c", 11)] });
    world.streams[0]?.says({ events: [gone("/own/a", 12), put("/own/b", 12)] });
    await told(world, "/own/b /own/c");
    assert.equal(world.lists.length, 2);
    assert.equal(world.lists[1]?.revision, 12);
    // What is in the list already is not told again, however late it comes.
    world.streams[0]?.says({ events: [gone("/own/b", 9)] });
    world.streams[0]?.says({ events: [put("/own/d", 13)] });
    await told(world, "/own/b /own/c /own/d");
    assert.equal(world.lists.length, 3);
    world.watch.stop();
    assert.equal(world.streams[0]?.isCancelled, true);
  });

  for (const [what, end, why] of [
    [
      "compaction",
      (stream: Stream) => stream.says({ canceled: true, compact_revision: "40" }),
      /compacted up to 40/,
    ],
    [
      "a cancel",
      (stream: Stream) => stream.says({ canceled: true, cancel_reason: "no leader" }),
      /cancelled: no leader/,
    ],
    ["an error", (stream: Stream) => stream.emit("error", new Error("broken")), /broken/],
    ["the stream's end", (stream: Stream) => stream.emit("end"), /ended the stream/],
  ] as const) {
    test(`lists again after ${what}, though the store is away for a while`, async () => {
      const world = started([entry("/own/a", 7)]);
      await world.stream(1);
      world.etcd.isDown = true;
      const [first] = world.streams;
      assert.ok(first !== undefined);
      end(first);
      await eventually("noticed at once", 300, () => world.notes.length > 0);
      assert.match(world.notes[0] ?? "", why);
      await eventually("tries in vain", 2_000, () => world.notes.length >= 3);
      world.etcd.entries = [entry("/own/b", 45)];
      world.etcd.revision = 50;
      world.etcd.isDown = false;
      await told(world, "/own/b");
      await world.stream(2);
      assert.deepEqual(world.streams[1]?.asked[0]?.create_request?.start_revision, "51");
      // The earlier stream is not heard any more.
      first.says({ events: [put("/own/z", 60)] });
      first.emit("error", new Error("late"));
      world.streams[1]?.says({ events: [put("/own/c", 51)] });
      await told(world, "/own/b /own/c");
      world.watch.stop();
    });
  }

  test("leaves a connection that fell silent before its third question", async () => {
    const world = started();
    await world.stream(1);
    await eventually("left", 320, () => world.left.length === 1);
    await world.stream(2);
    const quietMs = 400;
    const answering = setInterval(() => world.streams[1]?.says({}), 20);
    await assert.rejects(eventually("left again", quietMs, () => world.left.length === 2));
    clearInterval(answering);
    world.watch.stop();
  });

  test("notices changes that the stream silently left out", async () => {
    const world = started([entry("/own/a", 7)]);
    await world.stream(1);
    const answering = setInterval(() => world.streams.at(-1)?.says({}), 20);
    world.etcd.entries = [entry("/own/b", 11)];
    world.etcd.revision = 11;
    await eventually("relisted", 900, () => world.keys() === "/own/b");
    assert.deepEqual(world.notes, ["changes were left out"]);
    await world.stream(2);
    // From now on the stream tells all: no comparison interrupts it.
    world.streams[1]?.says({ events: [put("/own/c", 12)] });
    world.etcd.entries = [entry("/own/b", 11), entry("/own/c", 12)];
    world.etcd.revision = 12;
    await assert.rejects(eventually("a third stream", 800, () => world.streams.length === 3));
    clearInterval(answering);
    world.watch.stop();
  });

  test("tells nothing of a store whose revision went back", async () => {
    const world = started([entry("/own/a", 7)]);
    await world.stream(1);
    await told(world, "/own/a");
    world.etcd.revision = 5;
    world.etcd.entries = [];
    world.streams[0]?.emit("end");
    await eventually("noticed", 2_000, () => world.notes.includes("etcd's revision went back"));
    assert.equal(world.keys(), "/own/a");
    world.watch.stop();
  });
});
