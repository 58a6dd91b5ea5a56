// Tenant queues, session directories and sessions while owners are killed, hand over, or go on as zombies: processes
// work off what they hear one thing after the other and may be behind, the network delays. Checked: what edges admit
// in a minute is never more than the limit, whoever was its owner; and nobody is lost over it.

import assert from "node:assert/strict";
import { onlyQuad } from "#shared/model/quad-tokenizer.ts";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type { Open } from "#shared/messages/open-request.ts";
import type { Address, AnyActor, Effect } from "#shared/actor/actor.ts";
import {
  edgeOfSession,
  kindOf,
  sessionAddress,
  tenantQueueAddress,
} from "#shared/messages/addresses.ts";
import type { AdapterDigest, EdgeId, PoolId, RequestId, TenantId } from "#shared/model/ids.ts";
import { SeededRandom } from "#shared/sim/seeded-random.ts";
import { SimulatedClock } from "#shared/sim/simulated-clock.ts";
import { createSession } from "#services/edge/session/session.actor.ts";
import { sessionDirectory } from "#services/edge/session/session-directory.actor.ts";
import { tenantQueue } from "./tenant-queue.actor.ts";

const tenant = "acme" as TenantId;
const queueAt = tenantQueueAddress(tenant);
const edges = ["e1", "e2"] as EdgeId[];
const requestsPerMinute = 20;
const shard = 7;

interface Heard {
  readonly from: Address;
  readonly to: Address;
  readonly message: unknown;
}

/** A process: actors, and one inbox that it works off at its own pace. */
class Process {
  readonly inbox: Heard[] = [];
  readonly states: Map<Address, unknown> = new Map();
  readonly armed: Map<string, number> = new Map();
  readonly actors: ReadonlyMap<string, AnyActor>;
  isDead = false;
  isWorking = false;

  constructor(actors: readonly AnyActor[]) {
    this.actors = new Map(actors.map((actor) => [actor.name, actor]));
  }
}

/** The most that a message takes to another process, and that a process is busy with one. */
interface Pace {
  readonly networkMs: number;
  readonly workMs: number;
}

class World {
  readonly clock: SimulatedClock;
  readonly admitted: Set<string> = new Set();
  readonly ended: Set<string> = new Set();
  readonly #random: SeededRandom;
  readonly #pace: Pace;
  readonly #edges = new Map<string, Process>();
  #owners: Process[] = [];
  #epoch = 4;

  constructor(random: SeededRandom, pace: Pace) {
    this.clock = new SimulatedClock(random);
    this.#random = random;
    this.#pace = pace;
    for (const edge of edges)
      this.#edges.set(edge, new Process([createSession(onlyQuad), sessionDirectory]));
  }

  open(edge: EdgeId, name: string): void {
    const requestId = name as RequestId;
    this.#hear(this.#edge(edge), {
      from: `client/${edge}/${name}` as Address,
      to: sessionAddress(edge, requestId),
      message: openOf(edge, requestId),
    });
  }

  /** Edges that are not registered at the moment, though they live. */
  place(edgesGone: readonly EdgeId[] = []): void {
    const owner = new Process([tenantQueue]);
    this.#owners.push(owner);
    this.#epoch += 1;
    this.#hear(owner, {
      from: "owner/o" as Address,
      to: queueAt,
      message: {
        kind: "placed",
        shard,
        shardEpoch: this.#epoch,
        policy: policyOf(),
        edges: edges.filter((edge) => !edgesGone.includes(edge)),
        edgesGone: edgesGone.map((edge) => ({ edge, goneForMs: 0 })),
        workers: [],
        pools: [],
      },
    });
  }

  /** Nothing more is done by any owner; what they said is on its way. */
  killOwners(): void {
    for (const owner of this.#owners) owner.isDead = true;
    this.#owners = [];
  }

  #edge(edge: string): Process {
    const process = this.#edges.get(edge);
    assert.ok(process !== undefined);
    return process;
  }

  #hear(process: Process, heard: Heard): void {
    process.inbox.push(heard);
    if (!process.isWorking) this.#workLater(process);
  }

  #workLater(process: Process): void {
    process.isWorking = true;
    this.clock.schedule(this.clock.nowMs + this.#random.fraction() * this.#pace.workMs, () => {
      process.isWorking = false;
      const heard = process.isDead ? undefined : process.inbox.shift();
      if (heard === undefined) return;
      this.#receive(process, heard);
      if (process.inbox.length > 0) this.#workLater(process);
    });
  }

  #receive(process: Process, { from, to, message }: Heard): void {
    const actor = process.actors.get(kindOf(to));
    assert.ok(actor !== undefined, to);
    const state = process.states.get(to) ?? actor.init(to);
    process.states.set(to, state);
    const effects = actor.receive(state, { from, nowMs: this.clock.nowMs, message });
    for (const effect of effects) this.#perform(process, to, effect);
    if (actor.isFinished?.(state) === true) process.states.delete(to);
  }

  #perform(process: Process, self: Address, effect: Effect): void {
    if (effect.kind === "send") this.#send(process, self, effect);
    if (effect.kind === "disarm") process.armed.delete(`${self} ${effect.timer}`);
    if (effect.kind !== "arm") return;
    const { atMs, message } = effect;
    const timer = `${self} ${effect.timer}`;
    process.armed.set(timer, atMs);
    this.clock.schedule(atMs, () => {
      if (process.armed.get(timer) !== atMs) return;
      process.armed.delete(timer);
      this.#hear(process, { from: self, to: self, message });
    });
  }

  #send(process: Process, from: Address, { to, message }: { to: Address; message: unknown }): void {
    if (kindOf(to) === "client") return this.#told(to, message as { kind: string });
    const heard = { from, to, message };
    for (const receiver of this.#at(to)) {
      if (receiver === process) this.#hear(receiver, heard);
      else this.clock.schedule(this.#arrivesAtMs(), () => this.#hear(receiver, heard));
    }
  }

  #arrivesAtMs(): number {
    return this.clock.nowMs + 0.05 + this.#random.fraction() * this.#pace.networkMs;
  }

  /** Every owner that lives hears the tenant, zombies too; of routers and meters there are none. */
  #at(to: Address): readonly Process[] {
    if (to === queueAt) return this.#owners;
    const isEdges = ["session", "session-directory"].includes(kindOf(to));
    return isEdges ? [this.#edge(edgeOfSession(to))] : [];
  }

  #told(client: Address, { kind }: { readonly kind: string }): void {
    if (kind === "admitted") this.admitted.add(client);
    if (kind === "failed") this.ended.add(client);
  }
}

