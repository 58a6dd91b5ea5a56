import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address, AnyActor, Effect } from "#shared/actor/actor.ts";
import { coordinationAddress } from "#shared/messages/addresses.ts";
import type { Start } from "#shared/messages/to-worker.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import { onlyQuad } from "#shared/model/quad-tokenizer.ts";
import type {
  AdapterDigest,
  PoolId,
  RequestId,
  TenantId,
  WorkerHostId,
} from "#shared/model/ids.ts";
import type { Replica } from "./engine/replica.ts";
import { createSimulatedEngine } from "./engine/simulated-engine.actor.ts";
import type { WorkerState } from "./worker-state.ts";
import { createWorker } from "./worker.actor.ts";

const spec: SimulatedEngineSpec = {
  kind: "simulated",
  profile: "llama3_8b/tp1/bfloat16",
  gpus: 1,
  kvBlocks: 1000,
  kvBlockTokens: 16,
  sequencesMax: 8,
  stepTokensMax: 2048,
  adapterSlots: 0,
  timeScale: 1,
  faultText: "FAULT:",
};

const workerAt = "worker/w1" as Address;
const engineAt = "engine/w1" as Address;

interface Told {
  readonly to: Address;
  readonly atMs: number;
  readonly message: { readonly kind: string; readonly [field: string]: unknown };
}

interface Asked {
  readonly outputTokens?: number;
  readonly aloneUntilIndex?: number;
}

/** A worker and its engine in virtual time, and all that they say to others. */
class Pair {
  readonly #worker: AnyActor = createWorker(
    { pool: "p" as PoolId, host: "h" as WorkerHostId, zone: "z" },
    "meter/p" as Address,
    onlyQuad,
  );
  readonly #engine: AnyActor;
  readonly state: WorkerState = this.#worker.init(workerAt) as WorkerState;
  readonly replica: Replica;
  /** Nothing that the engine says is heard. */
  isMute = false;
  readonly #timers = new Map<string, { atMs: number; to: Address; message: unknown }>();
  readonly told: Told[] = [];
  readonly notes: { readonly event: string; readonly [field: string]: string | number }[] = [];
  nowMs = 0;

  constructor(fields: Partial<SimulatedEngineSpec> = {}) {
    this.#engine = createSimulatedEngine({ ...spec, ...fields });
    this.replica = this.#engine.init(engineAt) as Replica;
    this.tell(coordinationAddress("c"), { kind: "placed", incarnation: 1 });
  }

  tell(from: Address, message: unknown, to: Address = workerAt): void {
    const queue = [{ to, from, message }];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const arrival = { from: next.from, nowMs: this.nowMs, message: next.message };
      const effects =
        next.to === workerAt
          ? this.#worker.receive(this.state, arrival)
          : this.#engine.receive(this.replica, arrival);
      for (const effect of effects) {
        const inside = this.#apply(next.to, effect);
        if (inside !== undefined) queue.push(inside);
      }
    }
  }

  #apply(self: Address, effect: Effect) {
    const key = `${self} ${"timer" in effect ? effect.timer : ""}`;
    if (effect.kind === "arm") {
      this.#timers.set(key, { atMs: effect.atMs, to: self, message: effect.message });
    } else if (effect.kind === "disarm") {
      this.#timers.delete(key);
    } else if (effect.kind === "note") {
      this.notes.push({ ...effect.fields, event: effect.event });
    } else if (effect.to === workerAt && self === engineAt && this.isMute) {
      return undefined;
    } else if (effect.to === workerAt || effect.to === engineAt) {
      return { to: effect.to, from: self, message: effect.message };
    } else {
      const message = effect.message as Told["message"];
      this.told.push({ to: effect.to, atMs: this.nowMs, message });
      if (message.kind === "tokens") this.#acknowledge(effect.to, message);
    }
    return undefined;
  }

  #acknowledge(session: Address, message: Told["message"]): void {
    const { requestId, attempt, firstIndex, tokens } = message;
    const nextIndex = Number(firstIndex) + (tokens as readonly unknown[]).length;
    const ack = { kind: "ack", requestId, attempt, nextIndex, isBehind: false };
    this.#timers.set(`ack ${String(requestId)}`, { atMs: this.nowMs, to: workerAt, message: ack });
    this.#sessions.set(ack, session);
  }

  readonly #sessions = new Map<unknown, Address>();

  wait(forMs: number): void {
    const untilMs = this.nowMs + forMs;
    for (;;) {
      const [key, timer] = [...this.#timers].reduce(
        (first, other) => (other[1].atMs < first[1].atMs ? other : first),
        ["", { atMs: Infinity, to: workerAt, message: undefined }],
      );
      if (timer.atMs > untilMs) break;
      this.#timers.delete(key);
      this.nowMs = Math.max(this.nowMs, timer.atMs);
      this.tell(this.#sessions.get(timer.message) ?? timer.to, timer.message, timer.to);
    }
    this.nowMs = untilMs;
  }

  /** A request that puts out `outputTokens`, unless its text says otherwise. */
  start(name: string, text: string, { outputTokens = 400, ...more }: Asked = {}): void {
    const promptBytes = new TextEncoder().encode(text.padEnd(400, "."));
    const start: Start = {
      kind: "start",
      requestId: name.padStart(32, "0") as RequestId,
      attempt: 1,
      incarnation: 1,
      shard: 1,
      shardEpoch: 1,
      poolEpoch: 1,
      tenant: "acme" as TenantId,
      weight: 1,
      namespace: "n",
      adapterDigest: "" as AdapterDigest,
      promptBytes,
      promptDigest: name,
      promptTokens: promptBytes.length / 4,
      forcedPrefix: [],
      outputTokensMax: outputTokens,
      outputTokensMin: outputTokens,
      ignoreEos: true,
      sampling: {},
      outputTokensGranted: outputTokens,
      ...more,
    };
    this.tell(`session/e/${name}` as Address, start);
  }

  faults = (): (string | number | undefined)[] =>
    this.notes.filter(({ event }) => event === "worker.engine-fault").map(({ fault }) => fault);

  heardBy = (name: string): Told[] => this.told.filter(({ to }) => to === `session/e/${name}`);

  returnedOf = (name: string): unknown[] =>
    this.heardBy(name).flatMap(({ message }) =>
      message.kind === "returned" ? [message["reason"]] : [],
    );
}

