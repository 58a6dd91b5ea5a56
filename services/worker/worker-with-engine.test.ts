import { onlyQuad } from "#shared/model/quad-tokenizer.ts";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { Address, AnyActor, Effect } from "#shared/actor/actor.ts";
import { kindOf } from "#shared/messages/addresses.ts";
import type { ToRouter } from "#shared/messages/to-router.ts";
import type { Tokens, ToSession } from "#shared/messages/to-session.ts";
import type { Start, ToWorker } from "#shared/messages/to-worker.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type {
  AdapterDigest,
  PoolId,
  RequestId,
  TenantId,
  WorkerHostId,
} from "#shared/model/ids.ts";
import { attemptKey } from "#shared/model/ids.ts";
import { oracleFor, oracleLength, oracleToken } from "#shared/model/oracle.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import { assertBlocksConserved } from "./engine/block-pool.ts";
import type { Replica } from "./engine/replica.ts";
import { createSimulatedEngine } from "./engine/simulated-engine.actor.ts";
import type { WorkerState } from "./worker-state.ts";
import { createWorker } from "./worker.actor.ts";

const spec: SimulatedEngineSpec = {
  kind: "simulated",
  profile: "llama3_8b/tp1/bfloat16",
  gpus: 1,
  kvBlocks: 60,
  kvBlockTokens: 16,
  sequencesMax: 6,
  stepTokensMax: 512,
  adapterSlots: 1,
  timeScale: 1,
};

const workerAt = "worker/w1" as Address;
const engineAt = "engine/w1" as Address;

interface Delivery {
  readonly to: Address;
  readonly from: Address;
  readonly message: unknown;
}

/** One client's request: what it has received, and whether it answers. */
interface Client {
  readonly start: Start;
  readonly delivered: Token[];
  readonly legal: readonly Token[];
  acknowledges: boolean;
  isCancelled: boolean;
  end: string | undefined;
  attempt: number;
}

/** A worker and its engine in virtual time; sessions, router and queue are played, and lose what `loses` says. */
class Bench {
  readonly worker: AnyActor = createWorker(
    { pool: "p" as PoolId, host: "h" as WorkerHostId, zone: "z" },
    "meter/p" as Address,
    onlyQuad,
  );
  readonly engine: AnyActor = createSimulatedEngine(spec);
  readonly state: WorkerState = this.worker.init(workerAt) as WorkerState;
  readonly replica: Replica = this.engine.init(engineAt) as Replica;
  readonly timers = new Map<string, { atMs: number; to: Address; message: unknown }>();
  readonly clients = new Map<string, Client>();
  readonly ended = new Map<string, number>();
  readonly started = new Set<string>();
  readonly loses: () => boolean;
  preemptions = 0;
  nowMs = 0;

  constructor(loses: () => boolean) {
    this.loses = loses;
  }

  tell(message: ToWorker, from: Address = "outside" as Address): void {
    this.#deliver(workerAt, from, message);
  }

