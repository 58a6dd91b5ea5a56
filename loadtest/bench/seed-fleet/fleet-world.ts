// The seed fleet in virtual time: every process of it with its production actors, placed once and for good. Nothing
// fails here, so messages are handed over unpacked, and nobody claims what it owns.

import type { Address, AnyActor } from "#shared/actor/actor.ts";
import { onlyQuad } from "#shared/model/quad-tokenizer.ts";
import {
  adapterCacheAddress,
  kvAccountantAddress,
  routerAddress,
  tenantQueueAddress,
  workerAddress,
} from "#shared/messages/addresses.ts";
import type { ToAdapterCache } from "#shared/messages/to-adapter-cache.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import { shardOf } from "#shared/model/shard.ts";
import { SimulatedNetwork } from "#shared/sim/network.ts";
import { SeededRandom } from "#shared/sim/seeded-random.ts";
import { SimulatedClock } from "#shared/sim/simulated-clock.ts";
import { SimulatedHost } from "#shared/sim/simulated-host.ts";
import type { SimulatedWorld } from "#shared/sim/simulated-world.ts";
import { Trace } from "#shared/sim/trace.ts";
import { handingWire } from "#shared/sim/wire.ts";
import { adapterCache } from "#services/adapter-cache/adapter-cache.actor.ts";
import { createSession } from "#services/edge/session/session.actor.ts";
import { sessionDirectory } from "#services/edge/session/session-directory.actor.ts";
import { kvAccountant } from "#services/kv-accountant/kv-accountant.actor.ts";
import { ledgerAddress, meterAddress } from "#shared/messages/addresses.ts";
import { meter } from "#services/metering/meter.actor.ts";
import { router } from "#services/router/router.actor.ts";
import { tenantQueue } from "#services/tenant-queue/tenant-queue.actor.ts";
import { createWorker } from "#services/worker/worker.actor.ts";
import type { FleetPlan } from "./fleet-plan.ts";
import { engineSpec } from "./fleet-plan.ts";
import { MeasuredActors } from "./measured-actors.ts";
import { PlayedClients } from "./played-clients.ts";
import type { FleetRequest } from "./requests.ts";
import { shardCount } from "./shard-count.ts";

const epoch = 1;
/** Of a host's adapters: all of a pool's. */
const hostBytesMax = 20e9;
const registry = "registry/bench" as Address;

export interface FleetWorldOptions {
  readonly plan: FleetPlan;
  readonly seed: number;
  readonly engine: AnyActor;
}

export class FleetWorld {
  readonly clock: SimulatedClock;
  readonly trace: Trace = new Trace();
  readonly clients: PlayedClients = new PlayedClients();
  readonly measured: MeasuredActors = new MeasuredActors();
  /** What actors noted that never should be in a fleet in health. */
  readonly troubles: string[] = [];
  readonly #plan: FleetPlan;
  readonly #world: SimulatedWorld;
  readonly #random: SeededRandom;
  readonly #hosts = new Map<string, SimulatedHost>();

  constructor({ plan, seed, engine }: FleetWorldOptions) {
    this.#plan = plan;
    this.#random = new SeededRandom(seed, "seed-fleet");
    this.clock = new SimulatedClock(this.#random);
    const network = new SimulatedNetwork(this.clock, this.#random, this.trace, {
      isFaultless: true,
    });
    this.#world = { clock: this.clock, network, trace: this.trace, wire: handingWire };
    for (const edge of plan.edges) this.#startEdge(edge);
    for (const control of plan.controls) this.#start(control, [tenantQueue, router, kvAccountant]);
    for (const host of new Set(plan.workers.map((worker) => worker.host))) {
      this.#startWorkers(host, engine);
    }
    for (const { policy, control } of plan.tenants) {
      network.place(`tenant-queue/${policy.tenant}`, control);
    }
    for (const { id, control } of plan.pools) {
      for (const kind of ["router", "kv-accountant"]) network.place(`${kind}/${id}`, control);
    }
    this.#placeAll();
  }

  hosts(): Iterable<SimulatedHost> {
    return this.#hosts.values();
  }

