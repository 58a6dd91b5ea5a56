// The router and the KV accountant together, among played queues, sessions, workers and an adapter cache, on a
// network that delays, reorders, repeats and loses. Checked: no grant beyond what a worker has; blocks are conserved
// (the accountant asserts it); at quiescence nothing is left that nobody runs; shares follow the weights.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Address, Effect } from "#shared/actor/actor.ts";
import {
  adapterCacheAddress,
  kvAccountantAddress,
  routerAddress,
  tenantQueueAddress,
  workerAddress,
} from "#shared/messages/addresses.ts";
import type { ToAdapterCache } from "#shared/messages/to-adapter-cache.ts";
import type { ToKvAccountant } from "#shared/messages/to-kv-accountant.ts";
import type { PoolWorker } from "#shared/messages/pool-members.ts";
import type { Offer, ToRouter } from "#shared/messages/to-router.ts";
import type { Granted } from "#shared/messages/to-session.ts";
import type { QueueGranted, Voided } from "#shared/messages/to-tenant-queue.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { VirtualCounters } from "#shared/messages/virtual-counters.ts";
import type {
  AdapterDigest,
  PoolId,
  RequestId,
  TenantId,
  WorkerHostId,
  WorkerId,
} from "#shared/model/ids.ts";
import { attemptKey, baseModel } from "#shared/model/ids.ts";
import type { PolicyName } from "#shared/model/policy-name.ts";
import { policyNameDefault, poolPolicyNames } from "#shared/model/policy-name.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { kvAccountant } from "#services/kv-accountant/kv-accountant.actor.ts";
import { router } from "./router.actor.ts";
import { statedBound } from "./service-bound.ts";

const pool = "pool" as PoolId;
const host = "host" as WorkerHostId;
const routerAt = routerAddress(pool);
const accountantAt = kvAccountantAddress(pool);
const cacheAt = adapterCacheAddress(host);
const stepMs = 50;
const beatMs = 500;
const blockTokens = 16;
const blocksPerWorker = 64;
const sequencesMax = 4;

interface Letter {
  readonly from: Address;
  readonly to: Address;
  readonly message: unknown;
  readonly dueMs: number;
}

interface Run {
  readonly offer: Offer;
  readonly endsAtMs: number;
  outputTokens: number;
}

interface PlayedWorker {
  readonly id: WorkerId;
  readonly address: Address;
  incarnation: number;
  seq: number;
  readonly running: Map<string, Run>;
  readonly voided: Set<string>;
  /** Ends not noted yet. */
  readonly outbox: Map<string, ToRouter>;
  counters: VirtualCounters | undefined;
}

interface Wish {
  readonly requestId: RequestId;
  readonly tenant: TenantId;
  readonly weight: number;
  readonly promptTokens: number;
  readonly predicted: number;
  readonly actual: number;
  readonly adapterDigest: AdapterDigest;
  readonly runMs: number;
  readonly position: number;
  attempt: number;
  isOver: boolean;
  grantedAttempt: number;
}

/** Numbers in [0, 1), from the test's seed. */
type Dice = () => number;

class PlayedPool {
  readonly router = router.init(routerAt);
  readonly accountant = kvAccountant.init(accountantAt);
  readonly workers: PlayedWorker[] = [];
  readonly wishes: Map<RequestId, Wish> = new Map();
  readonly pins: Set<string> = new Set();
  readonly #releasedPlaces: Map<string, number> = new Map();
  readonly executed: Map<TenantId, number> = new Map();
  /** Grants not given back: attempt → worker life. */
  readonly outstanding: Map<string, string> = new Map();
  readonly granted: Granted[] = [];
  readonly #timers: Map<string, { readonly atMs: number; readonly message: unknown }> = new Map();
  readonly #dice: Dice;
  #letters: Letter[] = [];
  nowMs = 0;
  /** Probability that a letter is lost; half of that, that it comes twice. */
  faults = 0;
  delayMsMax = 0;
  noCapacity = 0;
  virtualTime = 0;
  poolEpoch = 1;
  /** Looks of the audit at which tenants were compared, and gaps beyond the bound. */
  audited = 0;
  readonly alarms: Readonly<Record<string, unknown>>[] = [];
  readonly narrowings: Readonly<Record<string, unknown>>[] = [];
  /** From offer to start, by tenant, in order. */
  readonly waits: { readonly tenant: TenantId; readonly atMs: number; readonly ms: number }[] = [];
  /** As its queue knows it from its grants. */
  readonly #finishTags: Map<TenantId, number> = new Map();