  /** Both are in one process: what they say to each other is not lost, and comes in order. */
  #deliver(to: Address, from: Address, message: unknown): void {
    const queue: Delivery[] = [{ to, from, message }];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const isWorker = next.to === workerAt;
      const arrival = { from: next.from, nowMs: this.nowMs, message: next.message };
      const effects = isWorker
        ? this.worker.receive(this.state, arrival)
        : this.engine.receive(this.replica, arrival);
      for (const effect of effects) queue.push(...this.#apply(next.to, effect));
    }
  }

  #apply(self: Address, effect: Effect): Delivery[] {
    const key = `${self} ${"timer" in effect ? effect.timer : ""}`;
    if (effect.kind === "arm") {
      this.timers.set(key, { atMs: effect.atMs, to: self, message: effect.message });
    } else if (effect.kind === "disarm") {
      this.timers.delete(key);
    } else if (effect.kind === "note") {
      if (effect.event === "worker.preempted") this.preemptions++;
    } else if (effect.to === workerAt || effect.to === engineAt) {
      return [{ to: effect.to, from: self, message: effect.message }];
    } else {
      return this.#answer(effect.to, effect.message);
    }
    return [];
  }

  #answer(to: Address, message: unknown): Delivery[] {
    if (this.loses()) return [];
    if (kindOf(to) === "session") return this.#hear(to, message as ToSession);
    if (kindOf(to) === "router") return this.#note(message as ToRouter, "router");
    return this.#note(message as ToRouter, "tenant-queue");
  }

  #note(message: ToRouter | { kind: "queue-ended" }, by: "router" | "tenant-queue") {
    if (message.kind === "router-started")
      this.started.add(attemptKey(message.requestId, message.attempt));
    if (message.kind !== "router-ended" && (message.kind as string) !== "queue-ended") return [];
    const { requestId, attempt, totals } = message as Extract<ToRouter, { kind: "router-ended" }>;
    const key = attemptKey(requestId, attempt);
    const known = this.ended.get(key);
    assert.ok(
      known === undefined || known === totals.outputTokens,
      "an end is told alike each time",
    );
    this.ended.set(key, totals.outputTokens);
    return [
      {
        to: workerAt,
        from: by as Address,
        message: { kind: "end-noted" as const, by, requestId, attempt },
      },
    ];
  }

  #hear(to: Address, message: ToSession): Delivery[] {
    const client = this.clients.get(to);
    if (client === undefined) return [];
    if (message.kind === "returned" || message.kind === "start-refused") {
      if (message.attempt === client.attempt) client.end ??= message.reason;
      return [];
    }
    if (message.kind === "alive" && message.attempt === client.attempt && client.acknowledges) {
      const isBehind = message.outputTokens > client.delivered.length;
      return isBehind ? [this.#ack(client, to, true)] : [];
    }
    if (message.kind !== "tokens" || message.attempt !== client.attempt) return [];
    return this.#take(client, to, message);
  }

  #take(client: Client, to: Address, { firstIndex, tokens, end }: Tokens) {
    if (firstIndex > client.delivered.length) return [this.#ack(client, to, true)];
    for (const token of tokens.slice(client.delivered.length - firstIndex)) {
      assert.equal(token, client.legal[client.delivered.length], "delivered is the oracle's");
      client.delivered.push(token);
    }
    if (end !== undefined) client.end = end.reason;
    return client.acknowledges ? [this.#ack(client, to, false)] : [];
  }

  #ack(client: Client, from: Address, isBehind: boolean): Delivery {
    const { requestId } = client.start;
    const { attempt, delivered } = client;
    const message = {
      kind: "ack",
      requestId,
      attempt,
      nextIndex: delivered.length,
      isBehind,
    } as const;
    return { to: workerAt, from, message };
  }

  wait(forMs: number): void {
    const untilMs = this.nowMs + forMs;
    for (;;) {
      let due: string | undefined;
      for (const [key, { atMs }] of this.timers) {
        if (due === undefined || atMs < (this.timers.get(due)?.atMs ?? 0)) due = key;
      }
      const timer = due === undefined ? undefined : this.timers.get(due);
      if (due === undefined || timer === undefined || timer.atMs > untilMs) break;
      this.timers.delete(due);
      this.nowMs = Math.max(this.nowMs, timer.atMs);
      this.#deliver(timer.to, timer.to, timer.message);
    }
    this.nowMs = untilMs;
  }

  open(promptTokens: number, outputTokensMax: number): Client {
    const name = `${this.clients.size}`.padStart(32, "0");
    const promptBytes = new TextEncoder().encode(`${promptTokens} `.padEnd(promptTokens * 4, "ab"));
    const promptDigest = createHash("sha256").update(promptBytes).digest("hex");
    const length = { outputTokensMax, outputTokensMin: 0, ignoreEos: true };
    const tenant = "acme" as TenantId;
    const adapterDigest = "" as AdapterDigest;
    const { outputTokens } = oracleLength(promptDigest, length);
    const oracle = oracleFor({ tenant, adapterDigest, promptDigest });
    const start: Start = {
      kind: "start",
      requestId: name as RequestId,
      attempt: 1,
      incarnation: 1,
      shard: 1,
      shardEpoch: 1,
      poolEpoch: 1,
      tenant,
      weight: 1,
      namespace: "n",
      adapterDigest,
      promptBytes,
      promptDigest,
      promptTokens,
      forcedPrefix: [],
      outputTokensMax,
      outputTokensMin: 0,
      ignoreEos: true,
      sampling: {},
      outputTokensGranted: outputTokensMax,
    };
    const legal = Array.from({ length: outputTokens }, (_, index) => oracleToken(oracle, index));
    const client: Client = {
      start,
      delivered: [],
      legal,
      acknowledges: true,
      isCancelled: false,
      end: undefined,
      attempt: 1,
    };
    this.clients.set(`session/e/${name}`, client);
    return client;
  }

  start(client: Client): void {
    const { start, attempt, delivered } = client;
    client.end = undefined;
    this.tell({ ...start, attempt, forcedPrefix: [...delivered] }, this.addressOf(client));
  }

  addressOf = (client: Client): Address => `session/e/${client.start.requestId}` as Address;

  check(): void {
    const tables = [...this.replica.sequences.values()].map(({ table }) => table.blocks);
    assertBlocksConserved(this.replica.pool, tables);
    for (const key of this.replica.sequences.keys()) {
      assert.ok(this.state.live.has(key), "the engine runs nothing that its worker does not know");
    }
  }
}