  /** Arrivals at actors. */
  arrivals(): number {
    let sum = 0;
    for (const host of this.#hosts.values()) sum += host.arrivals;
    return sum;
  }

  /** Each request at its moment, after `fromMs`. */
  ask(requests: readonly FleetRequest[], fromMs: number): void {
    const askFrom = (at: number): void => {
      const next = requests[at];
      if (next === undefined) return;
      this.clock.schedule(fromMs + next.atMs, () => {
        this.clients.open(next, this.#host(next.edge));
        askFrom(at + 1);
      });
    };
    askFrom(0);
  }

  #startEdge(edge: string): void {
    const host = this.#start(edge, [createSession(onlyQuad), sessionDirectory, meter]);
    for (const kind of ["session", "session-directory", "client", "meter", "ledger"]) {
      this.#world.network.place(`${kind}/${edge}`, edge);
    }
    this.clients.attach(host, this.clock);
  }

  #startWorkers(host: string, engine: AnyActor): void {
    const here = this.#plan.workers.filter((worker) => worker.host === host);
    const placements = new Map(here.map((spec) => [spec.id, spec] as const));
    const placementOf = (worker: WorkerId) => {
      const placement = placements.get(worker);
      if (placement === undefined) throw new Error(`${worker} is not on ${host}`);
      return placement;
    };
    const agent = createWorker(placementOf, meterAddress(host), onlyQuad);
    const process = this.#start(host, [agent, adapterCache, engine, meter]);
    // Where GPU time goes: nobody asks for it here.
    process.attach("ledger", () => {});
    for (const address of [meterAddress(host), ledgerAddress(host)]) {
      this.#world.network.place(address, host);
    }
    for (const { id } of here) {
      for (const kind of ["worker", "engine"]) this.#world.network.place(`${kind}/${id}`, host);
    }
    this.#world.network.place(`adapter-cache/${host}`, host);
  }

  #start(process: string, actors: readonly AnyActor[]): SimulatedHost {
    const host = new SimulatedHost(this.#world, {
      process,
      clockOffsetMs: this.#random.derive(`clock/${process}`).below(1e9) / 1000,
      observer: {
        noted: (_process, { event, actor }) => {
          if (event.startsWith("host.")) this.troubles.push(`${event} ${actor}`);
        },
      },
    });
    for (const actor of actors) host.register(this.measured.measured(actor));
    // A disk is not what is measured here.
    host.attach("outbox", () => {});
    this.#hosts.set(process, host);
    return host;
  }

  #host(process: string): SimulatedHost {
    const host = this.#hosts.get(process);
    if (host === undefined) throw new Error(`no process is called ${process}`);
    return host;
  }

  #placeAll(): void {
    const { workers, pools, tenants, edges, adapters } = this.#plan;
    const catalog = adapters.map(({ digest, bytes }) => ({ digest, bytes }));
    const rights = adapters.map(({ digest, bytes, tenants: owners }) => ({
      digest,
      bytes,
      tenants: owners,
    }));
    for (const host of new Set(workers.map((worker) => worker.host))) {
      const toCache = { kind: "adapter-catalog", adapters: catalog, hostBytesMax } as const;
      this.#tell(host, adapterCacheAddress(host), toCache satisfies ToAdapterCache);
    }
    for (const { id, host } of workers) {
      const told = { kind: "adapter-rights", rights } as const;
      this.#tell(host, workerAddress(id), told satisfies ToWorker);
      this.#tell(host, workerAddress(id), { kind: "placed", incarnation: epoch });
    }
    for (const { id, control } of pools) {
      const placed = { kind: "placed", pool: id, poolEpoch: epoch } as const;
      this.#tell(control, kvAccountantAddress(id), placed);
      this.#tell(control, routerAddress(id), {
        ...placed,
        kvBlockTokens: engineSpec.kvBlockTokens,
        workers: workers
          .filter(({ pool }) => pool === id)
          .map(({ id: worker, zone, host }) => ({ worker, incarnation: epoch, zone, host })),
        tenants: tenants.map(({ policy }) => policy.tenant),
        policy: "wfq",
      });
    }
    for (const { policy, control, pools: own } of tenants) {
      this.#tell(control, tenantQueueAddress(policy.tenant), {
        kind: "placed",
        shard: shardOf(policy.tenant, shardCount),
        shardEpoch: epoch,
        policy,
        edges,
        workers: workers.filter(({ pool }) => own.includes(pool)).map(({ id }) => id),
        pools: own,
      });
    }
  }

  #tell(process: string, to: Address, message: unknown): void {
    this.#host(process).send(registry, to, message);
  }
}
