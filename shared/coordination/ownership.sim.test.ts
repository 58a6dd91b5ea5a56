import assert from "node:assert/strict";
import { test } from "node:test";
import type { Actor, Address } from "#shared/actor/actor.ts";
import { arm, note } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import { ownerAddress } from "#shared/messages/addresses.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import { SimulatedNetwork } from "#shared/sim/network.ts";
import { SeededRandom } from "#shared/sim/seeded-random.ts";
import { SimulatedClock } from "#shared/sim/simulated-clock.ts";
import { SimulatedHost } from "#shared/sim/simulated-host.ts";
import type { SimulatedWorld } from "#shared/sim/simulated-world.ts";
import { fleetWire } from "#shared/sim/wire.ts";
import { Trace } from "#shared/sim/trace.ts";
import { createCoordinationDevice } from "./coordination-device.ts";
import { MemoryCoordination } from "./memory-coordination.ts";
import { owner } from "./owner.actor.ts";

const shardCount = 32;
const tenants = Array.from({ length: 60 }, (_, index) => `tenant-${index}`);
const fleet = {
  version: 1,
  tenants: tenants.map((tenant) => ({ policy: { tenant, weight: 1 } })),
  pools: [{ id: "llama" }, { id: "qwen" }],
  workers: [],
} as unknown as Fleet;
const ownedKinds = new Set(["tenant-queue", "router", "kv-accountant"]);
const outside = "registry/test" as Address;

interface Acting {
  epoch: number;
}

/** Stands for whatever is owned: once placed it acts ten times a second, under its epoch. */
const actingAs = (
  name: string,
  epochField: string,
): Actor<Acting, { readonly kind: string } & Readonly<Record<string, unknown>>> => ({
  name,
  init: () => ({ epoch: 0 }),
  receive: (acting, { message, nowMs }) => {
    if (message.kind === "placed") acting.epoch = Number(message[epochField]);
    return [
      note("acted", { epoch: acting.epoch }),
      arm("act", nowMs + 100, { kind: "timer-fired", name: "act" }),
    ];
  },
});

/** Control processes over one store, and what was done for each owned address. */
class Controls {
  readonly clock: SimulatedClock;
  readonly store: MemoryCoordination;
  readonly hosts = new Map<string, SimulatedHost>();
  /** By address: when, by whom and under which epoch it last acted. */
  readonly lastActs = new Map<Address, { atMs: number; by: string; epoch: number }>();
  /** The law of this file: once a later epoch has acted, no earlier one does. */
  readonly violations: string[] = [];
  readonly #random: SeededRandom;
  readonly #world: SimulatedWorld;
  /** Zero: the store answers at once, and always. */
  answerLateMs: number;

  constructor(seed: number, answerLateMs: number = 0) {
    this.answerLateMs = answerLateMs;
    const random = new SeededRandom(seed, "controls");
    const clock = new SimulatedClock(random);
    const trace = new Trace();
    const network = new SimulatedNetwork(clock, random, trace);
    this.clock = clock;
    this.#random = random;
    this.#world = { clock, trace, network, wire: fleetWire };
    const faults = random.derive("faults");
    const later = (delayMs: number, work: () => void): (() => void) => {
      let isCancelled = false;
      clock.schedule(clock.nowMs + delayMs, () => {
        if (!isCancelled) work();
      });
      return () => {
        isCancelled = true;
      };
    };
    this.store = new MemoryCoordination({
      clock: { nowMs: () => clock.nowMs, later },
      faultOf: () => {
        if (this.answerLateMs === 0) return undefined;
        const takesEffect = !faults.chance(0.05);
        return {
          takesEffect,
          isAnswered: takesEffect && !faults.chance(0.05),
          afterMs: faults.between(1, this.answerLateMs),
        };
      },
    });
  }

  start(process: string): void {
    const host = new SimulatedHost(this.#world, {
      process,
      ownedKinds,
      clockOffsetMs: this.#random.derive(process).below(1e9) / 1000,
      observer: { noted: (by, record) => this.#noted(by, record) },
    });
    host.register(owner);
    host.register(actingAs("tenant-queue", "shardEpoch"));
    host.register(actingAs("router", "poolEpoch"));
    host.register(actingAs("kv-accountant", "poolEpoch"));
    host.attach("coordination", createCoordinationDevice(this.store, host).device);
    this.hosts.set(process, host);
    const begin = {
      kind: "begin",
      process,
      zone: "z",
      isControl: true,
      shardCount,
      workers: [],
    } as const;
    host.send(outside, ownerAddress(process), begin);
    host.send(outside, ownerAddress(process), { kind: "fleet-changed", fleet });
  }

  advance(ms: number): void {
    this.clock.runUntil(this.clock.nowMs + ms);
    assert.deepEqual(this.violations, []);
  }

