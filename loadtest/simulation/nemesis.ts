// Does to the world what a fault plan says, at its times, and undoes it. After `heal` nothing is broken any more.

import { ownerAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { Address } from "#shared/actor/actor.ts";
import type { ToOwner } from "#shared/messages/to-owner.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import type { SeededRandom } from "#shared/sim/seeded-random.ts";
import type { Trace } from "#shared/sim/trace.ts";
import type { FaultPlan, TimedFault } from "./fault-plan.ts";
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
  /** Lives of workers, as their sessions know them. */
  readonly incarnations: Map<string, number> = new Map();

  constructor(world: SeedWorld, random: SeededRandom, trace: Trace) {
    this.#world = world;
    this.#random = random.derive("nemesis");
    this.#trace = trace;
  }

  begin({ links, ledgerTrouble, faults }: FaultPlan, fromMs: number): void {
    const { clock, network, ledger } = this.#world;
    clock.schedule(fromMs, () => {
      network.setFaults(links);
      ledger.setTrouble(ledgerTrouble);
      this.#world.setStoreLoss(links.loss);
    });
    for (const fault of faults) clock.schedule(fault.atMs, () => this.#strike(fault));
  }

  heal(): void {
    this.#world.network.heal();
    this.#world.ledger.setTrouble(0);
    this.#world.setStoreLoss(0);
    for (const undo of this.#undo) undo();
    this.#undo.clear();
  }

  #strike(fault: TimedFault): void {
    this.#note(fault.kind, JSON.stringify(fault));
    switch (fault.kind) {
      case "kill":
        return this.#kill(fault.process, fault.downMs);
      case "pause":
        return this.#pause(fault.process, fault.forMs);
      case "hand-over":
        return this.#handOver(fault.process, fault.downMs);
      case "cut":
        return this.#cut(fault);
      case "store-away":
        return this.#storeAway(fault.process, fault.forMs);
      case "drain":
        return this.#drain(fault.worker, fault.forMs);
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
    if (this.#world.host(process) === undefined) return;
    this.#world.kill(process);
    this.#breakConnections(process);
    this.#until(downMs, () => this.#world.start(process));
  }

  /** The edges' data plane sees the reset, or not before its heartbeat. */
  #breakConnections(worker: string): void {
    const incarnation = this.incarnations.get(worker);
    if (incarnation === undefined) return;
    const lost: ToSession = { kind: "worker-lost", worker: worker as WorkerId, incarnation };
    for (const edge of edgeNames) {
      if (this.#random.chance(0.3)) continue;
      const afterMs = this.#random.between(1, 40);
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
    const { network } = this.#world;
    network.block(from, to);
    if (isBothWays) network.block(to, from);
    this.#until(forMs, () => {
      network.unblock(from, to);
      network.unblock(to, from);
    });
  }

  #storeAway(process: string, forMs: number): void {
    const store = this.#world.storeOf(process);
    store?.setAway(true);
    this.#until(forMs, () => store?.setAway(false));
  }

  #drain(worker: string, forMs: number): void {
    const tell = (message: ToWorker): void => {
      this.#world.host(worker)?.send(operator, workerAddress(worker as WorkerId), message);
    };
    tell({ kind: "drain", patienceMs: this.#random.between(0, 3000) });
    this.#until(forMs, () => tell({ kind: "cordon", isCordoned: false }));
  }
}
