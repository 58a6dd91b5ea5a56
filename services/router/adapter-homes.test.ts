import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdapterDigest, WorkerHostId, WorkerId } from "#shared/model/ids.ts";
import { AdapterHomes, homesAmong } from "./adapter-homes.ts";
import type { WorkerView } from "./worker-view.ts";
import { workerView } from "./worker-view.ts";

const names = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `worker-${at}`);

const worker = (name: string, facts: Partial<WorkerView> = {}): WorkerView => {
  const host = `host-of-${name}` as WorkerHostId;
  const member = { worker: name as WorkerId, incarnation: 1, zone: "a", host };
  return { ...workerView(member), ...facts };
};

const adapter = (at: number): AdapterDigest => `adapter-${at}` as AdapterDigest;
const adapters = Array.from({ length: 2000 }, (_, at) => adapter(at));
const homeOf = (workers: readonly WorkerView[], digest: AdapterDigest): string | undefined =>
  homesAmong(workers, digest, 1)[0]?.worker;

test("adapters are at home on all workers alike", () => {
  const workers = names(8).map((name) => worker(name));
  const counts = new Map<string | undefined, number>();
  for (const digest of adapters) {
    const home = homeOf(workers, digest);
    counts.set(home, (counts.get(home) ?? 0) + 1);
  }
  assert.equal(counts.size, 8);
  for (const count of counts.values()) assert.ok(count > 200 && count < 300, `${count} of 2,000`);
});

test("a worker that goes moves its own adapters and no others; its return brings them back", () => {
  const workers = names(8).map((name) => worker(name));
  const left = workers.slice(1);
  for (const digest of adapters) {
    const before = homeOf(workers, digest);
    if (before !== "worker-0") assert.equal(homeOf(left, digest), before);
    else assert.equal(homeOf(left, digest), homesAmong(workers, digest, 2)[1]?.worker);
  }
});

test("one that is cordoned, or has no slots, is nobody's home", () => {
  const workers = [
    worker("a", { isCordoned: true }),
    worker("b", { adapterSlots: 0 }),
    worker("c"),
  ];
  for (const digest of adapters.slice(0, 50)) assert.equal(homeOf(workers, digest), "c");
});

const homesIn = (placement: "home" | "homes") => {
  const workers = new Map(names(8).map((name) => [name, worker(name)]));
  return new AdapterHomes(placement, workers);
};

test("the popular have several homes, among them the one they had, and lose them when they are so no more", () => {
  const homes = homesIn("homes");
  const [first] = homes.homesOf(adapter(0), 0);
  for (let at = 0; at < 400; at++) homes.placed(at % 3 === 0 ? adapter(0) : adapter(at), at * 10);
  const popular = homes.homesOf(adapter(0), 4000);
  assert.equal(popular.length, 6, "a third of all that eight workers do, twice over, and one");
  assert.equal(popular[0], first);
  assert.equal(homes.homesOf(adapter(1), 4000).length, 1);
  for (let at = 0; at < 400; at++) homes.placed(adapter(100 + at), 60_000 + at * 10);
  assert.equal(homes.homesOf(adapter(0), 64_000).length, 1);
});

test("without replication everything has one home", () => {
  const homes = homesIn("home");
  for (let at = 0; at < 400; at++) homes.placed(adapter(0), at);
  assert.equal(homes.homesOf(adapter(0), 400).length, 1);
});

test("a load costs by size, and by where the bytes are as far as caches said", () => {
  const homes = homesIn("homes");
  const [here, there] = [worker("here"), worker("there")];
  homes.placed(adapter(0), 0);
  const unknown = homes.loadTokens(adapter(0), here);
  homes.loaded(adapter(0), here, { bytes: 671e6, tier: "disk" });
  const inRam = homes.loadTokens(adapter(0), here);
  assert.ok(inRam > 3 * unknown, "84 MB are guessed, it has 671");
  assert.ok(homes.loadTokens(adapter(0), there) > 100 * inRam, "there it is on disk");
  homes.loaded(adapter(0), there, { bytes: 671e6, tier: "disk" });
  assert.equal(homes.loadTokens(adapter(0), there), inRam);
});

test("what it remembers is bounded, and a look at one adapter does not grow with their number", () => {
  const homes = homesIn("homes");
  for (let at = 0; at < 20_000; at++) homes.placed(adapter(at), at);
  assert.equal(homes.remembered, 4096);
});