const policyOf = () => ({
  tenant,
  tier: "t",
  weight: 1,
  band: 0,
  limits: {
    queueLengthMax: 1000,
    concurrencyMax: 1000,
    contextTokensMax: 1000,
    requestsPerMinute,
    tokensPerMinute: 1_000_000,
  },
});

const openOf = (edge: EdgeId, requestId: RequestId): Open => ({
  kind: "open",
  requestId,
  edge,
  meter: "meter/m" as Address,
  tenant,
  shard,
  pool: "p" as PoolId,
  model: "m",
  modelVersion: "1",
  adapterDigest: "" as AdapterDigest,
  namespace: "ns",
  promptBytes: Buffer.from("four"),
  promptDigest: "digest",
  promptTokens: 1,
  outputTokensMax: 4,
  outputTokensMin: 0,
  ignoreEos: false,
  stopStrings: [],
  sampling: {},
  timeoutMs: 60_000,
  arrivedAtEpochMs: 0,
});

interface Told {
  readonly admitted: number;
  readonly unanswered: number;
}

const changes = ["killed", "zombie", "killed while edges are unregistered"] as const;
type Change = (typeof changes)[number];

/** Twice as many as the limit ask while owners change, and as many again afterwards. */
function changeOwners(seed: number, change: Change): Told {
  const random = new SeededRandom(seed, "owner-change");
  const pace = { networkMs: random.fraction() * 20, workMs: random.fraction() * 2 };
  const world = new World(random, pace);
  world.clock.schedule(0, () => world.place());
  const open = (atMs: number, count: number): void => {
    for (let index = 0; index < count; index++) {
      const edge = random.pick(edges);
      world.clock.schedule(atMs + random.fraction() * 20, () =>
        world.open(edge, `r${atMs}-${index}`),
      );
    }
  };
  let atMs = 2000;
  open(atMs, 2 * requestsPerMinute);
  for (let owners = random.between(1, 3); owners > 0; owners--) {
    atMs += random.fraction() * 60;
    if (change !== "zombie") world.clock.schedule(atMs, () => world.killOwners());
    atMs += random.fraction() * 10;
    const areUnregistered = change === "killed while edges are unregistered";
    const edgesGone = edges.filter(() => areUnregistered && random.chance(0.5));
    world.clock.schedule(atMs, () => world.place(edgesGone));
  }
  open(atMs + 200, requestsPerMinute);
  open(atMs + 4000, requestsPerMinute);
  world.clock.runUntil(atMs + 8000);
  return {
    admitted: world.admitted.size,
    unanswered: 4 * requestsPerMinute - new Set([...world.admitted, ...world.ended]).size,
  };
}

for (const change of changes) {
  test(`with owners ${change} no more is admitted in a minute than the limit, and all are answered`, () => {
    let most = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const { admitted, unanswered } = changeOwners(seed, change);
      assert.ok(admitted <= requestsPerMinute, `seed ${seed}: ${admitted} admitted`);
      assert.equal(unanswered, 0, `seed ${seed}`);
      most = Math.max(most, admitted);
    }
    assert.equal(most, requestsPerMinute, "what the limit allows is used");
  });
}