  constructor(dice: Dice, workers: number, policy: PolicyName = policyNameDefault) {
    this.#dice = dice;
    for (let index = 0; index < workers; index++) {
      const id = `w${index}` as WorkerId;
      this.workers.push({
        id,
        address: workerAddress(id),
        incarnation: 1,
        seq: 0,
        running: new Map(),
        voided: new Set(),
        outbox: new Map(),
        counters: undefined,
      });
    }
    this.#deliver(accountantAt, accountantAt, { kind: "placed", pool, poolEpoch: 1 });
    this.#deliver(routerAt, routerAt, {
      kind: "placed",
      pool,
      poolEpoch: 1,
      kvBlockTokens: blockTokens,
      policy,
      workers: this.#members(),
      tenants: [],
    });
  }

  #members(): PoolWorker[] {
    return this.workers.map(({ id, incarnation }) => ({
      worker: id,
      incarnation,
      zone: "a",
      host,
    }));
  }

  wish(wish: Omit<Wish, "attempt" | "isOver" | "grantedAttempt">): void {
    const made: Wish = { ...wish, attempt: 1, isOver: false, grantedAttempt: 0 };
    this.wishes.set(wish.requestId, made);
    this.#offer(made);
  }

  #offer(wish: Wish): void {
    const cost = wish.promptTokens * 1000 + wish.predicted * 2000;
    const offer: Offer = {
      kind: "offer",
      requestId: wish.requestId,
      attempt: wish.attempt,
      tenant: wish.tenant,
      shard: 0,
      shardEpoch: 1,
      session: `session/e/${wish.requestId}` as Address,
      position: wish.position,
      weight: wish.weight,
      band: 0,
      startTag: this.#finishTags.get(wish.tenant) ?? 0,
      finishTag: cost,
      cost,
      promptTokens: wish.promptTokens,
      outputTokensPredicted: wish.predicted,
      outputTokensMax: 1000,
      adapterDigest: wish.adapterDigest,
      prefixKeys: [],
    };
    this.#post(tenantQueueAddress(wish.tenant), routerAt, offer);
  }

  withdraw(requestId: RequestId): void {
    const wish = this.wishes.get(requestId);
    if (wish === undefined || wish.isOver) return;
    wish.isOver = true;
    const { attempt } = wish;
    const message = { kind: "withdraw", requestId, attempt, shardEpoch: 1 };
    this.#post(tenantQueueAddress(wish.tenant), routerAt, message);
  }

  /** Another owner: it begins with nothing. */
  takeOver(): void {
    this.poolEpoch += 1;
    this.virtualTime = 0;
    this.#deliver(routerAt, routerAt, {
      kind: "placed",
      pool,
      poolEpoch: this.poolEpoch,
      kvBlockTokens: blockTokens,
      workers: this.#members(),
      tenants: [],
    });
    for (const wish of this.wishes.values()) {
      if (!wish.isOver && wish.grantedAttempt < wish.attempt) this.#offer(wish);
    }
  }

  /** The worker dies and registers anew; coordination tells, reliably. */
  kill(worker: PlayedWorker): void {
    worker.incarnation += 1;
    worker.seq = 0;
    worker.running.clear();
    worker.outbox.clear();
    worker.voided.clear();
    for (const [key, life] of this.outstanding) {
      if (life.startsWith(`${worker.id}:`)) this.outstanding.delete(key);
    }
    this.#deliver(routerAt, routerAt, {
      kind: "members-changed",
      workers: this.#members(),
      tenants: [],
    });
  }

  step(): void {
    this.nowMs += stepMs;
    const due = this.#letters.filter(({ dueMs }) => dueMs <= this.nowMs);
    this.#letters = this.#letters.filter(({ dueMs }) => dueMs > this.nowMs);
    for (const { from, to, message } of due) this.#deliver(from, to, message);
    for (const [name, { atMs, message }] of this.#timers) {
      if (atMs > this.nowMs) continue;
      this.#timers.delete(name);
      this.#deliver(routerAt, routerAt, message);
    }
    for (const worker of this.workers) this.#work(worker);
    if (this.nowMs % 2000 === 0) {
      for (const wish of this.wishes.values()) {
        if (!wish.isOver && wish.grantedAttempt < wish.attempt) this.#offer(wish);
      }
    }
    const virtualTime = this.router.owned?.policy.virtualTime(0) ?? 0;
    assert.ok(virtualTime >= this.virtualTime, "virtual time never falls");
    this.virtualTime = virtualTime;
  }

  #work(worker: PlayedWorker): void {
    for (const [key, run] of worker.running) {
      if (run.endsAtMs <= this.nowMs) this.#end(worker, key, run);
    }
    if (this.nowMs % beatMs === 0) this.#beat(worker);
  }

  #end(worker: PlayedWorker, key: string, run: Run): void {
    worker.running.delete(key);
    const { requestId, attempt, tenant, promptTokens } = run.offer;
    const wish = this.wishes.get(requestId);
    const outputTokens = wish?.actual ?? 0;
    this.#executed(tenant, promptTokens * 1000 + outputTokens * 2000);
    if (wish?.attempt === attempt) wish.isOver = true;
    const totals = { ...nothingExecuted, prefillTokens: promptTokens, outputTokens };
    const { id, incarnation } = worker;
    const end: ToRouter = {
      kind: "router-ended",
      requestId,
      attempt,
      worker: id,
      incarnation,
      totals,
    };
    worker.outbox.set(key, end);
    this.outstanding.delete(key);
    this.#post(worker.address, routerAt, end);
    this.#capacity(worker);
  }

  #executed(tenant: TenantId, cost: number): void {
    this.executed.set(tenant, (this.executed.get(tenant) ?? 0) + cost);
  }

  #beat(worker: PlayedWorker): void {
    const { id, incarnation } = worker;
    for (const end of worker.outbox.values()) this.#post(worker.address, routerAt, end);
    this.#report(worker);
    this.#capacity(worker);
    this.#post(worker.address, routerAt, {
      kind: "router-progress",
      worker: id,
      incarnation,
      sequences: [...worker.running.values()].map(({ offer }) => ({
        requestId: offer.requestId,
        attempt: offer.attempt,
        totals: { ...nothingExecuted, prefillTokens: offer.promptTokens },
      })),
    });
  }

  #report(worker: PlayedWorker): void {
    const { id, incarnation } = worker;
    const sequences = [...worker.running.values()].map(({ offer }) => ({
      requestId: offer.requestId,
      attempt: offer.attempt,
      tenant: offer.tenant,
      blocks: blocksOf(offer),
    }));
    this.#post(worker.address, accountantAt, {
      kind: "block-report",
      worker: id,
      incarnation,
      seq: ++worker.seq,
      totalBlocks: blocksPerWorker,
      usedBlocks: sequences.reduce((sum, { blocks }) => sum + blocks, 0),
      sequences,
    });
  }

  #capacity(worker: PlayedWorker): void {
    let usedBlocks = 0;
    for (const { offer } of worker.running.values()) usedBlocks += blocksOf(offer);
    this.#post(worker.address, routerAt, {
      kind: "capacity",
      worker: worker.id,
      incarnation: worker.incarnation,
      seq: ++worker.seq,
      freeSequences: sequencesMax - worker.running.size,
      sequencesMax,
      freeBlocks: blocksPerWorker - usedBlocks,
      residents: [],
      isCordoned: false,
    });
  }

  #post(from: Address, to: Address, message: unknown): void {
    // Once a second whatever happens: it comes, and takes no chance from what is played.
    if ((message as ToWorker).kind === "keep-counters") return this.#deliver(from, to, message);
    const copies =
      this.#dice() < this.faults ? 0 : this.faults > 0 && this.#dice() < this.faults / 2 ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const dueMs = this.nowMs + this.#dice() * this.delayMsMax;
      if (this.delayMsMax === 0) this.#deliver(from, to, message);
      else this.#letters.push({ from, to, message, dueMs });
    }
  }

  #deliver(from: Address, to: Address, message: unknown): void {
    const { nowMs } = this;
    if (to === routerAt) {
      const arrival = { from, nowMs, message: message as ToRouter };
      this.#carryOut(routerAt, router.receive(this.router, arrival));
    } else if (to === accountantAt) {
      const arrival = { from, nowMs, message: message as ToKvAccountant };
      this.#carryOut(accountantAt, kvAccountant.receive(this.accountant, arrival));
    } else if (to === cacheAt) this.#cache(message as ToAdapterCache);
    else if (to.startsWith("worker/")) this.#worker(to, message as ToWorker);
    else if (to.startsWith("session/")) this.#session(message as Granted);
    else this.#queue(message as QueueGranted | Voided);
  }

  #carryOut(from: Address, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === "send") this.#post(from, effect.to, effect.message);
      else if (effect.kind === "arm") this.#timers.set(effect.timer, effect);
      else if (effect.kind === "disarm") this.#timers.delete(effect.timer);
      else if (effect.event === "router.audited") this.audited += 1;
      else if (effect.event === "router.gap-exceeded") this.alarms.push(effect.fields);
      else if (effect.event === "router.narrowed" || effect.event === "router.widened") {
        this.narrowings.push({ ...effect.fields, event: effect.event, atMs: this.nowMs });
      } else if (effect.event === "router.granted") {
        const { tenant, waitedMs } = effect.fields;
        this.waits.push({ tenant: tenant as TenantId, atMs: this.nowMs, ms: Number(waitedMs) });
      }
    }
  }

  #cache(message: ToAdapterCache): void {
    if (message.kind === "keep-pins") {
      const { worker, poolEpoch } = message;
      return this.#post(cacheAt, routerAt, { kind: "pins-kept", worker, poolEpoch });
    }
    if (message.kind !== "pin" && message.kind !== "unpin") return;
    const { requestId, attempt, place = 0 } = message;
    const key = attemptKey(requestId, attempt);
    if (message.kind === "unpin") {
      this.pins.delete(key);
      this.#releasedPlaces.set(key, Math.max(place, this.#releasedPlaces.get(key) ?? 0));
      this.#post(cacheAt, routerAt, { kind: "unpinned", requestId, attempt, place });
      return;
    }
    // As the cache does: what comes late, or twice, after its place was given back pins nothing again.
    if (place <= (this.#releasedPlaces.get(key) ?? 0)) return;
    const { worker } = message;
    if (!this.pins.has(key) && this.#dice() < this.faults) {
      this.#releasedPlaces.set(key, place);
      const about = { requestId, attempt, worker, place };
      const refused = { kind: "pin-refused", ...about, reason: "load-failed" };
      this.#post(cacheAt, routerAt, refused);
      return;
    }
    this.pins.add(key);
    this.#post(cacheAt, routerAt, { kind: "pinned", requestId, attempt, worker, place });
  }

  #worker(to: Address, message: ToWorker): void {
    const worker = this.workers.find(({ address }) => address === to);
    if (worker === undefined) return;
    const { id, incarnation } = worker;
    switch (message.kind) {
      case "collect-pool":
        this.#report(worker);
        this.#post(to, routerAt, {
          kind: "worker-holds-pool",
          worker: id,
          incarnation,
          poolEpoch: message.poolEpoch,
          ...(worker.counters === undefined ? {} : { counters: worker.counters }),
          sequences: [...worker.running.values()].map(({ offer }) => ({
            requestId: offer.requestId,
            attempt: offer.attempt,
            tenant: offer.tenant,
            weight: this.wishes.get(offer.requestId)?.weight ?? 1,
            session: `session/e/${offer.requestId}` as Address,
            band: offer.band,
            blocks: blocksOf(offer),
            promptTokens: offer.promptTokens,
            adapterDigest: offer.adapterDigest,
            totals: { ...nothingExecuted, prefillTokens: offer.promptTokens },
          })),
        });
        this.#capacity(worker);
        return;
      case "keep-counters":
        worker.counters = message;
        return;
      case "end-noted":
        worker.outbox.delete(attemptKey(message.requestId, message.attempt));
        return;
      case "void": {
        const { requestId, attempt } = message;
        const key = attemptKey(requestId, attempt);
        worker.voided.add(key);
        const run = worker.running.get(key);
        if (run !== undefined) worker.running.delete(key);
        if (run !== undefined) this.#executed(run.offer.tenant, run.offer.promptTokens * 1000);
        this.outstanding.delete(key);
        this.#post(to, routerAt, {
          kind: "router-voided",
          requestId,
          attempt,
          worker: id,
          incarnation,
        });
        this.#capacity(worker);
        return;
      }
      default:
        return;
    }
  }

  #session(message: Granted): void {
    const { requestId, attempt, worker: id, incarnation } = message;
    const wish = this.wishes.get(requestId);
    const worker = this.workers.find((candidate) => candidate.id === id);
    if (worker === undefined || wish?.attempt !== attempt) return;
    const key = attemptKey(requestId, attempt);
    const isStale = worker.incarnation !== incarnation || worker.voided.has(key);
    if (isStale || worker.running.has(key) || worker.outbox.has(key) || wish.isOver) return;
    if (worker.running.size >= sequencesMax) {
      this.noCapacity += 1;
      return;
    }
    this.granted.push(message);
    const { adapterDigest, tenant, promptTokens, predicted } = wish;
    const offer = {
      requestId,
      attempt,
      tenant,
      promptTokens,
      outputTokensPredicted: predicted,
      adapterDigest,
    } as Offer;
    const endsAtMs = this.nowMs + wish.runMs;
    worker.running.set(key, { offer, endsAtMs, outputTokens: 0 });
    this.outstanding.set(key, `${id}:${incarnation}`);
    const held = [...this.outstanding.values()].filter((life) => life === `${id}:${incarnation}`);
    assert.ok(held.length <= sequencesMax, "no more sequences than the worker has");
    this.#post(worker.address, routerAt, {
      kind: "router-started",
      requestId,
      attempt,
      worker: id,
      incarnation,
    });
    this.#capacity(worker);
  }

  #queue(message: QueueGranted | Voided): void {
    const wish = this.wishes.get(message.requestId);
    if (wish === undefined || message.attempt !== wish.attempt) return;
    if (message.kind === "queue-granted") {
      wish.grantedAttempt = message.attempt;
      this.#finishTags.set(wish.tenant, message.finishTag);
    } else if (message.kind === "voided" && !wish.isOver) {
      wish.attempt += 1;
      this.#offer(wish);
    }
  }

  /** A session that missed its grant, or whose worker is gone, asks for the next attempt. */
  retryStuck(): void {
    for (const wish of this.wishes.values()) {
      if (wish.isOver || wish.grantedAttempt < wish.attempt) continue;
      const key = attemptKey(wish.requestId, wish.attempt);
      if (this.workers.some(({ running }) => running.has(key))) continue;
      wish.attempt += 1;
      this.#offer(wish);
    }
  }

  bookedBlocks(): number {
    let blocks = 0;
    for (const worker of this.accountant.owned?.workers.values() ?? []) {
      blocks += worker.bookedBlocks;
      assert.equal(worker.bookedBlocks + worker.freeBlocks, worker.totalBlocks);
    }
    return blocks;
  }
}