test("an engine that falls silent is found hung, killed, and what it had is suspected", () => {
  const pair = new Pair();
  pair.start("a", "plain");
  pair.start("b", "FAULT:hung20 and more");
  pair.wait(5000);
  assert.ok(pair.replica.isHung);
  assert.deepEqual(pair.faults(), []);
  pair.wait(9000);
  assert.deepEqual(pair.faults(), ["hung"]);
  const [crashed] = pair.notes.filter(({ event }) => event === "worker.engine-crashed");
  assert.equal(crashed?.["fault"], "hung");
  assert.equal(pair.notes.filter(({ event }) => event === "worker.suspected").length, 2);
  assert.equal(pair.returnedOf("a")[0], "engine-crashed");
  pair.wait(3000);
  assert.ok(!pair.replica.isHung && pair.state.engineUp !== undefined);
  pair.start("c", "another");
  pair.wait(5000);
  assert.ok(pair.heardBy("c").some(({ message }) => "end" in message));
});

test("an engine that is silent when its worker's registration is lost is suspected, and alone it proves nothing", () => {
  const pair = new Pair();
  pair.start("a", "FAULT:hung20 and more", { aloneUntilIndex: 30 });
  pair.wait(2500);
  const signs = pair
    .heardBy("a")
    .flatMap(({ message }) => (message.kind === "alive" ? [message] : []));
  assert.deepEqual(
    signs.map(({ isEngineSilent }) => isEngineSilent),
    [undefined, true, true, true, true],
    "the first sign is of what ran until it fell silent",
  );
  pair.tell(coordinationAddress("c"), { kind: "registration-lost" });
  assert.deepEqual(pair.faults(), ["silent"]);
  const [told] = pair.heardBy("a").filter(({ message }) => message.kind === "returned");
  assert.equal(told?.message["reason"], "engine-crashed");
  assert.deepEqual(told.message["crash"], { isAlone: false, outputIndex: 20, worker: "w1" });
  assert.equal(pair.replica.isHung, false);
});

test("an engine that speaks when its worker's registration is lost casts no suspicion", () => {
  const pair = new Pair();
  pair.start("a", "plain", { outputTokens: 4000 });
  pair.wait(2500);
  pair.tell(coordinationAddress("c"), { kind: "registration-lost" });
  assert.deepEqual(pair.faults(), []);
  assert.deepEqual(pair.returnedOf("a"), ["engine-lost"]);
});

