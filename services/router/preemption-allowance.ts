// How much work may be thrown away for fairness: half a hundredth of what the pool executes, so that whatever tenants do,
// preemption for shares costs no more than that of the throughput. Integers, µcost.

/** Enough for a pool that has just filled up unevenly: twenty requests of 400 tokens. */
const atStart = 8_000_000;
const most = 64_000_000;
/** At 1/100 the Arena trace loses 0.3 % of its tokens/s for no smaller gap: decisions/2026-11-28-which-policy.md. */
const earnedPerCost = 200;

export class PreemptionAllowance {
  #left: number = atStart;
  /** Executed, not yet a whole µcost of allowance. */
  #rest = 0;

  earn(executedCost: number): void {
    const executed = executedCost + this.#rest;
    this.#left = Math.min(most, this.#left + Math.floor(executed / earnedPerCost));
    this.#rest = executed % earnedPerCost;
  }

  /** Below zero once more than it was thrown away. */
  get leftCost(): number {
    return this.#left;
  }

  /** What was preempted all the same, for a band or a budget, is not counted. */
  spend(wastedCost: number): void {
    this.#left -= wastedCost;
  }
}