const blocksOf = ({ promptTokens, outputTokensPredicted }: Offer): number =>
  Math.ceil((promptTokens + outputTokensPredicted) / blockTokens);

function seeded(seed: number): Dice {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function randomWish(dice: Dice, index: number): Parameters<PlayedPool["wish"]>[0] {
  return {
    requestId: `r${index}` as RequestId,
    tenant: `t${Math.floor(dice() * 4)}` as TenantId,
    weight: 1 + Math.floor(dice() * 3),
    promptTokens: 16 + Math.floor(dice() * 300),
    predicted: 16 + Math.floor(dice() * 200),
    actual: 1 + Math.floor(dice() * 300),
    adapterDigest: dice() < 0.3 ? (`lora${Math.floor(dice() * 2)}` as AdapterDigest) : baseModel,
    runMs: 100 + Math.floor(dice() * 3000),
    position: index,
  };
}

function rough(played: PlayedPool, dice: Dice): void {
  played.faults = 0.05;
  played.delayMsMax = 120;
  for (let step = 0; step < 400; step++) {
    if (dice() < 0.5) played.wish(randomWish(dice, step));
    if (dice() < 0.02) played.withdraw(`r${Math.floor(dice() * step)}` as RequestId);
    const victim = dice() < 0.005 ? played.workers[Math.floor(dice() * 3)] : undefined;
    if (victim !== undefined) played.kill(victim);
    if (step % 60 === 59) played.retryStuck();
    played.step();
  }
}

function quiet(played: PlayedPool): void {
  played.faults = 0;
  for (let step = 0; step < 2400; step++) {
    if (step % 80 === 79) played.retryStuck();
    played.step();
  }
}

function checkNothingLeft(played: PlayedPool): void {
  const open = [...played.wishes.values()].filter(({ isOver }) => !isOver);
  assert.deepEqual(open, [], "every request ends");
  const state = played.router.owned;
  assert.ok(state !== undefined);
  assert.equal(state.placements.requests, 0, "no place is left");
  assert.equal(state.offers.size, 0, "no offer is left");
  assert.equal(played.bookedBlocks(), 0, "no reservation is left");
  assert.equal(played.pins.size, 0, "no pin is left");
  for (const view of state.workers.values()) {
    const { heldSequences, unreportedSequences, unreportedBlocks, reservingBlocks } = view;
    const counted = [heldSequences, unreportedSequences, unreportedBlocks, reservingBlocks];
    assert.deepEqual(counted, [0, 0, 0, 0], "no belief outlives its place");
  }
  for (const { placements, unexecutedTag } of state.accounts.values()) {
    assert.deepEqual([placements, unexecutedTag], [0, 0], "every charge is settled");
  }
}

test("through loss, repetition, reordering, withdrawals and dead workers nothing is over-granted and nothing is left behind", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (seed) => {
      const dice = seeded(seed);
      const played = new PlayedPool(dice, 3);
      rough(played, dice);
      quiet(played);
      assert.equal(played.noCapacity, 0, "no grant met a full worker");
      checkNothingLeft(played);
    }),
    { numRuns: 40 },
  );
});