  tell(process: string, message: { readonly kind: string }): void {
    this.hosts.get(process)?.send(outside, ownerAddress(process), message);
  }

  /** Who acted for how many tenants within the last 300 ms. */
  shares(): Readonly<Record<string, number>> {
    const shares: Record<string, number> = {};
    for (const [address, { atMs, by }] of this.lastActs) {
      if (!address.startsWith("tenant-queue/") || this.clock.nowMs - atMs > 300) continue;
      shares[by] = (shares[by] ?? 0) + 1;
    }
    return shares;
  }

  #noted(by: string, { event, actor, fields }: NoteRecord): void {
    if (event !== "acted") return;
    const epoch = Number(fields["epoch"]);
    const last = this.lastActs.get(actor);
    if (last !== undefined && epoch < last.epoch) {
      this.violations.push(
        `${actor}: ${by} acts under ${epoch} after ${last.by} under ${last.epoch}`,
      );
    }
    this.lastActs.set(actor, { atMs: this.clock.nowMs, by, epoch });
  }
}

const sum = (shares: Readonly<Record<string, number>>): number =>
  Object.values(shares).reduce((total, share) => total + share, 0);

function started(...processes: readonly string[]): Controls {
  const controls = new Controls(1);
  for (const process of processes) controls.start(process);
  controls.advance(5_000);
  return controls;
}

test("one process owns and places everything within milliseconds", () => {
  const controls = new Controls(1);
  controls.start("a");
  controls.advance(5);
  assert.deepEqual(controls.shares(), { a: tenants.length });
  for (const pool of ["llama", "qwen"]) {
    assert.ok(controls.lastActs.has(`router/${pool}` as Address));
    assert.ok(controls.lastActs.has(`kv-accountant/${pool}` as Address));
  }
});

test("three processes share, wherever they start", () => {
  const together = started("a", "b", "c").shares();
  assert.equal(sum(together), tenants.length);
  for (const [process, share] of Object.entries(together)) {
    assert.ok(share > 8 && share < 32, `${process} has ${share}`);
  }
  const oneByOne = new Controls(2);
  for (const process of ["a", "b", "c"]) {
    oneByOne.start(process);
    oneByOne.advance(4_000);
  }
  assert.deepEqual(oneByOne.shares(), together);
});

test("a killed process is replaced within its lease and a moment", () => {
  const controls = started("a", "b", "c");
  controls.hosts.get("b")?.stop();
  controls.advance(5_000 + 500);
  const shares = controls.shares();
  assert.equal(sum(shares), tenants.length);
  assert.deepEqual(Object.keys(shares).toSorted(), ["a", "c"]);
});

test("a hand-over is over in milliseconds", () => {
  const controls = started("a", "b", "c");
  controls.tell("b", { kind: "hand-over" });
  controls.advance(20);
  controls.hosts.get("b")?.stop();
  controls.advance(300);
  const shares = controls.shares();
  assert.equal(sum(shares), tenants.length);
  assert.equal(shares["b"], undefined);
});

test("a process that was paused past its lease comes back as a newcomer", () => {
  const controls = started("a", "b");
  const before = controls.shares();
  controls.hosts.get("b")?.pause();
  controls.advance(7_000);
  assert.deepEqual(controls.shares(), { a: tenants.length });
  controls.hosts.get("b")?.resume();
  controls.advance(5_000);
  assert.deepEqual(controls.shares(), before);
});

test("a lease that the store loses costs moments, not ownership by two", () => {
  const controls = started("a", "b");
  controls.store.interruptWatches(1_000);
  for (let count = 1; count <= 20; count++) controls.store.endLease(`lease-0-${count}`);
  controls.advance(8_000);
  assert.equal(sum(controls.shares()), tenants.length);
});

test("late, lost and unknown answers, pauses and kills: one owner at a time, and all owned in the end", () => {
  for (let seed = 1; seed <= 15; seed++) {
    const controls = new Controls(seed, 700);
    const random = new SeededRandom(seed, "plan");
    const names = ["a", "b", "c"];
    for (const name of names) controls.start(name);
    for (let step = 0; step < 12; step++) {
      controls.advance(random.between(100, 4_000));
      const name = names[random.below(names.length)] ?? "a";
      const host = controls.hosts.get(name);
      if (random.chance(0.3)) {
        host?.stop();
        controls.advance(random.between(10, 6_000));
        controls.start(name);
      } else if (host?.isPaused === false) {
        host.pause();
        controls.advance(random.between(10, 7_000));
        host.resume();
      }
      if (random.chance(0.2)) controls.store.interruptWatches(random.between(10, 2_000));
      if (random.chance(0.2)) controls.store.refreshLeases();
    }
    controls.answerLateMs = 0;
    controls.advance(15_000);
    assert.equal(sum(controls.shares()), tenants.length, `seed ${seed}`);
  }
});
