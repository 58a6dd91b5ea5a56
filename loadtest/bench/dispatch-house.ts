// A pool of 64 saturated workers around the production router and KV accountant: everything else (queues, sessions,
// workers, the adapter cache) is played, at once and in the same process. Queued offers stay constant: the tenant
// that was granted a place offers again.

import { hash } from "node:crypto";
import type { Address, Effect } from "#shared/actor/actor.ts";
import {
  kvAccountantAddress,
  routerAddress,
  sessionAddress,
  workerAddress,
} from "#shared/messages/addresses.ts";
import type { ToAdapterCache } from "#shared/messages/to-adapter-cache.ts";
import type { ToKvAccountant } from "#shared/messages/to-kv-accountant.ts";
import type { Offer, ToRouter } from "#shared/messages/to-router.ts";
import type { Capacity } from "#shared/messages/worker-capacity.ts";
import type { Granted } from "#shared/messages/to-session.ts";
import type {
  AdapterDigest,
  EdgeId,
  PoolId,
  RequestId,
  TenantId,
  WorkerHostId,
  WorkerId,
} from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import { prefixRungTokens } from "#shared/model/prefix-ladder.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { kvAccountant } from "#services/kv-accountant/kv-accountant.actor.ts";
import { router } from "#services/router/router.actor.ts";

export const workerCount = 64;
const sequencesPerWorker = 32;
const blocksPerWorker = 8192;
const blockTokens = 16;
const adapterCount = 256;
const slotsPerWorker = 8;
/** Beginnings of a tenant's prompts: system prompts and conversations. */
const prefixesPerTenant = 4;
/** Simulated time between two decisions: 20,000 a second. */
const stepMs = 0.05;
const beatMs = 500;

const pool = "bench" as PoolId;
const toRouter = routerAddress(pool);
const toAccountant = kvAccountantAddress(pool);

interface Running {
  readonly offer: Offer;
  readonly blocks: number;
}

interface PlayedWorker {
  readonly id: WorkerId;
  readonly address: Address;
  readonly running: Running[];
  residents: AdapterDigest[];
  seq: number;
}

export interface HouseSize {
  readonly tenants: number;
  readonly queued: number;
}

/** Prompts of one prefix are alike as far as the shorter goes. As at the edges, a tenant's namespace is its own. */
const keysOf = (tenant: number, prefix: number, promptTokens: number): number[] => [
  tenant,
  ...prefixRungTokens
    .filter((tokens) => tokens <= promptTokens)
    .map((_, rung) => (tenant * prefixesPerTenant + prefix) * 16 + rung),
];