test("the same holds under every policy that a pool can be given", () => {
  for (const policy of poolPolicyNames) {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (seed) => {
        const dice = seeded(seed);
        const played = new PlayedPool(dice, 3, policy);
        rough(played, dice);
        quiet(played);
        // So many a minute take their minutes.
        if (policy === "rpm") quiet(played);
        assert.equal(played.noCapacity, 0, `${policy}: no grant met a full worker`);
        checkNothingLeft(played);
      }),
      { numRuns: 3 },
    );
  }
});

interface Customs {
  readonly weight: number;
  readonly predicted: number;
  readonly actual: number;
  readonly runMs: number;
  /** Offers kept waiting; and from when until when. */
  readonly backlog: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

const promptTokens = 32;
const costMax = (customs: readonly Customs[]): number =>
  Math.max(
    ...customs.map(({ predicted, actual, weight }) => {
      const outputTokens = Math.max(predicted, actual);
      return (promptTokens * 1000 + outputTokens * 2000) / weight;
    }),
  );

/** Tops the tenant's waiting offers up. */
function keepBacklog(played: PlayedPool, tenant: TenantId, custom: Customs): void {
  if (played.nowMs < custom.fromMs || played.nowMs >= custom.untilMs) return;
  const waiting = played.router.owned?.accounts.get(tenant)?.waiting.size ?? 0;
  const { weight, predicted, actual, runMs } = custom;
  for (let missing = custom.backlog - waiting; missing > 0; missing--) {
    const position = played.wishes.size;
    const requestId = `r${position}` as RequestId;
    const adapterDigest = baseModel;
    const wish = { requestId, tenant, weight, promptTokens, predicted, actual, adapterDigest };
    played.wish({ ...wish, runMs, position });
  }
}

/** Tenants that keep a backlog in one worker's pool; answers with each one's executed service per weight, per second. */
function share(
  customs: readonly Customs[],
  forMs: number,
  policy: PolicyName = policyNameDefault,
): number[][] {
  const played = new PlayedPool(seeded(7), 1, policy);
  const history: number[][] = [];
  while (played.nowMs < forMs) {
    for (const [number, custom] of customs.entries()) {
      keepBacklog(played, `t${number}` as TenantId, custom);
    }
    played.step();
    if (played.nowMs % 1000 !== 0) continue;
    history.push(
      customs.map(({ weight }, number) => {
        const executed = played.executed.get(`t${number}` as TenantId) ?? 0;
        return executed / weight;
      }),
    );
  }
  return history;
}

/** Largest difference of service per weight gained since `sinceS`, between the first two tenants. */
function gap(history: readonly number[][], sinceS: number): number {
  const [beganA = 0, beganB = 0] = history[sinceS] ?? [];
  return Math.max(
    ...history.slice(sinceS).map(([a = 0, b = 0]) => Math.abs(a - beganA - (b - beganB))),
  );
}

const always = { backlog: 12, fromMs: 0, untilMs: Number.POSITIVE_INFINITY };
const thetaLocality = 128_000;
const standingMax = 4_096_000;
/** What the live audit states too, at its terms' worst. */
const boundOf = (customs: readonly Customs[]): number =>
  statedBound({
    theta: thetaLocality,
    lag: standingMax,
    chargeMax: costMax(customs),
    overshootMax: 0,
    placesMax: sequencesMax,
    unexecutedMax: sequencesMax * costMax(customs),
    carriedMax: 0,
  });

test("two backlogged tenants are served in proportion to their weights, whatever they predict", () => {
  const outcome = fc.record({
    weight: fc.integer({ min: 1, max: 5 }),
    predicted: fc.integer({ min: 1, max: 200 }),
    actual: fc.integer({ min: 1, max: 200 }),
    runMs: fc.integer({ min: 50, max: 800 }),
    // Four can start in one step: fewer would not be a backlog.
    backlog: fc.integer({ min: 5, max: 12 }),
  });
  fc.assert(
    fc.property(outcome, outcome, (first, second) => {
      const customs = [
        { ...always, ...first },
        { ...always, ...second },
      ];
      const history = share(customs, 60_000);
      assert.ok(
        gap(history, 0) <= boundOf(customs),
        `${gap(history, 0)} within ${boundOf(customs)}`,
      );
    }),
    { numRuns: 60 },
  );
});

test("vtc and sfq share by weight in the router too; fcfs does not", () => {
  const work = { predicted: 100, actual: 100, runMs: 200 };
  const customs = [
    { ...always, ...work, weight: 1, backlog: 30 },
    { ...always, ...work, weight: 2, backlog: 6 },
  ];
  for (const policy of ["vtc", "sfq", "drr", "dlpm"] as const) {
    assert.ok(gap(share(customs, 60_000, policy), 0) <= boundOf(customs), policy);
  }
  assert.ok(gap(share(customs, 60_000, "fcfs"), 0) > 2 * boundOf(customs));
});

test("a tenant that was idle brings no credit", () => {
  const work = { weight: 1, predicted: 100, actual: 100, runMs: 200 };
  const customs = [
    { ...always, ...work },
    { ...always, ...work, fromMs: 60_000 },
  ];
  const history = share(customs, 120_000);
  const [before = 0] = history[59] ?? [];
  assert.ok(
    before > 5 * boundOf(customs),
    "what it could have claimed is much more than the bound",
  );
  assert.ok(gap(history, 60) <= boundOf(customs));
});

test("a third tenant's one long sequence does not hold virtual time back for those who wait", () => {
  const work = { weight: 1, predicted: 100, actual: 100, runMs: 200 };
  const customs = [
    { ...always, ...work },
    { ...always, ...work, fromMs: 60_000 },
    { ...always, ...work, backlog: 1, runMs: 200_000, untilMs: 1 },
  ];
  const history = share(customs, 120_000);
  assert.ok(gap(history, 61) <= boundOf(customs));
});

test("what did not run is refunded: a tenant that predicts far too much loses nothing in the end", () => {
  const customs = [
    { ...always, weight: 1, predicted: 200, actual: 20, runMs: 200 },
    { ...always, weight: 1, predicted: 20, actual: 20, runMs: 200 },
  ];
  const history = share(customs, 120_000);
  const [feared = 0, exact = 0] = history.at(-1) ?? [];
  assert.ok(feared > 0.9 * exact && exact > 0.9 * feared, `${feared} against ${exact}`);
});

interface Crowd {
  readonly customs: readonly Customs[];
  readonly forMs: number;
  readonly takeOverAtMs?: number;
}

/** Tenants with their own customs and lengths that vary, on three workers. */
function crowd({ customs, forMs, takeOverAtMs }: Crowd, spoil?: (played: PlayedPool) => void) {
  const dice = seeded(11);
  const played = new PlayedPool(dice, 3);
  spoil?.(played);
  while (played.nowMs < forMs) {
    for (const [number, custom] of customs.entries()) {
      const vary = (value: number): number => 1 + Math.floor(value * 2 * dice());
      const [predicted, actual] = [vary(custom.predicted), vary(custom.actual)];
      keepBacklog(played, `t${number}` as TenantId, { ...custom, predicted, actual });
    }
    if (played.nowMs === takeOverAtMs) played.takeOver();
    played.step();
  }
  return played;
}

const anyCustoms = fc.record({
  weight: fc.integer({ min: 1, max: 8 }),
  predicted: fc.integer({ min: 1, max: 200 }),
  actual: fc.integer({ min: 1, max: 200 }),
  runMs: fc.integer({ min: 50, max: 2000 }),
  backlog: fc.integer({ min: 1, max: 16 }),
  fromMs: fc.constantFrom(0, 0, 5000, 17_000),
  untilMs: fc.constantFrom(20_000, 40_000, Number.POSITIVE_INFINITY),
});

test("the live gap stays within the bound that the pool states, whoever comes and goes, through a takeover too", () => {
  let audited = 0;
  fc.assert(
    fc.property(
      fc.array(anyCustoms, { minLength: 2, maxLength: 7 }),
      fc.constantFrom(15_000, 30_000, -1),
      (customs, takeOverAtMs) => {
        const played = crowd({ customs, forMs: 60_000, takeOverAtMs });
        assert.deepEqual(played.alarms, []);
        audited += played.audited;
      },
    ),
    { numRuns: 40 },
  );
  assert.ok(audited > 500, `${audited} looks compared tenants`);
});

test("a tenant that is charged half of what it runs is named within two minutes", () => {
  const custom = { ...always, weight: 1, predicted: 50, actual: 50, runMs: 100 };
  const customs = [custom, custom, { ...custom, weight: 2 }];
  const honest = crowd({ customs, forMs: 120_000 });
  assert.deepEqual(honest.alarms, []);
  const spoilt = crowd({ customs, forMs: 120_000 }, ({ router: { owned } }) => {
    assert.ok(owned !== undefined);
    const { policy } = owned;
    const [executed, settle] = [policy.executed.bind(policy), policy.settle.bind(policy)];
    const half = (tenant: string, cost: number): number =>
      tenant === "t1" ? Math.floor(cost / 2) : cost;
    policy.executed = (account, charge, cost) =>
      executed(account, charge, half(account.tenant, cost));
    policy.settle = (account, charge, cost) => settle(account, charge, half(account.tenant, cost));
  });
  assert.equal(spoilt.alarms[0]?.["mostServed"], "t1");
});

/** Four tenants that ask for half of four workers, and one that asks for all it can get, in long requests. */
function besideAFlood(spoil?: (played: PlayedPool) => void): PlayedPool {
  const dice = seeded(5);
  const played = new PlayedPool(dice, 4);
  const { owned } = played.router;
  assert.ok(owned !== undefined);
  // By itself: neither locality nor preemption helps the others here.
  const rules = { ...owned.rules, thetaLocality: 128_000, thetaPreempt: Number.POSITIVE_INFINITY };
  played.router.owned = { ...owned, rules };
  spoil?.(played);
  const victim = { weight: 1, promptTokens, predicted: 40, actual: 40, adapterDigest: baseModel };
  while (played.nowMs < 60_000) {
    for (let number = 0; number < 4; number++) {
      if (dice() >= 0.125) continue;
      const position = played.wishes.size;
      const requestId = `r${position}` as RequestId;
      played.wish({ ...victim, requestId, tenant: `t${number}` as TenantId, runMs: 800, position });
    }
    const flood = { ...always, weight: 1, predicted: 200, actual: 200, runMs: 4000, backlog: 30 };
    keepBacklog(played, "flood" as TenantId, flood);
    played.step();
  }
  return played;
}

/** The victims' 9th decile of waits, from 25 s to 45 s. */
function victimsWaitMs({ waits }: PlayedPool): number {
  const late = waits.filter(
    ({ tenant, atMs }) => tenant !== "flood" && atMs > 25_000 && atMs < 45_000,
  );
  const sorted = late.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.9)] ?? Number.NaN;
}

test("a tenant that floods is narrowed to what its share needs, and the others wait less", () => {
  const alone = besideAFlood(({ router: { owned } }) => {
    assert.ok(owned !== undefined);
    owned.neighbours.look = () => undefined;
  });
  const kept = besideAFlood();
  assert.deepEqual(alone.narrowings, []);
  const [first, second] = kept.narrowings;
  assert.deepEqual(
    [first?.["tenant"], first?.["by"], first?.["workers"], first?.["of"]],
    ["flood", "detection", 1, 4],
  );
  assert.deepEqual([second?.["event"], second?.["why"]], ["router.widened", "over"]);
  const [before, after] = [victimsWaitMs(alone), victimsWaitMs(kept)];
  assert.ok(after * 4 < before, `${after} ms instead of ${before} ms`);
  assert.deepEqual(kept.alarms, [], "who is held back on purpose is no gap");
});