test("an idle engine is not hung, whatever it leaves unanswered, nor is one in a leap of the clock", () => {
  const pair = new Pair();
  pair.isMute = true;
  pair.wait(60_000);
  pair.isMute = false;
  pair.start("a", "plain");
  // The clock leaps: one beat, not twenty.
  pair.nowMs += 30_000;
  pair.wait(20_000);
  assert.deepEqual(pair.faults(), []);
  assert.ok(pair.state.engineUp !== undefined);
});

test("logits that are no numbers end that sequence alone, with a name, and its session asks elsewhere", () => {
  const pair = new Pair();
  pair.start("a", "plain");
  pair.start("b", "FAULT:nan10 rest");
  pair.wait(10_000);
  assert.deepEqual(pair.faults(), ["nan"]);
  assert.deepEqual(pair.returnedOf("b"), ["engine-lost"]);
  const tokens = pair.heardBy("b").flatMap(({ message }) => message["tokens"] ?? []);
  assert.equal(tokens.length, 10);
  assert.ok(pair.heardBy("a").some(({ message }) => "end" in message));
  assert.equal(pair.state.live.size, 0);
});

test("a GPU with an ECC error takes all with it, and nobody is suspected", () => {
  const pair = new Pair();
  pair.start("a", "plain");
  pair.start("b", "FAULT:ecc5 rest");
  pair.wait(1000);
  const crashed = pair.notes.find(({ event }) => event === "worker.engine-crashed");
  assert.equal(crashed?.["fault"], "ecc");
  assert.deepEqual(pair.faults(), ["ecc"]);
  assert.deepEqual(pair.returnedOf("a"), ["engine-lost"]);
  assert.ok(pair.notes.every(({ event }) => event !== "worker.suspected"));
  assert.ok(pair.state.engineUp === undefined);
  pair.wait(20_000);
  assert.ok(pair.state.engineUp !== undefined);
});

for (const fault of ["ecc", "gpu-lost", "gpu-reset", "xid"] as const) {
  test(`${fault}, told of a real GPU, takes all with it, and nobody is suspected`, () => {
    const pair = new Pair();
    pair.start("a", "plain");
    pair.wait(100);
    pair.tell(engineAt, { kind: "engine-crashed", reason: "words", fault, restartMs: 20_000 });
    assert.deepEqual(pair.faults(), [fault]);
    assert.deepEqual(pair.returnedOf("a"), ["engine-lost"]);
    assert.ok(pair.notes.every(({ event }) => event !== "worker.suspected"));
    assert.ok(pair.state.engineUp === undefined && pair.state.engineCrashes === 1);
  });
}

test("CUDA out of memory is a crash with a name, and a suspicion", () => {
  const pair = new Pair();
  pair.start("b", "FAULT:cuda-oom rest");
  pair.wait(1000);
  const crashed = pair.notes.find(({ event }) => event === "worker.engine-crashed");
  assert.equal(crashed?.["fault"], "cuda-oom");
  assert.equal(pair.notes.filter(({ event }) => event === "worker.suspected").length, 1);
  pair.wait(3000);
  assert.ok(pair.state.engineUp !== undefined);
});

test("an engine that crawls is found slow once, and long prompts beside decodes are not", () => {
  const pair = new Pair({ stepTokensMax: 4096, kvBlocks: 4000 });
  pair.start("a", "plain", { outputTokens: 900 });
  pair.wait(1000);
  // Ten steps of more than 80 ms, where one takes 7.
  pair.start("p", "long ".padEnd(160_000, "p"), { outputTokens: 3 });
  pair.wait(1500);
  assert.ok(pair.heardBy("p").some(({ message }) => "end" in message));
  assert.deepEqual(pair.faults(), []);
  pair.start("b", "FAULT:slow rest", { outputTokens: 60 });
  pair.wait(8000);
  assert.deepEqual(pair.faults(), ["slow"]);
  const found = pair.notes.find(({ event }) => event === "worker.engine-fault");
  assert.ok(Number(found?.["stepMs"]) > 8 * Number(found?.["usualMs"]));
});

test("without its host's word no text brings a fault", () => {
  const engine = createSimulatedEngine({ ...spec, faultText: "OTHER:" });
  const replica = engine.init(engineAt);
  const pair = new Pair();
  pair.start("a", "FAULT: hung FAULTY");
  pair.wait(8000);
  assert.deepEqual(pair.faults(), []);
  assert.ok(!replica.isHung);
});