/** mulberry32: the same run every time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export class DispatchHouse {
  readonly #router = router.init(toRouter);
  readonly #accountant = kvAccountant.init(toAccountant);
  readonly #random = seeded(1);
  readonly #workers: PlayedWorker[] = [];
  readonly #byId: Map<WorkerId, PlayedWorker> = new Map();
  readonly #offers: Map<RequestId, Offer> = new Map();
  readonly #positions: number[] = [];
  readonly #inbox: { from: Address; to: Address; message: unknown }[] = [];
  #nowMs = 0;
  #tickAtMs = Number.POSITIVE_INFINITY;
  #requests = 0;
  #beats = 0;
  /** The grant of the decision under way. */
  granted: Granted | undefined;
  endNs = 0;
  offerToGrantNs = 0;

  constructor({ tenants, queued }: HouseSize) {
    this.#place();
    for (let index = 0; index < queued; index++) {
      this.#offer(this.#fresh(index % tenants));
    }
    for (const worker of this.#workers) {
      while (worker.running.length < sequencesPerWorker) {
        this.#tell(worker.address, toRouter, this.#capacity(worker, 1));
        this.#settleGrant();
        this.#offer(this.#replacement);
      }
    }
  }

  #replacement: Offer = this.#fresh(0);

  /**
   * One decision, in wall time. `endNs`: a sequence ends, its blocks (router → accountant → router) and its pin are
   * given back. `offerToGrantNs`: the fresh offer's arrival and the worker's capacity, the pick, the pin and its answer,
   * the reservation's round trip, until `granted` and `queue-granted` are out; the timer, if due. The start that
   * follows and the beats are in neither.
   */
  decide(): void {
    this.#nowMs += stepMs;
    const worker = this.#workers[this.#below(workerCount)] as PlayedWorker;
    const [ended] = worker.running.splice(this.#below(worker.running.length), 1);
    if (ended === undefined) throw new Error("a saturated worker runs something");
    const end = this.#end(worker, ended.offer);
    const capacity = this.#capacity(worker, 1);
    const offer = this.#replacement;
    this.#offers.set(offer.requestId, offer);
    this.granted = undefined;
    const beganMs = performance.now();
    this.#tell(worker.address, toRouter, end);
    const endedMs = performance.now();
    if (this.#nowMs >= this.#tickAtMs) this.#tick();
    this.#tell(toRouter, toRouter, offer);
    this.#tell(worker.address, toRouter, capacity);
    const grantedMs = performance.now();
    this.endNs = (endedMs - beganMs) * 1e6;
    this.offerToGrantNs = (grantedMs - endedMs) * 1e6;
    this.#settleGrant();
    if (++this.#beats % Math.round(beatMs / stepMs / workerCount) === 0) this.#beat();
  }

  get queued(): number {
    return this.#router.owned?.offers.size ?? 0;
  }

  #place(): void {
    const host = "host" as WorkerHostId;
    const members = Array.from({ length: workerCount }, (_, index) => ({
      worker: `worker-${index}` as WorkerId,
      incarnation: 1,
      zone: "a",
      host,
    }));
    const placed = { kind: "placed", pool, poolEpoch: 1 } as const;
    this.#tell(toRouter, toAccountant, placed);
    this.#tell(toRouter, toRouter, {
      ...placed,
      kvBlockTokens: blockTokens,
      workers: members,
      tenants: [],
    });
    for (const [index, { worker }] of members.entries()) {
      const residents = Array.from({ length: slotsPerWorker }, (_, slot) =>
        digestOf(index * slotsPerWorker + slot),
      );
      const played: PlayedWorker = {
        id: worker,
        address: workerAddress(worker),
        running: [],
        residents,
        seq: 0,
      };
      this.#workers.push(played);
      this.#byId.set(worker, played);
      this.#tell(played.address, toAccountant, this.#report(played));
      this.#tell(played.address, toRouter, {
        kind: "worker-holds-pool",
        worker,
        incarnation: 1,
        poolEpoch: 1,
        sequences: [],
      });
    }
  }

  #fresh(tenant: number): Offer {
    const random = this.#random;
    const position = (this.#positions[tenant] ?? 0) + 1;
    this.#positions[tenant] = position;
    const requestId = (++this.#requests).toString(16).padStart(32, "0") as RequestId;
    const promptTokens = 64 + this.#below(960);
    const outputTokensPredicted = 32 + this.#below(224);
    const cost = promptTokens * 1000 + outputTokensPredicted * 2000;
    return {
      kind: "offer",
      requestId,
      attempt: 1,
      tenant: `tenant-${tenant}` as TenantId,
      shard: tenant % 256,
      shardEpoch: 1,
      session: sessionAddress("edge" as EdgeId, requestId),
      position,
      weight: 1 + (tenant % 4),
      band: 0,
      startTag: 0,
      finishTag: cost,
      cost,
      promptTokens,
      outputTokensPredicted,
      outputTokensMax: 512,
      adapterDigest: random() < 0.5 ? baseModel : digestOf(tenant),
      prefixKeys:
        random() < 0.5 ? [] : keysOf(tenant, this.#below(prefixesPerTenant), promptTokens),
    };
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #offer(offer: Offer): void {
    this.#offers.set(offer.requestId, offer);
    this.#tell(toRouter, toRouter, offer);
  }

  #capacity(worker: PlayedWorker, freeSequences: number): Capacity {
    return {
      kind: "capacity",
      worker: worker.id,
      incarnation: 1,
      seq: ++worker.seq,
      freeSequences,
      sequencesMax: sequencesPerWorker,
      freeBlocks: blocksPerWorker - worker.running.reduce((sum, { blocks }) => sum + blocks, 0),
      residents: worker.residents,
      isCordoned: false,
    };
  }

  #end(worker: PlayedWorker, offer: Offer): ToRouter {
    const totals: ExecutedTotals = {
      ...nothingExecuted,
      prefillTokens: offer.promptTokens,
      outputTokens: 1 + this.#below(offer.outputTokensPredicted * 1.5),
    };
    const { requestId, attempt } = offer;
    return {
      kind: "router-ended",
      requestId,
      attempt,
      worker: worker.id,
      incarnation: 1,
      totals,
    };
  }

  /** The grant became a running sequence, and its tenant has its next offer ready. */
  #settleGrant(): void {
    const { granted } = this;
    const offer = granted === undefined ? undefined : this.#offers.get(granted.requestId);
    const worker = granted === undefined ? undefined : this.#byId.get(granted.worker);
    if (offer === undefined || worker === undefined) throw new Error("no grant for free capacity");
    this.granted = undefined;
    this.#offers.delete(offer.requestId);
    const tokens = offer.promptTokens + offer.outputTokensPredicted;
    worker.running.push({ offer, blocks: Math.ceil(tokens / blockTokens) });
    if (offer.adapterDigest !== baseModel && !worker.residents.includes(offer.adapterDigest)) {
      worker.residents = [...worker.residents.slice(1), offer.adapterDigest];
    }
    const { requestId, attempt } = offer;
    this.#tell(worker.address, toRouter, {
      kind: "router-started",
      requestId,
      attempt,
      worker: worker.id,
      incarnation: 1,
    });
    this.#tell(worker.address, toRouter, this.#capacity(worker, 0));
    this.#replacement = this.#fresh(Number(offer.tenant.slice("tenant-".length)));
  }

  #report(worker: PlayedWorker): ToKvAccountant {
    return {
      kind: "block-report",
      worker: worker.id,
      incarnation: 1,
      seq: ++worker.seq,
      totalBlocks: blocksPerWorker,
      usedBlocks: 0,
      sequences: worker.running.map(({ offer: { requestId, attempt, tenant }, blocks }) => ({
        requestId,
        attempt,
        tenant,
        blocks,
      })),
    };
  }

  #beat(): void {
    const worker = this.#workers[this.#beats % workerCount] as PlayedWorker;
    this.#tell(worker.address, toAccountant, this.#report(worker));
    this.#tell(worker.address, toRouter, {
      kind: "router-progress",
      worker: worker.id,
      incarnation: 1,
      sequences: worker.running.map(({ offer: { requestId, attempt, promptTokens } }) => ({
        requestId,
        attempt,
        totals: { ...nothingExecuted, prefillTokens: promptTokens },
      })),
    });
  }

  #tick(): void {
    this.#tickAtMs = Number.POSITIVE_INFINITY;
    this.#tell(toRouter, toRouter, { kind: "timer-fired", name: "tick" });
  }

  /** Delivers a message and all that follows from it, in order, as the local host does. */
  #tell(from: Address, to: Address, message: unknown): void {
    const inbox = this.#inbox;
    inbox.push({ from, to, message });
    for (let next = 0; next < inbox.length; next++) {
      const letter = inbox[next] as { from: Address; to: Address; message: unknown };
      this.#receive(letter.from, letter.to, letter.message);
    }
    inbox.length = 0;
  }

  #receive(from: Address, to: Address, message: unknown): void {
    const nowMs = this.#nowMs;
    if (to === toRouter) {
      const arrival = { from, nowMs, message: message as ToRouter };
      this.#carryOut(toRouter, router.receive(this.#router, arrival));
    } else if (to === toAccountant) {
      const arrival = { from, nowMs, message: message as ToKvAccountant };
      this.#carryOut(toAccountant, kvAccountant.receive(this.#accountant, arrival));
    } else this.#play(to, message as Granted | ToAdapterCache);
  }

  #carryOut(from: Address, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === "send")
        this.#inbox.push({ from, to: effect.to, message: effect.message });
      else if (effect.kind === "arm" && effect.timer === "tick") this.#tickAtMs = effect.atMs;
    }
  }

  #play(from: Address, message: Granted | ToAdapterCache): void {
    switch (message.kind) {
      case "granted":
        this.granted = message;
        return;
      case "pin": {
        const { requestId, attempt, worker } = message;
        const pinned: ToRouter = { kind: "pinned", requestId, attempt, worker };
        this.#inbox.push({ from, to: toRouter, message: pinned });
        return;
      }
      case "unpin": {
        const { requestId, attempt } = message;
        const unpinned: ToRouter = { kind: "unpinned", requestId, attempt };
        this.#inbox.push({ from, to: toRouter, message: unpinned });
        return;
      }
      default:
        return;
    }
  }
}

const digests = Array.from(
  { length: adapterCount },
  (_, index) => hash("sha256", `adapter ${index}`) as AdapterDigest,
);
const digestOf = (index: number): AdapterDigest => digests[index % adapterCount] ?? baseModel;
