// Rounds of a quantum: round r is the service from r·Q to (r + 1)·Q per weight, and a tenant may be served while its
// clock stands in the round under way, or an earlier one. So what a round overdraws counts in the next ones, and nobody
// is looked at but whose turn it is. Laws: the round under way is the least of those that wait and never falls; who
// comes back after its round has passed starts with the next one.

import type { TenantAccount } from "#services/router/tenant-account.ts";
import type { ReadyOrder } from "./ready-heap.ts";
import { ReadyHeap } from "./ready-heap.ts";
import type { Look, SeeHead } from "./tenant-order.ts";

export class QuantumRounds {
  readonly #quantum: number;
  readonly #ready: ReadyHeap;
  #round = 0;

  constructor(quantum: number, isBefore: ReadyOrder["isBefore"]) {
    this.#quantum = quantum;
    this.#ready = new ReadyHeap({ keyOf: (account) => this.#roundOf(account), isBefore });
  }

  /** In the round under way it goes on where it stood; later it starts with the next. */
  join(account: TenantAccount): void {
    if (this.#roundOf(account) >= this.#round) return;
    account.clock = Math.max(account.clock, (this.#round + 1) * this.#quantum);
  }

  /** What decides between tenants of one round may have changed with it. */
  refresh(account: TenantAccount): void {
    this.#ready.remove(account);
    this.#ready.refresh(account);
    const least = this.#ready.least();
    if (least !== undefined) this.#round = Math.max(this.#round, this.#roundOf(least));
  }

  remove(account: TenantAccount): void {
    this.#ready.remove(account);
  }

  visit(look: Look, see: SeeHead): boolean {
    return this.#ready.visit(look, see);
  }

  isOfRound(account: TenantAccount): boolean {
    return this.#roundOf(account) <= this.#round;
  }

  virtualTime(): number {
    return this.#round * this.#quantum;
  }

  leastWaiting(): number | undefined {
    return this.#ready.least()?.clock;
  }

  #roundOf(account: TenantAccount): number {
    return Math.floor(account.clock / this.#quantum);
  }
}
