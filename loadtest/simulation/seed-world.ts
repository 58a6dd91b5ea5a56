// The processes of one simulated seed: which exist, what each runs, and how one is killed, paused and started
// again. Composes the production actors; the only thing of its own are clients, a ledger and a faulty world.

import type { Address, AnyActor } from "#shared/actor/actor.ts";
import type { CoordinationDevice } from "#shared/coordination/coordination-device.ts";
import { createCoordinationDevice } from "#shared/coordination/coordination-device.ts";
import { MemoryCoordination } from "#shared/coordination/memory-coordination.ts";
import {
  adapterCacheAddress,
  coordinationAddress,
  kindOf,
  outboxAddress,
  ownerAddress,
  workerAddress,
} from "#shared/messages/addresses.ts";
import type { ToAdapterCache } from "#shared/messages/to-adapter-cache.ts";
import type { LetterDied } from "#shared/messages/to-dead-letters.ts";
import type { Begin, ToOwner } from "#shared/messages/to-owner.ts";
import type { ToOutbox } from "#shared/messages/to-outbox.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { Fleet, WorkerSpec } from "#shared/model/fleet.ts";
import { SimulatedNetwork } from "#shared/sim/network.ts";
import type { SeededRandom } from "#shared/sim/seeded-random.ts";
import { SimulatedClock } from "#shared/sim/simulated-clock.ts";
import { SimulatedHost } from "#shared/sim/simulated-host.ts";
import type { HostObserver, SimulatedWorld } from "#shared/sim/simulated-world.ts";
import { fleetWire } from "#shared/sim/wire.ts";
import type { Trace } from "#shared/sim/trace.ts";
import { ClientDevice } from "./client-device.ts";
import type { ClientHistory } from "./client-history.ts";
import { DistantCoordination } from "./distant-coordination.ts";
import type { MergeUsage } from "./ledger-device.ts";
import { LedgerStore } from "./ledger-device.ts";
import type { DiskFaults } from "./fault-plan.ts";
import { actorsOf } from "./process-actors.ts";
import { epochMsAt } from "./seed-calendar.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import { controlNames, edgeNames, shardCount, zoneOf } from "./seed-fleet.ts";

export interface SeedWorldOptions {
  readonly random: SeededRandom;
  readonly fleet: Fleet;
  readonly trace: Trace;
  readonly observer: HostObserver;
  /** Puts a bug into an actor, for seeds that have to find it. */
  readonly plant: (actor: AnyActor) => AnyActor;
  readonly mergeUsage: MergeUsage | undefined;
}

/** One life of one process. */
interface Life {
  readonly host: SimulatedHost;
  readonly store: DistantCoordination;
  readonly coordination: CoordinationDevice;
  readonly clients: ClientDevice | undefined;
}

const kindsOfEdge = [
  "session",
  "session-directory",
  "client",
  "meter",
  "ledger",
  "outbox",
  "disk",
  "dead-letters",
] as const;
const ownedKinds: ReadonlySet<string> = new Set(["tenant-queue", "router", "kv-accountant"]);
const registryAddress = (process: string): Address => `registry/${process}` as Address;

export class SeedWorld {
  readonly clock: SimulatedClock;
  readonly network: SimulatedNetwork;
  readonly ledger: LedgerStore;
  readonly coordination: MemoryCoordination;
  readonly histories: Map<string, ClientHistory> = new Map();
  /** Dead letters, by request: what its session said of it. */
  readonly letters: Map<string, readonly LetterDied[]> = new Map();
  readonly #options: SeedWorldOptions;
  readonly #world: SimulatedWorld;
  readonly #lives = new Map<string, Life>();
  /** Of all that meter: a disk outlives its process. */
  readonly #disks = new Map<string, SimulatedDisk>();
  #storeLoss = 0;
  #diskFaults: DiskFaults = { trouble: 0 };
  #arrivalsOfTheDead = 0;

  constructor(options: SeedWorldOptions) {
    const { random, trace, fleet } = options;
    this.#options = options;
    const clock = new SimulatedClock(random);
    this.clock = clock;
    this.network = new SimulatedNetwork(clock, random, trace);
    this.#world = { clock, network: this.network, trace, wire: fleetWire };
    this.ledger = new LedgerStore(clock, random, options.mergeUsage);
    this.coordination = new MemoryCoordination({ clock: storeClock(clock) });
    for (const edge of edgeNames) {
      for (const kind of kindsOfEdge) {
        this.network.place(`${kind}/${edge}`, edge);
      }
    }
    for (const { id, host } of fleet.workers) {
      for (const kind of ["worker", "engine", "meter", "ledger", "outbox", "disk"])
        this.network.place(`${kind}/${id}`, id);
      this.network.place(`adapter-cache/${host}`, id);
    }
    for (const process of this.processes()) {
      for (const kind of ["owner", "coordination", "host"]) {
        this.network.place(`${kind}/${process}`, process);
      }
    }
  }

  get fleet(): Fleet {
    return this.#options.fleet;
  }

  /** Kinds that live where a lease says. */
  isOwned(kind: string): boolean {
    return ownedKinds.has(kind);
  }

