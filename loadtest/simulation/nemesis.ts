// Does to the world what a fault plan says, at its times, and undoes it. After `heal` nothing is broken any more.

import { ownerAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { Address } from "#shared/actor/actor.ts";
import type { ToOwner } from "#shared/messages/to-owner.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import type { WorkerState } from "#services/worker/worker-state.ts";
import type { SeededRandom } from "#shared/sim/seeded-random.ts";
import type { Trace } from "#shared/sim/trace.ts";
import type { SimulatedHost } from "#shared/sim/simulated-host.ts";
import type { Clog, FaultPlan, TimedFault } from "./fault-plan.ts";
import { edgeNames } from "./seed-fleet.ts";
import type { SeedWorld } from "./seed-world.ts";

/** A planned end is patient. */
const handOverMs = 1500;
const operator = "operator/seed" as Address;

export class Nemesis {
  readonly #world: SeedWorld;
  readonly #random: SeededRandom;
  readonly #trace: Trace;
  /** What is still to be undone. */
  readonly #undo = new Set<() => void>();
  /** How often each kind struck. */
  readonly struck: Map<string, number> = new Map();

  constructor(world: SeedWorld, random: SeededRandom, trace: Trace) {
    this.#world = world;
    this.#random = random.derive("nemesis");
    this.#trace = trace;
  }

  begin({ links, ledger, disk, faults }: FaultPlan, fromMs: number): void {
    const { clock, network } = this.#world;
    clock.plan(fromMs, "links", () => {
      network.setFaults(links);
      this.#world.setStoreLoss(links.loss);
    });
    clock.plan(fromMs, "ledger", () => this.#world.ledger.setFaults(ledger));
    clock.plan(fromMs, "disk", () => this.#world.setDiskFaults(disk ?? { trouble: 0 }));
    for (const fault of faults) {
      clock.plan(fault.atMs, `fault/${JSON.stringify(fault)}`, () => this.#strike(fault));
    }
  }

  heal(): void {
    this.#world.network.heal();
    this.#world.ledger.heal();
    this.#world.setDiskFaults({ trouble: 0 });
    this.#world.setStoreLoss(0);
    for (const undo of this.#undo) undo();
    this.#undo.clear();
  }

  // oxlint-disable-next-line eslint/complexity -- one line per kind of fault
  #strike(fault: TimedFault): void {
    this.#note(fault.kind, JSON.stringify(fault));
    switch (fault.kind) {
      case "kill":
        return this.#kill(fault.process, fault.downMs);
      case "pause":
        return this.#pause(fault.process, fault.forMs);
      case "suspend":
        return this.#suspend(fault.process, fault.forMs);
      case "clock-step":
        return this.#world.host(fault.process)?.stepClock(fault.byMs);
      case "hand-over":
        return this.#handOver(fault.process, fault.downMs);
      case "cut":
        return this.#cut(fault);
      case "one-way-partition":
        return this.#silence(fault.unheard, fault.forMs);
      case "swizzle-clog":
        return fault.clogs.forEach((clog) => this.#clog(clog));
      case "store-away":
        return this.#storeAway(fault.process, fault.forMs);
      case "store-gone":
        return this.#storeGone(fault.forMs);
      case "lease-storm":
        return this.#world.coordination.endAllLeases();
      case "drain":
        return this.#drain(fault);
      default:
        return fault satisfies never;
    }
  }

  #note(kind: string, detail: string): void {
    this.struck.set(kind, (this.struck.get(kind) ?? 0) + 1);
    this.#trace.addText(detail);
    if (!this.#trace.keepsTail) return;
    const atMs = this.#world.clock.nowMs;
    this.#trace.keep({ atMs, process: "nemesis", what: kind, address: "", detail });
  }

  /** Now; and its undoing later, or when all is healed. */
  #until(afterMs: number, undo: () => void): void {
    const once = (): void => {
      if (this.#undo.delete(once)) undo();
    };
    this.#undo.add(once);
    this.#world.clock.schedule(this.#world.clock.nowMs + afterMs, once);
  }

  #kill(process: string, downMs: number): void {
    const host = this.#world.host(process);
    if (host === undefined) return;
    const incarnation = incarnationOf(host);
    this.#world.kill(process);
    if (incarnation !== undefined) this.#breakConnections(process, incarnation);
    this.#until(downMs, () => this.#world.start(process));
  }

  /** The edges' data plane sees the reset, or not before its heartbeat. */
  #breakConnections(worker: string, incarnation: number): void {
    const lost: ToSession = { kind: "worker-lost", worker: worker as WorkerId, incarnation };
    const random = this.#random.derive(`${worker}/${incarnation}`);
    for (const edge of edgeNames) {
      const isSeen = random.chance(0.7);
      const afterMs = random.between(1, 40);
      if (!isSeen) continue;
      this.#world.clock.schedule(this.#world.clock.nowMs + afterMs, () => {
        const host = this.#world.host(edge);
        for (const session of host?.statesOf("session").keys() ?? []) {
          host?.send(`data-plane/${edge}` as Address, session, lost);
        }
      });
    }
  }

  #pause(process: string, forMs: number): void {
    const host = this.#world.host(process);
    if (host === undefined || host.isPaused) return;
    host.pause();
    this.#until(forMs, () => host.resume());
  }

  #suspend(process: string, forMs: number): void {
    const host = this.#world.host(process);
    if (host === undefined || host.isPaused) return;
    const sinceMs = this.#world.clock.nowMs;
    host.pause();
    this.#until(forMs, () => {
      host.stepClock(sinceMs - this.#world.clock.nowMs);
      host.resume();
    });
  }

  #handOver(process: string, downMs: number): void {
    const host = this.#world.host(process);
    if (host === undefined) return;
    const message: ToOwner = { kind: "hand-over" };
    host.send(operator, ownerAddress(process), message);
    this.#until(handOverMs, () => {
      if (this.#world.host(process) !== host) return;
      this.#world.kill(process);
      this.#until(downMs, () => this.#world.start(process));
    });
  }

  #cut({ from, to, isBothWays, forMs }: Extract<TimedFault, { kind: "cut" }>): void {
    this.#block(from, to, forMs);
    if (isBothWays) this.#block(to, from, forMs);
  }

  #silence(unheard: readonly string[], forMs: number): void {
    const others = this.#world.processes().filter((process) => !unheard.includes(process));
    for (const from of unheard) for (const to of others) this.#block(from, to, forMs);
  }

  #clog({ process, fromMs, forMs }: Clog): void {
    const { clock } = this.#world;
    let isOver = false;
    this.#until(fromMs + forMs, () => {
      isOver = true;
    });
    clock.schedule(clock.nowMs + fromMs, () => {
      if (isOver) return;
      for (const other of this.#world.processes()) {
        if (other === process) continue;
        this.#block(process, other, forMs);
        this.#block(other, process, forMs);
      }
    });
  }

  #block(from: string, to: string, forMs: number): void {
    const { network } = this.#world;
    network.block(from, to);
    this.#until(forMs, () => network.unblock(from, to));
  }

  #storeAway(process: string, forMs: number): void {
    const store = this.#world.storeOf(process);
    store?.setAway(true);
    this.#until(forMs, () => store?.setAway(false));
  }

  #storeGone(forMs: number): void {
    const { coordination } = this.#world;
    coordination.setMajority(false);
    this.#until(forMs, () => coordination.setMajority(true));
  }

  #drain({ worker, patienceMs, forMs }: Extract<TimedFault, { kind: "drain" }>): void {
    const tell = (message: ToWorker): void => {
      this.#world.host(worker)?.send(operator, workerAddress(worker as WorkerId), message);
    };
    tell({ kind: "drain", patienceMs });
    this.#until(forMs, () => tell({ kind: "cordon", isCordoned: false }));
  }
}

/** A worker's life, as sessions know it. */
const incarnationOf = (host: SimulatedHost): number | undefined =>
  ([...host.statesOf("worker").values()][0] as WorkerState | undefined)?.incarnation;