const action = fc.record({
  verb: fc.constantFrom(
    "open",
    "open",
    "again",
    "cancel",
    "void",
    "deafen",
    "hear",
    "wait",
    "wait",
    "wait",
  ),
  pick: fc.nat(400),
});

test("whatever is lost, cancelled, voided, retried and preempted: clients get the oracle's output once, and everything ends", () => {
  let preemptions = 0;
  let whole = 0;
  fc.assert(
    fc.property(
      fc.array(action, { minLength: 20, maxLength: 80 }),
      fc.integer(),
      (actions, seed) => {
        let random = seed | 0;
        let isLossy = true;
        const bench = new Bench(() => {
          random = (Math.imul(random, 1664525) + 1013904223) | 0;
          return isLossy && (random >>> 16) % 10 === 0;
        });
        bench.tell({ kind: "placed", incarnation: 1 });
        for (const { verb, pick } of actions) {
          const clients = [...bench.clients.values()];
          const client = clients[pick % Math.max(1, clients.length)];
          if (verb === "open") bench.start(bench.open(1 + pick, 5 + ((pick * 7) % 300)));
          else if (verb === "wait") bench.wait(pick * 3);
          else if (client !== undefined) act(bench, client, verb);
          bench.check();
        }
        isLossy = false;
        for (const client of bench.clients.values()) client.acknowledges = true;
        // What a session's own timers do: whoever has no whole output asks for the next attempt.
        for (let round = 0; round < 12; round++) {
          for (const client of bench.clients.values()) askForNext(bench, client);
          bench.wait(10_000);
        }
        bench.wait(40_000);
        bench.check();
        assert.equal(bench.state.live.size, 0);
        assert.equal(bench.state.ended.byAttempt.size, 0);
        assert.equal(bench.state.outbox.waiting.size, 0);
        assert.equal(bench.replica.sequences.size, 0);
        assert.equal(bench.state.usedBlocks, 0);
        for (const key of bench.started) assert.ok(bench.ended.has(key), "what started ended");
        for (const { end, delivered, legal, isCancelled } of bench.clients.values()) {
          if (isCancelled) continue;
          assert.equal(end, "length");
          assert.deepEqual(delivered, legal);
          whole++;
        }
        preemptions += bench.preemptions;
      },
    ),
    { numRuns: 150, seed: 5 },
  );
  assert.ok(preemptions > 50 && whole > 300, `${preemptions} preemptions, ${whole} whole outputs`);
});

function askForNext(bench: Bench, client: Client): void {
  const key = attemptKey(client.start.requestId, client.attempt);
  if (client.isCancelled || client.end === "length" || bench.state.live.has(key)) return;
  client.attempt++;
  bench.start(client);
}

function act(bench: Bench, client: Client, verb: string): void {
  const { requestId } = client.start;
  const { attempt } = client;
  if (verb === "deafen") client.acknowledges = false;
  else if (verb === "hear") client.acknowledges = true;
  else if (verb === "cancel") {
    client.isCancelled = true;
    bench.tell({ kind: "cancel", requestId, attempt }, bench.addressOf(client));
  } else if (verb === "void") {
    bench.tell({ kind: "void", requestId, attempt, poolEpoch: 1 });
  } else if (client.end === undefined || client.end === "preempted" || client.end === "voided") {
    client.attempt++;
    bench.start(client);
  }
}