  processes(): readonly string[] {
    return [...controlNames, ...edgeNames, ...this.#options.fleet.workers.map(({ id }) => id)];
  }

  /** Undefined while it is dead. */
  host(process: string): SimulatedHost | undefined {
    return this.#lives.get(process)?.host;
  }

  hosts(): readonly SimulatedHost[] {
    return [...this.#lives.values()].map(({ host }) => host);
  }

  clients(edge: string): ClientDevice | undefined {
    return this.#lives.get(edge)?.clients;
  }

  storeOf(process: string): DistantCoordination | undefined {
    return this.#lives.get(process)?.store;
  }

  /** Arrivals at actors, of every life so far. */
  arrivals(): number {
    return this.hosts().reduce((sum, host) => sum + host.arrivals, this.#arrivalsOfTheDead);
  }

  setStoreLoss(loss: number): void {
    this.#storeLoss = loss;
    for (const { store } of this.#lives.values()) store.setLoss(loss);
  }

  setDiskFaults(faults: DiskFaults): void {
    this.#diskFaults = faults;
    for (const disk of this.#disks.values()) disk.setFaults(faults);
  }

  #diskOf(process: string): SimulatedDisk {
    const standing = this.#disks.get(process);
    if (standing !== undefined) return standing;
    const random = this.#options.random.derive(`disk/${process}`);
    const disk = new SimulatedDisk(this.clock, random);
    disk.setFaults(this.#diskFaults);
    this.#disks.set(process, disk);
    return disk;
  }

  start(process: string): void {
    const { random, observer, plant, fleet } = this.#options;
    const host = new SimulatedHost(this.#world, {
      process,
      ownedKinds,
      observer,
      clockOffsetMs: random.derive(`clock/${process}/${this.clock.nowMs}`).below(1e9) / 1000,
      onRestart: (address) => this.#tellOwner(host, { kind: "actor-restarted", address }),
    });
    const spec = fleet.workers.find(({ id }) => id === process);
    for (const actor of actorsOf(process, spec)) host.register(plant(actor));
    const store = new DistantCoordination(this.coordination, host, { clock: this.clock, random });
    store.setLoss(this.#storeLoss);
    const coordination = createCoordinationDevice(store, host, () => epochMsAt(this.clock.nowMs));
    host.attach(kindOf(coordinationAddress(process)), coordination.device);
    const isEdge = edgeNames.includes(process);
    if (isEdge || spec !== undefined) {
      this.ledger.attach(host);
      this.#diskOf(process).attach(host);
    }
    if (isEdge) {
      host.attach("dead-letters", (_to, _from, message) => this.#keepLetter(message as LetterDied));
    }
    const clients = isEdge
      ? new ClientDevice({
          host,
          clock: this.clock,
          histories: this.histories,
          deviceOf: (edge) => this.clients(edge),
        })
      : undefined;
    this.#lives.set(process, { host, store, coordination, clients });
    this.#tellOwner(host, beginOf(process, spec));
    this.#tellOwner(host, { kind: "fleet-changed", fleet });
    if (spec !== undefined) this.#tellWorker(host, spec);
    if (isEdge || spec !== undefined) {
      host.send(registryAddress(process), outboxAddress(process), {
        kind: "begin",
      } satisfies ToOutbox);
    }
  }

  /** SIGKILL. Its peers see their connections break, sooner or later. */
  kill(process: string): void {
    const life = this.#lives.get(process);
    if (life === undefined) return;
    life.clients?.breakAll();
    this.#disks.get(process)?.crash();
    life.coordination.stop();
    life.host.stop();
    this.#arrivalsOfTheDead += life.host.arrivals;
    this.#lives.delete(process);
  }

  #keepLetter(letter: LetterDied): void {
    const { requestId } = letter;
    this.letters.set(requestId, [...(this.letters.get(requestId) ?? []), letter]);
  }

  #tellOwner(host: SimulatedHost, message: ToOwner): void {
    host.send(registryAddress(host.process), ownerAddress(host.process), message);
  }

  /** As the registry's watcher of its process would. */
  #tellWorker(host: SimulatedHost, spec: WorkerSpec): void {
    const { adapters } = this.#options.fleet;
    const from = registryAddress(host.process);
    host.send(from, workerAddress(spec.id), {
      kind: "adapter-rights",
      rights: adapters.map(({ digest, bytes, tenants }) => ({ digest, bytes, tenants })),
    } satisfies ToWorker);
    host.send(from, adapterCacheAddress(spec.host), {
      kind: "adapter-catalog",
      adapters: adapters.map(({ digest, bytes }) => ({ digest, bytes })),
      // Room for two of the three: the host evicts too.
      hostBytesMax: 120_000_000,
    } satisfies ToAdapterCache);
  }
}

function beginOf(process: string, spec: WorkerSpec | undefined): Begin {
  return {
    kind: "begin",
    process,
    zone: zoneOf(process),
    isControl: controlNames.includes(process),
    shardCount,
    ...(edgeNames.includes(process) ? { edge: process } : {}),
    workers: spec === undefined ? [] : [spec.id],
  };
}

const storeClock = (clock: SimulatedClock) => ({
  nowMs: () => clock.nowMs,
  later(delayMs: number, work: () => void): () => void {
    let isCancelled = false;
    clock.schedule(clock.nowMs + delayMs, () => {
      if (!isCancelled) work();
    });
    return () => {
      isCancelled = true;
    };
  },
});
